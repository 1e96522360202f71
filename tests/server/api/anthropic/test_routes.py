"""Anthropic's dialect: requests, answers and streams as its clients see them."""

import json
from pathlib import Path
from typing import Any

import pytest
from litestar.testing import TestClient

from server.engine.async_engine import AsyncEngine
from server.keys.keyfile import add_key
from server.keys.keyring import KeyRing
from server.settings.settings import Settings
from tests.helpers.apps import stored_app
from tests.helpers.fakes import FakeChatModel
from tests.helpers.keys import make_key, make_secret
from tests.helpers.pictures import png_base64, png_url

COLOUR = {"type": "object", "properties": {"colour": {"enum": ["red", "blue"]}}, "required": ["colour"]}
BUY = {"name": "buy", "description": "Buys.", "input_schema": COLOUR}
CALL = '<tool_call>\n{"name": "buy", "arguments": {"colour": "red"}}\n</tool_call>'
PICTURE = {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": png_base64()}}


@pytest.fixture
def fake() -> FakeChatModel:
    return FakeChatModel(max_tokens=20)


def user(content: Any = "hello") -> dict[str, Any]:
    return {"role": "user", "content": content}


def text(content: str, **given: Any) -> dict[str, Any]:
    return {"type": "text", "text": content, **given}


def send(
    client: TestClient[Any], *messages: dict[str, Any], headers: dict[str, str] | None = None, **given: Any
) -> Any:
    body = {"model": "minicpm-v", "max_tokens": 100, "messages": list(messages) or [user()], **given}
    return client.post("/v1/messages", json=body, headers=headers)


def ask(client: TestClient[Any], *messages: dict[str, Any], **given: Any) -> Any:
    """Return a whole answer."""
    response = send(client, *messages, **given)
    assert response.status_code == 200, response.text
    return response.json()


def stream(client: TestClient[Any], *messages: dict[str, Any], **given: Any) -> list[dict[str, Any]]:
    """Return the events of a stream, each of which has its type as its name."""
    response = send(client, *messages, stream=True, **given)
    assert response.status_code == 200, response.text
    assert response.headers["content-type"].startswith("text/event-stream")
    events = []
    for block in response.text.strip().split("\n\n"):
        name, data = block.split("\n")
        events.append(json.loads(data.removeprefix("data: ")))
        assert name == f"event: {events[-1]['type']}"
    return events


def test_a_whole_answer(client: TestClient[Any]) -> None:
    answer = ask(client)
    assert answer.pop("id").startswith("msg_")
    assert answer == {
        "type": "message",
        "role": "assistant",
        "model": "minicpm-v",
        "content": [{"type": "text", "text": "0/1: hello"}],
        "stop_reason": "end_turn",
        "stop_sequence": None,
        "usage": {
            "input_tokens": 10,
            "cache_creation_input_tokens": 0,
            "cache_read_input_tokens": 0,
            "output_tokens": 11,
        },
    }


def test_a_streamed_answer(client: TestClient[Any]) -> None:
    first, ping, start, *pieces, stop, delta, end = stream(client)
    assert (first["message"]["content"], first["message"]["stop_reason"]) == ([], None)
    assert first["message"]["usage"]["input_tokens"] == 10
    assert ping == {"type": "ping"}
    assert start == {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}}
    assert "".join(piece["delta"]["text"] for piece in pieces) == "0/1: hello"
    assert stop == {"type": "content_block_stop", "index": 0}
    assert delta["delta"] == {"stop_reason": "end_turn", "stop_sequence": None}
    assert delta["usage"]["output_tokens"] == 11
    assert end == {"type": "message_stop"}


def test_a_prefix_from_the_cache_is_counted_apart(client: TestClient[Any]) -> None:
    for _ in range(2):
        usage = ask(client, user("x" * 70))["usage"]
    assert usage["cache_read_input_tokens"] > 0
    assert usage["input_tokens"] + usage["cache_read_input_tokens"] == len("0/1: ") + 70


