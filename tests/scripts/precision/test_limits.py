"""What is above its limit, or no number, is named; nothing else is."""

import math
from dataclasses import replace
from typing import Any

import pytest

from scripts.precision.figures import Divergence, Figures
from scripts.precision.limits import Limits, find_outliers, find_outliers_of_any_model, make_limits

LIMITS = make_limits((0.1, 0.5), (0.01, 0.05), 0.02, 0.003, 0.4)
FIGURES = Figures(
    mean_kl=0.1,
    p99_kl=0.4,
    max_kl=0.5,
    agreement=0.9,
    logit_error=1.0,
    margin_error=0.4,
    identical=0.5,
    divergences=[Divergence(0, 3, 0.1), Divergence(1, 2, 0.3)],
    mean_arithmetic_kl=0.01,
    max_arithmetic_kl=0.05,
    max_transformers_kl=0.02,
    image_error=0.003,
    right=1.0,
)


def test_limits_are_twice_the_means_and_four_times_the_maxima() -> None:
    assert (
        Limits(
            mean_kl=0.2,
            max_kl=2.0,
            mean_arithmetic_kl=0.02,
            max_arithmetic_kl=0.2,
            max_transformers_kl=0.08,
            image_error=0.006,
            max_margin=0.4,
        )
        == LIMITS
    )


def test_what_was_measured_is_no_outlier() -> None:
    assert find_outliers(FIGURES, LIMITS) == []
    assert FIGURES.max_margin == 0.3


@pytest.mark.parametrize(
    ("changed", "phrase"),
    [
        ({"mean_kl": 0.21}, "mean_kl is 0.21, above 0.2"),
        ({"max_kl": 2.5}, "max_kl is 2.5, above 2"),
        ({"mean_arithmetic_kl": 0.03}, "mean_arithmetic_kl is 0.03, above 0.02"),
        ({"max_arithmetic_kl": 0.3}, "max_arithmetic_kl is 0.3, above 0.2"),
        ({"max_transformers_kl": 0.1}, "max_transformers_kl is 0.1, above 0.08"),
        ({"image_error": 0.01}, "image_error is 0.01, above 0.006"),
        ({"divergences": [Divergence(0, 0, 0.2), Divergence(1, 0, 0.5)]}, "max_margin is 0.5, above 0.4"),
        ({"right": 0.9}, "right is 0.9, below 0.95"),
        ({"mean_kl": math.nan}, "mean_kl is not a number"),
        ({"image_error": math.inf}, "image_error is not a number"),
        ({"max_transformers_kl": math.nan}, "max_transformers_kl is not a number"),
    ],
)
def test_each_figure_has_its_limit(changed: dict[str, Any], phrase: str) -> None:
    assert find_outliers(replace(FIGURES, **changed), LIMITS) == [phrase]


def test_a_limit_of_zero_allows_nothing() -> None:
    limits = replace(LIMITS, image_error=0.0)
    assert find_outliers(replace(FIGURES, image_error=0.0), limits) == []
    assert find_outliers(replace(FIGURES, image_error=1e-7), limits) == ["image_error is 1e-07, above 0"]


@pytest.mark.parametrize("right", [None, 0.96, 1.0])
def test_few_wrong_answers_or_unknown_ones_are_allowed(right: float | None) -> None:
    assert find_outliers(replace(FIGURES, right=right), LIMITS) == []


@pytest.mark.parametrize(
    ("name", "arithmetic_kl", "is_outlier"),
    [
        ("bfloat16", 9.0, False),
        ("int4 in bfloat16", 0.079, False),
        ("int4 in bfloat16", 0.081, True),
        ("int8 in float32", 0.19, False),
        ("int8 in float32", 0.21, True),
    ],
)
def test_another_model_is_measured_by_its_own_bfloat16(name: str, arithmetic_kl: float, is_outlier: bool) -> None:
    figures = replace(FIGURES, mean_kl=5.0, mean_arithmetic_kl=arithmetic_kl)
    found = find_outliers_of_any_model(name, figures, FIGURES)
    assert [phrase.split()[0] for phrase in found] == ["mean_arithmetic_kl"] * is_outlier
    assert find_outliers_of_any_model(name, figures, None) == []


def test_another_models_figures_must_be_numbers() -> None:
    figures = replace(FIGURES, mean_kl=math.nan, image_error=math.inf)
    expected = ["mean_kl is not a number", "image_error is not a number"]
    assert find_outliers_of_any_model("int8 in bfloat16", figures, None) == expected
