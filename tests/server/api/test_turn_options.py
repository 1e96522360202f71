"""The generation parameters of a request, by the model's names."""

from typing import Any

import msgspec
import pytest

from server.api.turn_options import OPTION_NAMES, read_logprobs, read_options
from server.errors import FieldRefused
from server.request_record import RequestRecord, bind_record


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


class Given(msgspec.Struct):
    """Fields as clients send them, without ranges."""

    temperature: Any = None
    top_p: Any = None
    top_k: Any = None
    stop: Any = None
    most: Any = None
    min_p: Any = None
    logprobs: Any = None


ALIASES = {"most": "max_new_tokens"}


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"top_p": 0}, {}),
        ({"top_p": 0.0}, {}),
        ({"top_p": 0.1}, {"top_p": 0.1}),
        ({"top_k": -1}, {"top_k": 0}),
        ({"top_k": 0}, {"top_k": 0}),
        ({"most": -1}, {}),
        ({"most": -2}, {}),
        ({"stop": ""}, {}),
        ({"stop": []}, {}),
        ({"stop": ["", ""]}, {}),
        ({"stop": ["", "a"]}, {"stop": ["a"]}),
        ({"stop": "a"}, {"stop": ["a"]}),
        ({"temperature": 3}, {"temperature": 3}),
        ({"temperature": 1e300}, {"temperature": 100}),
        ({"logprobs": True}, {}),
        ({"logprobs": 2}, {"logprobs": 2}),
    ],
)
def test_values_that_ask_for_nothing(given: dict[str, Any], expected: dict[str, Any]) -> None:
    assert read_options(Given(**given), ALIASES) == expected


@pytest.mark.parametrize(
    ("given", "cause"),
    [
        ({"most": "x"}, "the field most cannot be used: it must be a whole number, not a string"),
        ({"top_p": 1.5}, "the field top_p cannot be used: it must be at most 1"),
        ({"stop": ["a"] * 17}, "the field stop cannot be used: it must have at most 16 entries"),
        ({"min_p": "x"}, "the field min_p cannot be used: it must be a number, not a string"),
    ],
)
def test_errors_have_the_name_that_was_sent(given: dict[str, Any], cause: str) -> None:
    with pytest.raises(FieldRefused) as refused:
        read_options(Given(**given), ALIASES)
    assert (str(refused.value), refused.value.param) == (cause, next(iter(given)))


def test_the_record_keeps_the_names_for_later_errors() -> None:
    with bind_record(RequestRecord("r-1", "POST", "/ask")) as record:
        read_options(Given(most=3, min_p=0.1), ALIASES)
        assert record.field_names == {"max_new_tokens": "most"}
        read_options(Fields(long=3), RENAMED)
        assert record.field_names == {"max_new_tokens": "long"}
        read_options(Fields(), RENAMED)
        assert record.field_names == {"max_new_tokens": "short"}


@pytest.mark.parametrize(
    ("logprobs", "top_logprobs", "expected"),
    [(None, None, None), (False, None, None), (False, 0, None), (None, 0, None), (True, None, 0), (True, 3, 3)],
)
def test_log_probabilities_become_one_number(
    logprobs: bool | None, top_logprobs: int | None, expected: int | None
) -> None:
    assert read_logprobs(logprobs, top_logprobs) == expected


@pytest.mark.parametrize("logprobs", [None, False])
def test_alternatives_need_log_probabilities(logprobs: bool | None) -> None:
    with pytest.raises(FieldRefused) as refused:
        read_logprobs(logprobs, 1)
    assert refused.value.param == "top_logprobs"