def test_what_ended_an_answer(client: TestClient[Any]) -> None:
    for given, reason, sequence, said in (
        ({"stop_sequences": ["x", "ll", "hel"]}, "stop_sequence", "hel", "0/1: "),
        ({"stop_sequences": ["x"]}, "end_turn", None, "0/1: hello"),
        ({"max_tokens": 3}, "max_tokens", None, "0/1"),
    ):
        answer = ask(client, **given)
        assert (answer["stop_reason"], answer["stop_sequence"]) == (reason, sequence)
        assert answer["content"][0]["text"] == said
        end = stream(client, **given)[-2]
        assert end["delta"] == {"stop_reason": reason, "stop_sequence": sequence}


def test_a_stop_sequence_is_known_to_a_cached_answer_too(client: TestClient[Any]) -> None:
    given: dict[str, Any] = {"stop_sequences": ["ll"], "temperature": 0, "headers": {"X-Stages": "cache=on"}}
    answers = [send(client, **given) for _ in range(2)]
    assert [answer.headers["X-Cache"] for answer in answers] == ["miss", "hit"]
    assert {answer.json()["stop_sequence"] for answer in answers} == {"ll"}


def test_a_call_in_an_answer(client: TestClient[Any], fake: FakeChatModel) -> None:
    answer = ask(client, user(f"sure\n{CALL}"), tools=[BUY])
    said, call = answer["content"]
    assert said["text"] == "0/1: sure"
    assert call.pop("id").startswith("toolu_")
    assert call == {"type": "tool_use", "name": "buy", "input": {"colour": "red"}}
    assert answer["stop_reason"] == "tool_use"
    assert '"description": "Buys."' in fake.calls[0][0]["content"][0]


def test_a_call_in_a_stream(client: TestClient[Any]) -> None:
    events = stream(client, user(f"sure\n{CALL}\n{CALL}"), tools=[BUY], max_tokens=200)
    assert [event["index"] for event in events if event["type"] == "content_block_start"] == [0, 1, 2]
    assert [event["index"] for event in events if event["type"] == "content_block_stop"] == [0, 1, 2]
    starts = [event["content_block"] for event in events if event["type"] == "content_block_start"]
    assert [block["type"] for block in starts] == ["text", "tool_use", "tool_use"]
    assert starts[1]["input"] == {}
    pieces = [event["delta"]["partial_json"] for event in events if event.get("delta", {}).get("partial_json")]
    assert [json.loads(piece) for piece in pieces] == [{"colour": "red"}] * 2
    assert events[-2]["delta"]["stop_reason"] == "tool_use"


def test_an_enforced_call(client: TestClient[Any]) -> None:
    enforced: list[Any] = [{"type": "any", "disable_parallel_tool_use": True}, {"type": "tool", "name": "buy"}]
    free: list[Any] = [{"type": "auto"}, {"type": "none"}, None]
    for choice in enforced:
        (call,) = ask(client, tools=[BUY], tool_choice=choice)["content"]
        assert (call["name"], set(call["input"])) == ("buy", {"colour"})
    for choice in free:
        assert ask(client, tools=[BUY], tool_choice=choice)["stop_reason"] == "end_turn"


def test_an_answer_of_a_schema(client: TestClient[Any]) -> None:
    wanted = {"type": "json_schema", "schema": COLOUR}
    for given in ({"output_config": {"format": wanted}}, {"output_format": wanted}):
        answer = ask(client, **given)
        assert json.loads(answer["content"][0]["text"])["colour"] in ("red", "blue")


