"""The generation parameters of a request, by the model's names."""

import msgspec
import pytest

from server.api.turn_options import OPTION_NAMES, read_logprobs, read_options
from server.errors import FieldRefused


class Fields(msgspec.Struct):
    temperature: float | None = None
    max_slice_nums: int | None = None
    short: int | None = None
    long: int | None = None
    label: str | None = None


RENAMED = {"short": "max_new_tokens", "long": "max_new_tokens"}


def test_fields_are_passed_on_by_the_models_names() -> None:
    fields = Fields(temperature=0.5, max_slice_nums=2, short=3, label="a")
    assert read_options(fields, RENAMED) == {"temperature": 0.5, "max_slice_nums": 2, "max_new_tokens": 3}


def test_fields_that_are_not_set_are_left_out() -> None:
    assert read_options(Fields(), RENAMED) == {}
    assert read_options(Fields(temperature=0), RENAMED) == {"temperature": 0}


def test_of_two_fields_for_one_parameter_the_later_counts() -> None:
    assert read_options(Fields(short=3, long=4), RENAMED) == {"max_new_tokens": 4}


def test_a_parameter_that_only_the_model_has_needs_no_other_edit() -> None:
    wider = msgspec.defstruct("Wider", [("stop_token_ids", list[int] | None, None)], bases=(Fields,))
    assert "stop_token_ids" in OPTION_NAMES
    assert read_options(wider(stop_token_ids=[7]), RENAMED) == {"stop_token_ids": [7]}


@pytest.mark.parametrize(
    ("logprobs", "top_logprobs", "expected"), [(None, None, None), (False, None, None), (True, None, 0), (True, 3, 3)]
)
def test_log_probabilities_become_one_number(
    logprobs: bool | None, top_logprobs: int | None, expected: int | None
) -> None:
    assert read_logprobs(logprobs, top_logprobs) == expected


@pytest.mark.parametrize("logprobs", [None, False])
def test_alternatives_need_log_probabilities(logprobs: bool | None) -> None:
    with pytest.raises(FieldRefused) as refused:
        read_logprobs(logprobs, 0)
    assert refused.value.param == "top_logprobs"
