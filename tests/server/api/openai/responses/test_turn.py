"""The turn that a request for a response asks for, and what in it has no effect."""

from typing import Any

import msgspec
import pytest

from model.schemas import ANY_OBJECT
from server.api.openai.responses.request import ResponseRequest
from server.api.openai.responses.turn import build_turn, check_supported, list_without_effect
from server.errors import FieldRefused
from server.turn.turn import Turn, TurnMessage
from tests.server.api.openai.responses.wire import BUY, COLOUR, LOOK, body

ASKED = TurnMessage("user", ("hello",))


def read(**given: Any) -> ResponseRequest:
    return msgspec.convert(body(**given), ResponseRequest)


def build(**given: Any) -> Turn:
    return build_turn(read(**given), [ASKED])


def test_parameters_have_the_models_names() -> None:
    given = {"temperature": 0.5, "top_p": 0.5, "seed": 1, "top_k": 3, "presence_penalty": 0.1, "max_slice_nums": 2}
    assert build(**given, max_output_tokens=7).options == {**given, "max_new_tokens": 7}
    assert build(temperature=0, top_p=0.5).options == {"temperature": 0}, "greedy: no token is drawn"
    assert build().options == {}
    logprobs = ["message.output_text.logprobs"]
    assert [build(include=logprobs, top_logprobs=n).options["logprobs"] for n in (None, 3)] == [0, 3]
    assert "logprobs" not in build(top_logprobs=3).options


def test_instructions_come_first() -> None:
    assert build(instructions="be short").messages == (TurnMessage("system", ("be short",)), ASKED)
    assert build(instructions="").messages == (ASKED,)


def test_the_format_of_the_text() -> None:
    schema = {"type": "json_schema", "name": "a", "schema": COLOUR}
    formats = [None, {"type": "text"}, {"type": "json_object"}, schema]
    assert [build(text={"format": one}).schema for one in formats] == [None, None, ANY_OBJECT, COLOUR]


def test_tools_and_which_of_them_must_be_called() -> None:
    allowed = {"type": "allowed_tools", "tools": [{"type": "function", "name": "look"}]}
    cases: list[tuple[Any, str, str, bool]] = [
        (None, "buy look", "", True),
        ("auto", "buy look", "", True),
        ("none", "", "", True),
        ("required", "buy look", "buy look", True),
        ({"type": "function", "name": "buy"}, "buy look", "buy", False),
        (allowed, "look", "", True),
        ({**allowed, "mode": "auto"}, "look", "", True),
        ({**allowed, "mode": "required"}, "look", "look", True),
    ]
    for choice, tools, must_call, has_many in cases:
        turn = build(tools=[{**BUY, "strict": True}, LOOK], tool_choice=choice)
        assert " ".join(tool.name for tool in turn.tools) == tools, choice
        assert " ".join(tool.name for tool in turn.must_call) == must_call, choice
        assert turn.has_many_calls == has_many, choice
        assert all(tool.is_strict == (tool.name == "buy") for tool in turn.tools)
    assert not build(tools=[BUY], parallel_tool_calls=False).has_many_calls


@pytest.mark.parametrize("name", ["background", "conversation", "prompt"])
def test_what_the_server_cannot_do_is_refused_unless_it_asks_for_nothing(name: str) -> None:
    for nothing in (None, False):
        check_supported(read(**{name: nothing}))
    with pytest.raises(FieldRefused) as refused:
        check_supported(read(**{name: True}))
    assert refused.value.param == name


def test_fields_without_effect_are_listed_once_each() -> None:
    given = {"reasoning": {"effort": "high", "summary": "auto"}, "include": ["a", "message.output_text.logprobs"]}
    assert list(list_without_effect(read(**given))) == ["reasoning", "include.a"]
    assert list(list_without_effect(read())) == []