def test_a_dialogue_in_all_its_forms(client: TestClient[Any], fake: FakeChatModel) -> None:
    """Text in blocks, pictures in base64 and by URL, a call with its results, one with a picture and one an error."""
    uses = [{"type": "tool_use", "id": f"toolu_{name}", "name": "buy", "input": {"n": name}} for name in "ab"]
    failed = {"type": "tool_result", "tool_use_id": "toolu_b", "is_error": True, "content": "sold out"}
    shown = {"type": "tool_result", "tool_use_id": "toolu_a", "content": [text("done"), PICTURE]}
    linked = {"type": "image", "source": {"type": "url", "url": png_url()}}
    ask(
        client,
        user([PICTURE, text("a"), linked]),
        {"role": "assistant", "content": [{"type": "thinking", "thinking": "hm"}, text("b"), *uses]},
        user([failed, shown, text("and?")]),
        system=[text("Be", cache_control={"type": "ephemeral"}), text("brief.")],
    )
    call = CALL.replace('"colour": "red"', '"n": "%s"')
    texts = [[part for part in msg["content"] if isinstance(part, str)] for msg in fake.calls[0]]
    assert [msg["role"] for msg in fake.calls[0]] == ["system", "user", "assistant", "tool", "tool", "user"]
    assert texts == [["Be", "brief."], ["a"], ["b", call % "a", call % "b"], ["done"], ["Error:", "sold out"], ["and?"]]
    assert [len(msg["content"]) for msg in fake.calls[0]] == [2, 3, 3, 2, 2, 1]


def test_what_has_no_effect_is_told(client: TestClient[Any]) -> None:
    for given, told in (
        ({"thinking": {"type": "enabled", "budget_tokens": 1024}}, "thinking"),
        ({"thinking": {"type": "disabled"}, "metadata": {"user_id": "ann"}, "service_tier": "auto"}, None),
        ({"max_tokens": 100_000}, "max_tokens"),
        ({"output_config": {"effort": "low"}}, "output_config.effort"),
        ({"container": "x", "context_management": {"edits": []}}, "container, context_management"),
        ({"cache_control": {"type": "ephemeral"}}, None),
        ({"stream": None, "top_p": None, "top_k": None, "temperature": None, "system": None, "tools": None}, None),
    ):
        response = send(client, **given)
        assert response.status_code == 200, response.text
        assert response.headers.get("X-Ignored") == told
        strict = send(client, headers={"X-Strict": "on"}, **given)
        assert strict.status_code == (400 if told else 200)


def test_what_would_change_an_answer_is_refused_by_name(client: TestClient[Any]) -> None:
    document = {"type": "document", "source": {"type": "url", "url": "https://a"}}
    use = {"type": "tool_use", "id": "a", "name": "buy", "input": {}}
    result = {"type": "tool_result", "tool_use_id": "a"}
    for given, cause in (
        ({"messages": []}, "messages"),
        ({"messages": [user([{"type": "video"}])]}, "messages[0].content"),
        ({"messages": [user([document])]}, "messages[0].content[0].source cannot be used: only the file itself"),
        ({"messages": [user([{"type": "image", "source": {"type": "file", "file_id": "f"}}])]}, "content[0].source"),
        ({"messages": [user([use])]}, "only the assistant calls tools"),
        ({"messages": [{"role": "assistant", "content": [result]}]}, "results of tools are in messages of the user"),
        ({"messages": [user([result])]}, "messages[0].content[0].tool_use_id"),
        ({"messages": [user([{**PICTURE, "source": {"type": "base64", "data": "??"}}])]}, "base64"),
        ({"messages": [{"role": "tool", "content": "a"}]}, "messages[0].role"),
        ({"tools": [{"type": "web_search_20250305", "name": "web_search"}]}, "tools[0].type"),
        ({"tools": [BUY, BUY]}, "same name"),
        ({"tools": [BUY], "tool_choice": {"type": "tool", "name": "sell"}}, "tool_choice"),
        ({"tool_choice": {"type": "any"}}, "tool_choice"),
        ({"mcp_servers": [{"type": "url"}]}, "mcp_servers"),
        ({"max_tokens": 0}, "max_tokens"),
        ({"temperature": -1}, "temperature"),
        ({"system": [PICTURE]}, "system"),
    ):
        response = send(client, **given)
        assert response.status_code == 400, (given, response.text)
        error = response.json()
        assert (error["type"], error["error"]["type"]) == ("error", "invalid_request_error")
        assert cause in error["error"]["message"], error["error"]["message"]


