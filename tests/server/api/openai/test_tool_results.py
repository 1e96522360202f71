"""Results of tools find their calls by id, by name or by their order."""

from typing import Any

import msgspec
import pytest

from server.api.openai.request import ChatRequest
from server.api.openai.tool_results import list_calls, sort_results
from server.errors import FieldRefused

USER = {"role": "user", "content": "hi"}


def call(name: str, call_id: str | None = None) -> dict[str, Any]:
    return {"id": call_id, "function": {"name": name, "arguments": "{}"}}


def result(content: str, role: str = "tool", **given: Any) -> dict[str, Any]:
    return {"role": role, "content": content, **given}


def sort(calls: list[dict[str, Any]], *results: dict[str, Any]) -> list[Any]:
    """Return the contents of the results of an answer with these calls, as they are sorted."""
    messages = [USER, {"role": "assistant", "tool_calls": calls}, *results, USER]
    request = msgspec.convert({"model": "x", "messages": messages}, ChatRequest)
    first, answer, *rest, last = sort_results(request.messages)
    assert [first.content, answer.content, last.content] == ["hi", None, "hi"]
    return [message.content for message in rest]


def test_by_id() -> None:
    calls = [call("buy", "1"), call("buy", "2"), call("look", "3")]
    given = [result(name, tool_call_id=name) for name in "312"]
    assert sort(calls, *given) == ["1", "2", "3"]


def test_by_name_where_there_is_no_id() -> None:
    calls = [call("buy", "1"), call("look"), call("buy")]
    given = [result("a", name="look"), result("b", name="buy", tool_call_id=""), result("c", name="buy")]
    assert sort(calls, *given) == ["b", "a", "c"]
    assert sort(calls, result("a", "function", name="look"), result("b", "function", name="buy")) == ["b", "a"]


def test_by_order_where_there_is_nothing_else() -> None:
    assert sort([call("buy"), call("look")], result("a"), result("b")) == ["a", "b"]
    assert sort([call("buy"), call("look", "2")], result("b", tool_call_id="2"), result("a")) == ["a", "b"]


@pytest.mark.parametrize(
    ("given", "param"),
    [
        (result("a", tool_call_id="9"), "messages[2].tool_call_id"),
        (result("a", name="sell"), "messages[2].name"),
        (result("a", "function", name="sell"), "messages[2].name"),
    ],
)
def test_a_result_without_a_call_is_refused(given: dict[str, Any], param: str) -> None:
    with pytest.raises(FieldRefused) as refused:
        sort([call("buy", "1")], given)
    assert refused.value.param == param


def test_more_results_than_calls_are_refused() -> None:
    with pytest.raises(FieldRefused, match="result of no call"):
        sort([call("buy")], result("a"), result("b"))


def test_a_call_as_it_was_once_sent() -> None:
    messages = [{"role": "assistant", "function_call": {"name": "buy", "arguments": "{}"}}, result("a")]
    request = msgspec.convert({"model": "x", "messages": messages}, ChatRequest)
    answer: Any = request.messages[0]
    assert [each.name for each in list_calls(answer)] == ["buy"]
    assert [message.content for message in sort_results(request.messages)] == [None, "a"]


def test_messages_of_the_assistant_in_a_row_are_one_answer() -> None:
    calling = [{"role": "assistant", "tool_calls": [call(name, name)]} for name in ("buy", "look")]
    said = {"role": "assistant", "content": "wait"}
    for given in ([result("b", name="look"), result("a")], [result(n, tool_call_id=n) for n in ("look", "buy")]):
        messages = [USER, *calling, said, *given]
        *_, first, second = sort_results(msgspec.convert({"messages": messages}, ChatRequest).messages)
        assert [first.content, second.content] == sorted(message["content"] for message in given)


def test_an_id_leads_to_a_call_of_an_earlier_answer_too() -> None:
    messages = [{"role": "assistant", "tool_calls": [call("buy", "1")]}, USER, {"role": "assistant", "content": "wait"}]
    late = result("a", tool_call_id="1")
    assert sort_results(msgspec.convert({"messages": [*messages, late]}, ChatRequest).messages)[-1].content == "a"
    with pytest.raises(FieldRefused, match="result of no call"):
        sort_results(msgspec.convert({"messages": [*messages, result("a", name="buy")]}, ChatRequest).messages)
