"""The figures are what their names say, over logits that are known."""

import math

import pytest
import torch
from torch import Tensor

from scripts.precision.figures import (
    Divergence,
    compute_kl,
    compute_logit_errors,
    compute_margin_errors,
    compute_relative_error,
    count_agreeing,
    find_divergences,
    find_first_difference,
    share,
)
from scripts.precision.recording import Recording


@pytest.fixture
def logits() -> Tensor:
    return torch.randn(5, 40, generator=torch.Generator().manual_seed(0))


def test_kl_is_that_of_two_distributions() -> None:
    one, other = torch.tensor([[0.5, 0.5]]).log(), torch.tensor([[0.9, 0.1]]).log()
    expected = 0.5 * math.log(0.5 / 0.9) + 0.5 * math.log(0.5 / 0.1)
    assert compute_kl(one, other).item() == pytest.approx(expected, rel=1e-6)
    assert compute_kl(other, one).item() != pytest.approx(expected, rel=1e-2), "it is not symmetric"


def test_kl_of_equal_logits_is_zero_and_a_constant_changes_nothing(logits: Tensor) -> None:
    assert compute_kl(logits, logits).tolist() == [0.0] * 5
    assert compute_kl(logits, logits + 3).max() < 1e-12
    assert compute_logit_errors(logits, logits + 3).max() < 1e-6


@pytest.mark.parametrize("value", [torch.nan, torch.inf, -torch.inf])
def test_kl_of_what_is_no_number_is_none(logits: Tensor, value: float) -> None:
    damaged = logits.clone()
    damaged[2, 7] = value
    found = compute_kl(logits, damaged)
    assert not found[2].isfinite()
    assert found[[0, 1, 3, 4]].tolist() == [0.0] * 4


def test_small_divergences_are_not_lost(logits: Tensor) -> None:
    other = logits.clone()
    other[:, 0] += 1e-4
    assert (compute_kl(logits, other) > 1e-12).all()


def test_logit_errors_are_in_standard_deviations(logits: Tensor) -> None:
    other = logits.clone()
    other[3, 4] += 2.0
    expected = 2.0 * (1 - 1 / 40) / logits[3].std().item()  # the mean difference is taken off
    assert compute_logit_errors(logits, other).tolist() == pytest.approx([0, 0, 0, expected, 0], rel=1e-5)
    assert compute_logit_errors(10 * logits, 10 * other)[3].item() == pytest.approx(expected, rel=1e-5)


def test_margin_errors_are_of_the_two_best_of_the_reference() -> None:
    one = torch.tensor([[5.0, 4.0, 0.0]])
    assert compute_margin_errors(one, torch.tensor([[5.0, 4.5, 0.0]])).tolist() == [0.5]
    assert compute_margin_errors(one, torch.tensor([[4.0, 5.0, 0.0]])).tolist() == [2.0]
    assert compute_margin_errors(one, torch.tensor([[6.0, 5.0, 9.0]])).tolist() == [0.0]


def test_agreement_is_of_the_likeliest_token(logits: Tensor) -> None:
    other = logits.clone()
    other[1, logits[1].argmin()] = 100
    assert count_agreeing(logits, other).tolist() == [1, 0, 1, 1, 1]


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ([1, 2, 3], [1, 2, 3], None),
        ([1, 2, 3], [1, 5, 3], 1),
        ([1, 2, 9], [4, 2, 9], 0),
        ([1, 2, 9], [1, 2, 3, 4], 2),
        ([1, 2], [1, 2, 3], None),
    ],
)
def test_the_first_difference_is_found(one: list[int], other: list[int], expected: int | None) -> None:
    assert find_first_difference(one, other) == expected


def test_divergences_have_the_margin_of_the_reference() -> None:
    logits = torch.tensor([[0.0, 3.0, 1.0], [2.0, 1.75, 0.0]])
    reference = Recording([1, 0], "a", logits)
    same, other = Recording([1, 0], "a", -logits), Recording([1, 1], "b", logits)
    assert find_divergences([reference] * 3, [same, other, same]) == [Divergence(chat=1, position=1, margin=0.25)]


def test_the_relative_error_is_the_largest_and_keeps_what_is_no_number() -> None:
    one = [torch.ones(2, 3), torch.full((1, 4), 2.0)]
    assert compute_relative_error(one, [one[0] * 1.5, one[1] * 0.9]) == pytest.approx(0.5)
    assert compute_relative_error([], []) == 0
    assert math.isnan(compute_relative_error(one, [one[0], one[1] * torch.nan]))


def test_a_share_is_a_fraction() -> None:
    assert share([True, False, True, True]) == 0.75