def test_a_thread_is_refused_so_that_clients_send_the_whole_dialogue(client: TestClient[Any]) -> None:
    for thread in ({"type": "create"}, {"type": "continue", "previous_message_id": "msg_1"}):
        response = send(client, thread=thread)
        assert response.status_code == 400
        error = response.json()["error"]
        assert error["details"] == {"error_code": "thread_unsupported_request", "unsupported": ["thread"]}
    assert "details" not in send(client, max_tokens=0).json()["error"]
    assert send(client, thread=None).status_code == 200


def test_errors_have_the_types_of_anthropic(client: TestClient[Any]) -> None:
    for path, body, status, kind in (
        ("/v1/messages", {"model": "claude", "max_tokens": 1, "messages": [user()]}, 404, "not_found_error"),
        (
            "/v1/messages",
            {"model": "fake", "max_tokens": 1, "messages": [user("a" * 200_000)]},
            413,
            "request_too_large",
        ),
        ("/v1/messages", {"model": "fake", "max_tokens": 1, "messages": [user("fail")]}, 500, "api_error"),
        ("/v1/messages/batches", {}, 404, "not_found_error"),
    ):
        response = client.post(path, json=body)
        assert (response.status_code, response.json()["error"]["type"]) == (status, kind)
        assert response.json()["request_id"] == response.headers["X-Request-ID"]
    assert "batches are not answered here" in response.json()["error"]["message"]
    assert client.get("/v1/messages").json()["error"]["type"] == "invalid_request_error"


def test_a_key_is_read_as_anthropics_clients_send_it(tmp_path: Path) -> None:
    add_key(tmp_path / "keys.toml", make_key())
    app = stored_app(Settings(), AsyncEngine(FakeChatModel(), {}), keys=KeyRing(path=tmp_path / "keys.toml"))
    with TestClient(app) as client:
        version = {"anthropic-version": "2023-06-01", "anthropic-beta": "tools-2024-05-16"}
        for key, status in (({"x-api-key": make_secret("ann")}, 200), ({"x-api-key": "sk-ant-wrong"}, 401), ({}, 401)):
            response = send(client, headers={**version, **key})
            assert response.status_code == status
        assert response.json()["error"]["type"] == "authentication_error"


def test_an_error_within_a_stream_is_its_last_event(client: TestClient[Any]) -> None:
    *_, last = stream(client, user("fail"))
    assert (last["type"], last["error"]["type"]) == ("error", "api_error")
    assert last["error"]["message"].startswith("internal error ")


def test_an_answer_that_moderation_stops_is_a_refusal(client: TestClient[Any]) -> None:
    given = {"headers": {"X-Stages": "moderation=on", "X-Trace": "on"}}
    answer = ask(client, user("blorptastic"), **given)
    assert answer["stop_reason"] in ("refusal", "end_turn")
    assert answer["trace"]
    assert stream(client, user("blorptastic"), **given)[-2]["trace"]


def test_tokens_are_counted(client: TestClient[Any]) -> None:
    for path, further in (
        ("/v1/messages/count_tokens", {}),
        ("/v1/messages/count_tokens?beta=true", {"max_tokens": 5}),
    ):
        body = {"model": "minicpm-v", "messages": [user()], **further}
        assert client.post(path, json=body).json() == {"input_tokens": len("0/1: hello")}
    wrong = client.post("/v1/messages/count_tokens", json={"model": "claude", "messages": [user()]})
    assert wrong.json()["error"]["type"] == "not_found_error"
