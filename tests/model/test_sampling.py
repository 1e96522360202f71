"""Sampling parameters have the reference's defaults, and are checked and refused by name."""

from typing import Any

import msgspec
import pytest

from model.errors import InputError
from model.sampling import SamplingParams


def test_the_defaults_of_each_mode_are_the_references() -> None:
    sampled = SamplingParams.for_mode(True)
    assert (sampled.top_p, sampled.top_k, sampled.temperature, sampled.repetition_penalty) == (0.8, 100, 0.7, 1.05)
    assert (sampled.num_beams, sampled.max_new_tokens, sampled.min_new_tokens) == (1, 2048, 0)
    searched = SamplingParams.for_mode(False)
    assert (searched.num_beams, searched.repetition_penalty, searched.temperature) == (3, 1.2, 0)
    greedy = SamplingParams.for_mode(False, num_beams=1, repetition_penalty=1.0)
    assert (greedy.num_beams, greedy.repetition_penalty, greedy.temperature) == (1, 1.0, 0)


def test_none_stands_for_the_default() -> None:
    assert SamplingParams.for_mode(True, top_k=None, seed=None) == SamplingParams()


def test_a_single_stop_string_may_be_given_as_text() -> None:
    assert SamplingParams.for_mode(True, stop="END").stop == ("END",)
    assert SamplingParams.for_mode(True, stop=["a", "b"]).stop == ("a", "b")


@pytest.mark.parametrize(
    ("sampling", "given", "cause"),
    [
        (False, {"temperature": 0.5}, "temperature has no effect with sampling=False"),
        (False, {"temperature": 0.5, "num_beams": 1}, "temperature has no effect with sampling=False"),
        (False, {"temperature": 0.5, "num_beams": 4}, "temperature has no effect with num_beams=4"),
        (False, {"top_p": 0.5}, "top_p has no effect"),
        (False, {"top_k": 5}, "top_k has no effect"),
        (False, {"seed": 1}, "seed has no effect"),
        (True, {"num_beams": 3}, "num_beams has no effect with sampling=True"),
        (True, {"temperature": 0, "seed": 3}, "seed has no effect with temperature=0"),
        (True, {"temperature": 0, "top_k": 3}, "top_k has no effect with temperature=0"),
        (True, {"temperature": 101}, "temperature"),
        (True, {"temperature": -0.1}, "temperature"),
        (True, {"temperature": "hot"}, "temperature"),
        (True, {"top_p": 0}, "top_p"),
        (True, {"top_p": 1.1}, "top_p"),
        (True, {"top_k": -1}, "top_k"),
        (True, {"repetition_penalty": 0}, "repetition_penalty"),
        (True, {"max_new_tokens": 0}, "max_new_tokens"),
        (True, {"min_new_tokens": 5, "max_new_tokens": 4}, "min_new_tokens is 5, which is over max_new_tokens 4"),
        (True, {"stop": [""]}, "stop"),
        (True, {"stop": ["x"] * 17}, "stop"),
        (False, {"num_beams": 0}, "num_beams"),
        (False, {"num_beams": 17}, "num_beams"),
        (True, {"min_p": 1.5}, "min_p"),
        (True, {"presence_penalty": 3}, "presence_penalty"),
        (True, {"frequency_penalty": -3}, "frequency_penalty"),
        (True, {"logit_bias": {"a": 1}}, "logit_bias"),
        (True, {"logit_bias": {1: 101}}, "logit_bias"),
        (True, {"n": 0}, "`\\$.n`"),
        (True, {"logprobs": 21}, "logprobs"),
        (True, {"stop_token_ids": ["a"]}, "stop_token_ids"),
        (False, {"min_p": 0.1}, "min_p has no effect"),
        (False, {"n": 2}, "n cannot be combined with num_beams"),
        (False, {"logprobs": 0}, "logprobs cannot be combined with num_beams"),
        (True, {"beam_width": 3}, "unknown field `beam_width`"),
    ],
)
def test_unusable_parameters_are_refused_by_name(sampling: bool, given: dict[str, Any], cause: str) -> None:
    with pytest.raises(InputError, match=cause):
        SamplingParams.for_mode(sampling, **given)


def test_parameters_are_frozen() -> None:
    with pytest.raises((AttributeError, msgspec.ValidationError)):
        SamplingParams().top_k = 3  # type: ignore[misc]


def test_beams_end_where_they_are_told_to() -> None:
    assert SamplingParams.for_mode(True, ignore_eos=True).ignore_eos
    with pytest.raises(InputError, match="ignore_eos cannot be combined with num_beams"):
        SamplingParams.for_mode(False, ignore_eos=True)
