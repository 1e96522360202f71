"""The turns of a request for completions: its prompts, and its options."""

from typing import Any

import msgspec
import pytest

from model.tokenized_text import TokenizedText
from server.api.completions.request import CompletionRequest
from server.api.completions.turn import build_turns, check_ids, read_prompts
from server.errors import FieldRefused
from server.turn.turn import Turn
from tests.helpers.fakes import byte_tokenizer

TOKENIZER = byte_tokenizer()


def build(**given: Any) -> list[Turn]:
    return build_turns(msgspec.convert({"prompt": "a", **given}, CompletionRequest), TOKENIZER)


def options_of(**given: Any) -> dict[str, Any]:
    (turn,) = build(**given)
    return {name: value for name, value in turn.options.items() if name != "raw"}


def test_each_prompt_is_a_raw_turn() -> None:
    turns = build(prompt=["a", "b"], temperature=0)
    assert [turn.messages[0].parts for turn in turns] == [("a",), ("b",)]
    assert all(turn.is_raw and turn.question == turn.messages[0] for turn in turns)


def test_prompts_of_ids_know_them() -> None:
    for prompt, wanted in (([66, 67], [(66, 67)]), ([[66], [67, 68]], [(66,), (67, 68)])):
        texts = read_prompts(prompt, TOKENIZER)  # type: ignore[arg-type]
        assert all(isinstance(text, TokenizedText) for text in texts)
        assert [getattr(text, "ids", None) for text in texts] == wanted


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        ({}, {"max_new_tokens": 16}),
        ({"max_tokens": -1}, {}),
        ({"max_tokens": 5, "min_tokens": 2}, {"max_new_tokens": 5, "min_new_tokens": 2}),
        ({"logprobs": 3}, {"max_new_tokens": 16, "logprobs": 3}),
        ({"logprobs": True}, {"max_new_tokens": 16, "logprobs": 1}),
        ({"logprobs": False, "echo": True}, {"max_new_tokens": 16}),
        ({"logprobs": 0, "echo": True}, {"max_new_tokens": 16, "logprobs": 0, "prompt_logprobs": 0}),
        ({"logprobs": 2, "echo": True, "max_tokens": 0}, {"prompt_only": True, "prompt_logprobs": 2}),
        ({"echo": True, "max_tokens": 0}, {"prompt_only": True}),
        ({"stop": "x"}, {"max_new_tokens": 16, "stop": ["x"]}),
        ({"stop": ["", "x"]}, {"max_new_tokens": 16, "stop": ["x"]}),
        (
            {"temperature": 1, "top_k": -1, "top_p": 0.5},
            {"max_new_tokens": 16, "temperature": 1, "top_k": 0, "top_p": 0.5},
        ),
        (
            {"temperature": 1, "top_k": 9, "top_p": 0, "seed": 1},
            {"max_new_tokens": 16, "temperature": 1, "top_k": 9, "seed": 1},
        ),
        ({"num_beams": 3, "temperature": 0}, {"max_new_tokens": 16, "num_beams": 3, "sampling": False}),
    ],
)
def test_options(given: dict[str, Any], wanted: dict[str, Any]) -> None:
    assert options_of(**given) == wanted


def test_ids_beyond_the_vocabulary() -> None:
    check_ids("x", range(TOKENIZER.num_ids), TOKENIZER)
    for token_id in (-1, TOKENIZER.num_ids):
        with pytest.raises(FieldRefused, match=f"the field x .* from 0 to {TOKENIZER.num_ids - 1}"):
            check_ids("x", [0, token_id], TOKENIZER)
