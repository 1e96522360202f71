"""Every parameter of the model that Anthropic's request has reaches the engine, and messages keep their order."""

from typing import Any

import pytest

from model.messages import PromptOptions
from model.sampling import SamplingParams
from server.api.anthropic.request import (
    AnyChoice,
    AutoChoice,
    CountRequest,
    Message,
    MessageRequest,
    NoChoice,
    TextBlock,
    Tool,
    ToolChoice,
    ToolResultBlock,
    ToolUseBlock,
)
from server.api.anthropic.turn import RENAMED, build_turn
from server.errors import FieldRefused
from server.turn.turn import Turn, TurnMessage

MODEL_NAMES = {*SamplingParams.__struct_fields__, *PromptOptions.__struct_fields__}
BUY, SELL = Tool("buy", input_schema={"type": "object"}), Tool("sell")


def turn_of(*messages: Message, **given: Any) -> Turn:
    fields = {"messages": list(messages) or [Message("user", "hi")], "max_tokens": 7, **given}
    return build_turn(MessageRequest(model="minicpm-v", **fields))


def test_parameters_arrive_under_the_models_names() -> None:
    assert set(RENAMED.values()) <= MODEL_NAMES
    given = {"temperature": 0.5, "top_p": 0.9, "top_k": 3, "stop_sequences": ["a", ""]}
    expected = {"temperature": 0.5, "top_p": 0.9, "top_k": 3, "stop": ["a"], "max_new_tokens": 7}
    assert turn_of(**given).options == expected
    assert turn_of(top_p=0, top_k=-1, stop_sequences=[""]).options == {"max_new_tokens": 7, "top_k": 0}
    assert build_turn(CountRequest(model="minicpm-v", messages=[Message("user", "hi")])).options == {}


def test_the_choice_of_tools() -> None:
    for choice, names, must_call, has_many in (
        (None, ["buy", "sell"], [], True),
        (AutoChoice(), ["buy", "sell"], [], True),
        (AutoChoice(disable_parallel_tool_use=True), ["buy", "sell"], [], False),
        (AnyChoice(), ["buy", "sell"], ["buy", "sell"], True),
        (ToolChoice("sell"), ["buy", "sell"], ["sell"], False),
        (NoChoice(), [], [], True),
    ):
        turn = turn_of(tools=[BUY, SELL], tool_choice=choice)
        assert [tool.name for tool in turn.tools] == names
        assert [tool.name for tool in turn.must_call] == must_call
        assert turn.has_many_calls is has_many


def test_results_stand_in_the_order_of_their_calls_where_they_were() -> None:
    calls = [ToolUseBlock(id=name, name="buy") for name in "ab"]
    results: list[Any] = [ToolResultBlock(tool_use_id=name, content=name) for name in "ba"]
    asked = [TextBlock(text="before"), *results, TextBlock(text="after")]
    turn = turn_of(Message("assistant", [*calls]), Message("user", asked), Message("system", ""))
    assert [(message.role, message.parts) for message in turn.messages[1:]] == [
        ("user", ("before",)),
        ("tool", ("a",)),
        ("tool", ("b",)),
        ("user", ("after",)),
        ("system", ()),
    ]


def test_a_result_may_be_of_an_earlier_call_or_empty() -> None:
    call = ToolUseBlock(id="a", name="buy", input={"颜色": "红"})
    empty = ToolResultBlock(tool_use_id="a")
    turn = turn_of(Message("assistant", [call]), Message("assistant", "wait"), Message("user", [empty]))
    assert turn.messages[0].tool_calls[0].arguments == '{"颜色": "红"}'
    assert turn.messages[-1] == TurnMessage("tool", ())
    with pytest.raises(FieldRefused, match=r"messages\[0\]\.content\[0\]\.tool_use_id"):
        turn_of(Message("user", [empty]), Message("assistant", [call]))
