"""A call that `max_tokens` cuts off at any place is never shown as text, in any dialect, whole or streamed."""

import json
from collections.abc import Iterator
from typing import Any

from litestar.testing import TestClient

ARGUMENTS = '{"colour": "red"}'
ANSWER = f'0/1: sure\n<tool_call>\n{{"name": "buy", "arguments": {ARGUMENTS}}}\n</tool_call>'
"""What the fake model answers, a token a character."""

TOOL = {"type": "function", "function": {"name": "buy", "parameters": {"type": "object"}}}
BODY = {
    "model": "minicpm-v",
    "messages": [{"role": "user", "content": ANSWER.removeprefix("0/1: ")}],
    "tools": [TOOL],
}
CUTS = range(11, len(ANSWER))
NAME_END = ANSWER.index('buy"') + 4


def read_events(text: str) -> Iterator[dict[str, Any]]:
    return (json.loads(line[6:]) for line in text.splitlines() if line.startswith("data: {"))


def check_openai(cut: int, text: str | None, calls: list[tuple[str, str]], reason: str) -> None:
    assert (text or "").rstrip() == "0/1: sure"
    assert reason == "length"
    assert [name for name, _ in calls] == (["buy"] if cut >= NAME_END else [])
    assert all(ARGUMENTS.startswith(arguments) for _, arguments in calls)
    assert [arguments for _, arguments in calls] == [ARGUMENTS] or cut < ANSWER.index("}}") + 1


def test_openai_gets_the_call_as_far_as_it_came(client: TestClient[Any]) -> None:
    for cut in CUTS:
        whole = client.post("/v1/chat/completions", json={**BODY, "max_tokens": cut}).json()["choices"][0]
        functions = [call["function"] for call in whole["message"].get("tool_calls", [])]
        calls = [(function["name"], function["arguments"]) for function in functions]
        check_openai(cut, whole["message"]["content"], calls, whole["finish_reason"])


def test_openai_gets_it_in_a_stream_too(client: TestClient[Any]) -> None:
    for cut in CUTS[::3]:
        streamed = client.post("/v1/chat/completions", json={**BODY, "max_tokens": cut, "stream": True}).text
        choices = [event["choices"][0] for event in read_events(streamed)]
        text = "".join(choice["delta"].get("content") or "" for choice in choices)
        functions = [part["function"] for choice in choices for part in choice["delta"].get("tool_calls", [])]
        names = [function["name"] for function in functions if "name" in function]
        arguments = "".join(function["arguments"] for function in functions)
        check_openai(cut, text, [(name, arguments) for name in names], choices[-1]["finish_reason"])


def test_ollama_whose_arguments_are_objects_gets_complete_calls_only(client: TestClient[Any]) -> None:
    for cut in CUTS[::3]:
        body = {**BODY, "options": {"num_predict": cut}}
        whole = client.post("/api/chat", json={**body, "stream": False}).json()
        parts = [json.loads(line) for line in client.post("/api/chat", json=body).text.splitlines()]
        streamed = [call for part in parts for call in part["message"].get("tool_calls", [])]
        calls = whole["message"].get("tool_calls", [])
        assert whole["message"]["content"].rstrip() == "0/1: sure"
        assert "".join(part["message"]["content"] for part in parts).rstrip() == "0/1: sure"
        assert calls == streamed
        is_complete = cut > ANSWER.index("}}")
        assert calls == ([{"function": {"name": "buy", "arguments": {"colour": "red"}}}] if is_complete else [])
        assert whole["done_reason"] == parts[-1]["done_reason"] == "length"


def test_a_cut_is_shown_as_text_where_there_are_no_tools(client: TestClient[Any]) -> None:
    body = {**BODY, "tools": None, "max_tokens": 20}
    message = client.post("/v1/chat/completions", json=body).json()["choices"][0]["message"]
    assert message["content"] == ANSWER[:20]
