"""Items of the Responses API as messages of a turn."""

from typing import Any

import msgspec
import pytest

from server.api.openai.responses.items import read_items
from server.api.openai.responses.messages import MessageReader, read_source
from server.api.openai.responses.request import InputItem
from server.errors import FieldRefused
from server.turn.pictures import PictureSource
from server.turn.turn import TurnMessage


def call(call_id: str, name: str = "buy", arguments: str = "{}") -> dict[str, Any]:
    return {"type": "function_call", "call_id": call_id, "name": name, "arguments": arguments}


def result(call_id: str, output: Any) -> dict[str, Any]:
    return {"type": "function_call_output", "call_id": call_id, "output": output}


def read(*lists: list[Any]) -> list[TurnMessage]:
    reader = MessageReader()
    for items in lists:
        reader.add(read_items(msgspec.convert(items, list[InputItem])), read_source)
    return reader.messages


def summarize(messages: list[TurnMessage]) -> list[Any]:
    """Return the role, the texts and the names of the calls of each message."""
    return [(m.role, "".join(map(str, m.parts)), "".join(c.name for c in m.tool_calls)) for m in messages]


def test_messages_of_every_role_with_text_and_parts() -> None:
    parts = [{"type": "output_text", "text": "a", "annotations": []}, {"type": "refusal", "refusal": "no"}]
    items = [
        {"role": "developer", "content": "be short"},
        {"type": "message", "role": "system", "content": [{"type": "input_text", "text": "be kind"}]},
        {"role": "user", "content": "hello"},
        {"type": "message", "id": "msg_1", "status": "completed", "role": "assistant", "content": parts},
        {"role": "user", "content": ""},
    ]
    expected = [("system", "be short"), ("system", "be kind"), ("user", "hello"), ("assistant", "ano"), ("user", "")]
    assert summarize(read(items)) == [(*message, "") for message in expected]


def test_pictures_keep_their_places_and_their_detail() -> None:
    content = [
        {"type": "input_image", "image_url": "a", "detail": "low"},
        {"type": "input_text", "text": "and"},
        {"type": "input_image", "image_url": "b", "detail": "high"},
    ]
    (message,) = read([{"role": "user", "content": content}])
    assert message.parts == (PictureSource("a", 1), "and", PictureSource("b"))
    *_, shown = read([call("1")], [result("1", [{"type": "input_image", "image_url": "c"}])])
    assert (shown.role, shown.parts) == ("tool", (PictureSource("c"),))


def test_calls_in_a_row_are_one_answer_with_the_text_before_them() -> None:
    items = [{"role": "assistant", "content": "let me see"}, call("1", "a", ""), call("2", "b"), result("1", "x")]
    found = read([{"role": "user", "content": "hi"}, *items])
    assert summarize(found)[1:] == [("assistant", "let me see", "ab"), ("tool", "x", "")]
    assert [one.arguments for one in found[1].tool_calls] == ["{}", "{}"]


@pytest.mark.parametrize("order", ["123", "321", "213", "312"])
def test_results_stand_in_the_order_of_their_calls(order: str) -> None:
    calls = [call(number) for number in "123"]
    found = read([*calls, *(result(number, number) for number in order)])
    assert [message[1] for message in summarize(found)] == ["", "1", "2", "3"]
    split = read(calls, [result(number, number) for number in order])
    assert split == found, "the calls may be in an earlier response"


def test_results_right_after_each_call_stay_there() -> None:
    found = summarize(read([call("1", "a"), result("1", "x"), call("2", "b"), result("2", "y")]))
    assert found == [("assistant", "", "a"), ("tool", "x", ""), ("assistant", "", "b"), ("tool", "y", "")]


def test_a_result_without_its_call_is_refused_by_its_place() -> None:
    with pytest.raises(FieldRefused, match="no function_call before it") as refused:
        read([{"role": "user", "content": "a"}, result("1", "x")])
    assert refused.value.param == "input[1].call_id"


def test_reasoning_is_left_out() -> None:
    items = [{"type": "reasoning", "summary": [], "encrypted_content": "x"}, {"role": "user", "content": "a"}]
    assert summarize(read(items)) == [("user", "a", "")]
