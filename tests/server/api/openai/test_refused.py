"""The lists of fields that are not done here are complete, and do not contradict the body."""

from typing import Any

import pytest

from server.api.anthropic.request import Message as AnthropicMessage
from server.api.anthropic.request import MessageRequest
from server.api.ollama.request import ChatRequest as OllamaRequest
from server.api.ollama.request import GenerateRequest, Options
from server.api.openai.refused import IGNORED, MESSAGE_REFUSED, REFUSED
from server.api.openai.request import ChatRequest, UserMessage
from server.api.openai.responses.request import ResponseRequest
from server.api.unknown_fields import find_unknown
from server.errors import FieldRefused

BODY = ChatRequest(model="x", messages=[UserMessage("hi")])


def test_no_field_of_the_body_is_on_a_list() -> None:
    assert not {*REFUSED, *IGNORED} & {*ChatRequest.__struct_fields__}
    assert not {*REFUSED} & {*IGNORED}
    assert not {*MESSAGE_REFUSED} & {*UserMessage.__struct_fields__}


@pytest.mark.parametrize(
    "given",
    [
        {"guided_json": {"type": "object"}},
        {"structured_outputs": {"choice": ["a"]}},
        {"grammar": "root ::= x"},
        {"functions": [{"name": "a"}]},
        {"function_call": {"name": "a"}},
        {"audio": {"voice": "a"}},
        {"web_search_options": {"user_location": None}},
        {"length_penalty": 1.2},
        {"typical_p": 0.9},
        {"mirostat": 2},
        {"xtc_probability": 0.5},
        {"allowed_token_ids": [1]},
        {"bad_words": ["a"]},
        {"stop_token_ids": [1]},
        {"include_stop_str_in_output": True},
        {"truncate_prompt_tokens": 100},
        {"chat_template": "{{ messages }}"},
        {"documents": [{}]},
        {"prompt_logprobs": 1},
        {"echo": True},
        {"mm_processor_kwargs": {"a": 1}},
        {"modalities": ["text", "audio"]},
        {"messages": [{"images": ["aGk="]}]},
    ],
)
def test_what_would_change_an_answer_is_refused(given: dict[str, Any]) -> None:
    with pytest.raises(FieldRefused) as refused:
        list(find_unknown(given, BODY))
    assert refused.value.param in (*given, "messages[0].images")


def test_values_that_ask_for_nothing_are_not_told() -> None:
    for name, values in REFUSED.items():
        for value in (None, False, 0, "", [], {}, *values):
            assert list(find_unknown({name: value}, BODY)) == [], name
    for name, values in IGNORED.items():
        for value in (None, *values):
            assert list(find_unknown({name: value}, BODY)) == [], name
        assert list(find_unknown({name: "something"}, BODY)) == [name]


def test_other_routes_refuse_what_they_do_not_have_of_a_chat_completion() -> None:
    asked = [AnthropicMessage("user", "hi")]
    bodies = (
        ResponseRequest(model="x", input="hi"),
        MessageRequest(model="x", messages=asked, max_tokens=1),
        OllamaRequest(model="x"),
        GenerateRequest(model="x"),
    )
    formats: tuple[dict[str, Any], ...] = ({"guided_json": {"a": 1}}, {"response_format": {"type": "json_object"}})
    others: tuple[dict[str, Any], ...] = ({"n": 2}, {"logit_bias": {"1": 5}}, {"chat_template": "x"}, {"stop": "a"})
    for body in bodies:
        for given in formats:
            with pytest.raises(FieldRefused):
                list(find_unknown(given, body))
        assert list(find_unknown({"response_format": {"type": "text"}, "guided_json": None}, body)) == []
    for body in bodies[:2]:
        for given in others:
            with pytest.raises(FieldRefused):
                list(find_unknown(given, body))
        assert list(find_unknown({"n": 1, "presence_penalty": 0, "logit_bias": {}, "stop": []}, body)) == []


def test_options_of_ollama_that_would_change_an_answer_are_refused() -> None:
    refused: dict[str, Any] = {"mirostat": 2, "grammar": "root ::= x", "xtc_probability": 0.5, "typical_p": 0.9}
    for name, value in refused.items():
        with pytest.raises(FieldRefused):
            list(find_unknown({name: value}, Options()))
    assert list(find_unknown({"mirostat": 0, "tfs_z": 1.0, "typical_p": 1, "grammar": ""}, Options())) == []
