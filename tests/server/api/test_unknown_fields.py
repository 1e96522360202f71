"""Fields that the server does not know are taken and told, and refused where they would change the answer."""

from collections.abc import Iterator
from typing import Any, ClassVar

import pytest
from litestar.testing import TestClient

from server.api.unknown_fields import MAX_HEADER, MAX_IGNORED, Fields, find_unknown, write_names
from server.engine.async_engine import AsyncEngine
from server.errors import FieldRefused
from server.settings.settings import Settings
from tests.helpers.apps import stored_app
from tests.helpers.fakes import FakeChatModel

USER = {"role": "user", "content": "hello"}
BODIES: dict[str, tuple[str, dict[str, Any]]] = {
    "ask": ("/ask", {"question": "hello"}),
    "chat": ("/chat", {"user_id": "ann", "question": "hello"}),
    "chat stream": ("/chat", {"user_id": "ann", "question": "hello", "stream": True}),
    "openai": ("/v1/chat/completions", {"model": "fake", "messages": [USER]}),
    "openai stream": ("/v1/chat/completions", {"model": "fake", "messages": [USER], "stream": True}),
    "ollama": ("/api/chat", {"model": "fake", "messages": [USER], "stream": False}),
    "ollama stream": ("/api/chat", {"model": "fake", "messages": [USER]}),
    "generate": ("/api/generate", {"model": "fake", "prompt": "hello", "stream": False}),
}


class Part(Fields):
    text: str = ""


class Body(Fields):
    REFUSED: ClassVar = {"best_of": (1,), "grammar": ()}
    IGNORED: ClassVar = {"store": (False,), "skip": (True,)}
    parts: list[Part] | None = None
    extra: dict[str, Any] | None = None


@pytest.fixture
def client() -> Iterator[TestClient[Any]]:
    with TestClient(stored_app(Settings(), AsyncEngine(FakeChatModel(), {})), raise_server_exceptions=False) as client:
        yield client


@pytest.mark.parametrize("name", BODIES)
def test_an_unknown_field_is_ignored_and_told(client: TestClient[Any], name: str) -> None:
    path, body = BODIES[name]
    answer = client.post(path, json={**body, "colour": "red", "empty": None})
    assert answer.status_code in (200, 201)
    assert answer.headers["x-ignored"] == "colour"
    assert answer.text
    assert "x-ignored" not in client.post(path, json=body).headers


@pytest.mark.parametrize("name", BODIES)
def test_a_strict_request_refuses_it(client: TestClient[Any], name: str) -> None:
    path, body = BODIES[name]
    answer = client.post(path, json={**body, "colour": "red"}, headers={"X-Strict": "on"})
    assert answer.status_code == 400
    assert "colour" in answer.text
    assert client.post(path, json=body, headers={"X-Strict": "on"}).status_code == 200
    assert client.post(path, json=body, headers={"X-Strict": "perhaps"}).status_code == 400


def test_the_operator_may_want_all_strict() -> None:
    app = stored_app(Settings(strict_fields=True), AsyncEngine(FakeChatModel(), {}))
    with TestClient(app, raise_server_exceptions=False) as client:
        assert client.post("/ask", json={"question": "hello", "colour": 1}).status_code == 400
        answer = client.post("/ask", json={"question": "hello", "colour": 1}, headers={"X-Strict": "off"})
        assert answer.headers["x-ignored"] == "colour"


def test_the_trace_tells_it_too(client: TestClient[Any]) -> None:
    answer = client.post("/ask", json={"question": "hello", "colour": 1}, headers={"X-Trace": "on"})
    assert answer.json()["trace"][0] == {"stage": "request", "ignored": ["colour"]}


def test_few_and_short_names_go_into_the_trace(client: TestClient[Any]) -> None:
    """Clients choose the names, and the trace is logged."""
    body = {"question": "hello", **{f"{'x' * 10_000}{number}": 1 for number in range(3)}}
    body |= {f"name{number}": 1 for number in range(2 * MAX_IGNORED)}
    note = client.post("/ask", json=body, headers={"X-Trace": "on"}).json()["trace"][0]
    assert len(note["ignored"]) == MAX_IGNORED
    assert max(map(len, note["ignored"])) < 200


def test_fields_in_lists_are_told_once(client: TestClient[Any]) -> None:
    messages = [{**USER, "uuid": "1"}, {"role": "assistant", "content": "yes"}, {**USER, "uuid": "2"}]
    answer = client.post("/v1/chat/completions", json={"model": "fake", "messages": messages})
    assert answer.headers["x-ignored"] == "messages[].uuid"


def test_what_a_field_holds_is_its_own() -> None:
    assert list(
        find_unknown({"extra": {"a": 1}, "parts": [{"text": "", "b": 1}], "c": None}, Body(parts=[Part()]))
    ) == ["parts[0].b"]


@pytest.mark.parametrize("given", [{"best_of": 2}, {"grammar": "root ::= x"}])
def test_what_would_change_the_answer_is_refused(given: dict[str, Any]) -> None:
    with pytest.raises(FieldRefused) as caught:
        list(find_unknown(given, Body()))
    assert caught.value.param == next(iter(given))


@pytest.mark.parametrize("given", [{"best_of": 1}, {"best_of": None}, {"grammar": ""}, {"grammar": None}])
def test_values_that_ask_for_nothing_are_not_told(given: dict[str, Any]) -> None:
    assert list(find_unknown(given, Body())) == []


def test_fields_without_effect_are_told_where_they_ask_for_something() -> None:
    assert list(find_unknown({"store": False, "skip": True}, Body())) == []
    assert list(find_unknown({"store": True, "skip": False}, Body())) == ["store", "skip"]


def test_the_header_is_ascii_and_short() -> None:
    assert write_names(["颜色", "a\r\nb: c", "messages[].uuid"]) == (
        "%E9%A2%9C%E8%89%B2, a%0D%0Ab%3A%20c, messages[].uuid"
    )
    assert write_names(["", "a", ""]) == '"", a, ""'
    many = write_names(["x" * 99] * 50)
    assert len(many) <= MAX_HEADER + 5
    assert many.endswith(", ...")
