"""What a schema says in vain is told, in every dialect, under the field that has it."""

from collections.abc import Iterator
from typing import Any

import pytest
from litestar.testing import TestClient

from server.engine.async_engine import AsyncEngine
from server.settings.settings import Settings
from tests.helpers.apps import stored_app
from tests.helpers.fakes import FakeChatModel

SCHEMA = {
    "type": "object",
    "properties": {"id": {"type": "string", "format": "isbn"}, "at": {"type": "string", "format": "date"}},
    "x-shop": 1,
}
USER = [{"role": "user", "content": "hello"}]
TOOL = {"name": "look", "parameters": SCHEMA}
NAMED = {"name": "answer", "schema": SCHEMA}
OPENAI: dict[str, Any] = {"model": "fake", "messages": USER}
BODIES: dict[str, tuple[str, dict[str, Any]]] = {
    "response_format.json_schema.schema": (
        "/v1/chat/completions",
        {**OPENAI, "response_format": {"type": "json_schema", "json_schema": NAMED}},
    ),
    "tools[].function.parameters": (
        "/v1/chat/completions",
        {**OPENAI, "tools": [{"type": "function", "function": TOOL}], "tool_choice": "required"},
    ),
    "text.format.schema": (
        "/v1/responses",
        {"model": "fake", "input": "hello", "text": {"format": {"type": "json_schema", **NAMED}}},
    ),
    "output_config.format.schema": (
        "/v1/messages",
        {**OPENAI, "max_tokens": 9, "output_config": {"format": {"type": "json_schema", "schema": SCHEMA}}},
    ),
    "format": ("/api/chat", {**OPENAI, "stream": False, "format": SCHEMA}),
}


@pytest.fixture(scope="module")
def client() -> Iterator[TestClient[Any]]:
    with TestClient(stored_app(Settings(), AsyncEngine(FakeChatModel(), {})), raise_server_exceptions=False) as client:
        yield client


@pytest.mark.parametrize("name", BODIES)
def test_an_unknown_format_is_told_by_its_path(client: TestClient[Any], name: str) -> None:
    path, body = BODIES[name]
    answer = client.post(path, json=body)
    assert answer.status_code == 200, answer.text
    assert sorted(answer.headers["x-ignored"].split(", ")) == [f"{name}.properties.id.format", f"{name}.x-shop"]
    refused = client.post(path, json=body, headers={"X-Strict": "on"})
    assert refused.status_code == 400
    assert f"{name}." in refused.text


def test_tools_that_are_only_described_hold_no_answer(client: TestClient[Any]) -> None:
    body = {**OPENAI, "tools": [{"type": "function", "function": TOOL}]}
    assert "x-ignored" not in client.post("/v1/chat/completions", json=body).headers


@pytest.mark.parametrize("schema", [{"properties": 5}, {"anyOf": "x"}, {"properties": {"a": 3}}, {"items": [1, None]}])
def test_a_schema_that_is_none_is_refused_all_the_same(client: TestClient[Any], schema: dict[str, Any]) -> None:
    answer = client.post("/api/chat", json={**OPENAI, "format": schema})
    assert answer.status_code == 400
