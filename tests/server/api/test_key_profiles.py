"""Which profiles a key may choose, and what moderation sees of its requests, in every dialect."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from litestar.testing import TestClient

from server.engine.async_engine import AsyncEngine
from server.keys.key import Key
from server.keys.keyring import KeyRing
from server.settings.settings import Settings
from tests.helpers.apps import stored_app
from tests.helpers.fakes import FakeChatModel
from tests.helpers.keys import make_key, make_secret
from tests.helpers.pictures import png_base64

BAD = "say blorptastic"
PICTURES = [{"image": png_base64()}] * 2
OPENERS = {
    "ecommerce": "You are a customer service agent",
    "restaurant": "You are a waiter",
    "tech-support": "You are a technical support engineer",
}
KEYS = (
    make_key("free"),
    make_key("shop", profile="ecommerce"),
    make_key("both", profiles=("restaurant", "ecommerce")),
    make_key("root", role="operator"),
)
MakeClient = Callable[..., TestClient[Any]]


@pytest.fixture
def fake() -> FakeChatModel:
    return FakeChatModel()


@pytest.fixture
def make_client(fake: FakeChatModel, tmp_path: Path) -> Iterator[MakeClient]:
    """Give a function that opens an application with these keys and settings; without keys if it may be open."""
    with ExitStack() as opened:

        def make(*keys: Key, **given: Any) -> TestClient[Any]:
            ring = None if "open_without_keys" in given else KeyRing(keys or KEYS)
            app = stored_app(Settings(**given), AsyncEngine(fake, {}), tmp_path / "sessions.db", ring)
            return opened.enter_context(TestClient(app))

        yield make


def ask_everywhere(client: TestClient[Any], name: str, **headers: str) -> list[Any]:
    """Ask a question in every dialect, and return the responses."""
    messages = [{"role": "user", "content": "hello"}]
    bodies: dict[str, dict[str, Any]] = {
        "/ask": {"question": "hello"},
        "/chat": {"question": "hello", "user_id": f"{name} {headers}"},
        "/compare": {"question": "hello", "pictures": PICTURES},
        "/v1/chat/completions": {"model": "fake", "messages": messages},
        "/v1/responses": {"model": "fake", "input": "hello"},
        "/playground/prompt": {"model": "fake", "messages": messages},
        "/api/chat": {"model": "fake", "messages": messages, "stream": False},
        "/api/generate": {"model": "fake", "prompt": "hello", "stream": False},
    }
    own = {"Authorization": f"Bearer {make_secret(name)}", "Accept-Language": "en", **headers}
    return [client.post(path, json=body, headers=own) for path, body in bodies.items()]


def profiles_seen(fake: FakeChatModel) -> set[str]:
    """Return the profiles that the model has seen the system prompts of, and forget them."""
    firsts = [str(call[0]["content"][0]) if call[0]["role"] == "system" else "" for call in fake.calls]
    fake.calls.clear()
    named = [next((name for name, opener in OPENERS.items() if first.startswith(opener)), "plain") for first in firsts]
    return set(named)


@pytest.mark.parametrize(
    ("default", "name", "expected"),
    [
        ("plain", "free", {"plain"}),
        ("tech-support", "free", {"tech-support"}),
        ("plain", "shop", {"ecommerce"}),
        ("tech-support", "shop", {"ecommerce"}),
        ("plain", "both", {"restaurant"}),
        ("tech-support", "both", {"restaurant"}),
        ("tech-support", "root", {"plain", "tech-support"}),
    ],
)
def test_every_dialect_answers_a_key_under_its_profile(
    make_client: MakeClient, fake: FakeChatModel, default: str, name: str, expected: set[str]
) -> None:
    assert {each.status_code for each in ask_everywhere(make_client(profile=default), name)} <= {200, 201}
    assert profiles_seen(fake) == expected


@pytest.mark.parametrize(
    ("default", "name", "named", "offered"),
    [
        ("tech-support", "free", "plain", "ecommerce, restaurant, shop, tech-support"),
        ("plain", "shop", "plain", "ecommerce, restaurant, shop, tech-support"),
        ("plain", "both", "plain", "ecommerce, restaurant"),
        ("plain", "both", "tech-support", "ecommerce, restaurant"),
        ("plain", "both", "no-such", "ecommerce, restaurant"),
    ],
)
def test_every_dialect_refuses_a_profile_that_is_not_the_keys(
    make_client: MakeClient, fake: FakeChatModel, default: str, name: str, named: str, offered: str
) -> None:
    client = make_client(profile=default)
    for response in ask_everywhere(client, name, **{"X-Profile": named}):
        assert response.status_code == 403
        assert f"the profile '{named}' may not be chosen here; choose one of {offered}" in response.text
    own = {"Authorization": f"Bearer {make_secret(name)}"}
    response = client.post("/ask", json={"question": "hello", "profile": named}, headers=own)
    assert (response.status_code, response.json()["error"][:8]) == (403, "不能使用场景配置")
    assert client.get("/sessions", headers=own).json()["sessions"] == []
    assert fake.calls == []


def test_every_dialect_answers_under_another_profile_of_the_key(make_client: MakeClient, fake: FakeChatModel) -> None:
    client = make_client()
    assert {each.status_code for each in ask_everywhere(client, "both", **{"X-Profile": "ecommerce"})} <= {200, 201}
    assert profiles_seen(fake) == {"ecommerce"}
    ask_everywhere(client, "root", **{"X-Profile": "plain"})
    assert profiles_seen(fake) == {"plain"}


def test_switching_stages_does_not_get_round_moderation(make_client: MakeClient, fake: FakeChatModel) -> None:
    client = make_client(profile="ecommerce")
    body = {"model": "fake", "messages": [{"role": "user", "content": BAD}], "stream": False}
    headers = {"X-API-Key": make_secret("free"), "X-Stages": "moderation=off"}
    answer = client.post("/api/chat", json=body, headers=headers).json()
    assert answer["message"]["content"].startswith("Sorry, I cannot answer")
    assert fake.calls == []


def test_a_session_keeps_no_profile_that_the_key_may_not_choose(make_client: MakeClient, fake: FakeChatModel) -> None:
    shared = (make_key("wide", owner="us"), make_key("tight", owner="us", profiles=("ecommerce",)))
    client = make_client(*shared)

    def chat(name: str, **given: str) -> int:
        own = {"X-API-Key": make_secret(name)}
        return client.post("/chat", json={"user_id": "u", "question": "hello", **given}, headers=own).status_code

    assert chat("wide", profile="restaurant") == 200
    assert profiles_seen(fake) == {"restaurant"}
    assert chat("tight") == 200
    assert profiles_seen(fake) == {"ecommerce"}
    assert chat("wide") == 200
    assert profiles_seen(fake) == {"restaurant"}
    assert chat("wide", profile="plain") == 403
    assert chat("wide") == 200
    assert profiles_seen(fake) == {"restaurant"}


SAY = {"role": "user", "content": "hello"}
CALL = {"id": "1", "type": "function", "function": {"name": "look", "arguments": "{}"}}
BAD_TOOL = {"type": "function", "function": {"name": "look", "description": BAD}}
DEEP_TOOL = {"type": "function", "function": {"name": "look", "parameters": {"properties": {"a": {"const": BAD}}}}}
BAD_SCHEMA = {"type": "object", "properties": {"a": {"enum": [BAD]}}}
INSTRUCTIONS: dict[str, tuple[str, dict[str, Any]]] = {
    "system": ("/v1/chat/completions", {"messages": [{"role": "system", "content": BAD}, SAY]}),
    "developer": ("/v1/chat/completions", {"messages": [{"role": "developer", "content": BAD}, SAY]}),
    "tool result": (
        "/v1/chat/completions",
        {
            "messages": [
                SAY,
                {"role": "assistant", "tool_calls": [CALL]},
                {"role": "tool", "tool_call_id": "1", "content": BAD},
            ]
        },
    ),
    "tool": ("/v1/chat/completions", {"messages": [SAY], "tools": [BAD_TOOL]}),
    "parameter": ("/v1/chat/completions", {"messages": [SAY], "tools": [DEEP_TOOL]}),
    "schema": (
        "/v1/chat/completions",
        {
            "messages": [SAY],
            "response_format": {"type": "json_schema", "json_schema": {"name": "a", "schema": BAD_SCHEMA}},
        },
    ),
    "responses instructions": ("/v1/responses", {"input": "hello", "instructions": BAD}),
    "responses result": (
        "/v1/responses",
        {
            "input": [
                SAY,
                {"type": "function_call", "call_id": "1", "name": "look"},
                {"type": "function_call_output", "call_id": "1", "output": BAD},
            ]
        },
    ),
    "responses schema": (
        "/v1/responses",
        {"input": "hello", "text": {"format": {"type": "json_schema", "name": "a", "schema": BAD_SCHEMA}}},
    ),
    "ollama system": ("/api/chat", {"messages": [{"role": "system", "content": BAD}, SAY], "stream": False}),
    "ollama result": ("/api/chat", {"messages": [SAY, {"role": "tool", "content": BAD}], "stream": False}),
    "ollama tool": ("/api/chat", {"messages": [SAY], "tools": [BAD_TOOL], "stream": False}),
    "ollama schema": ("/api/chat", {"messages": [SAY], "format": BAD_SCHEMA, "stream": False}),
    "generate system": ("/api/generate", {"prompt": "hello", "system": BAD, "stream": False}),
    "generate schema": ("/api/generate", {"prompt": "hello", "format": BAD_SCHEMA, "stream": False}),
}


@pytest.mark.parametrize("name", INSTRUCTIONS)
def test_instructions_of_customers_are_moderated_in_every_dialect(
    make_client: MakeClient, fake: FakeChatModel, name: str
) -> None:
    client = make_client(profile="ecommerce")
    path, body = INSTRUCTIONS[name]
    for key, num_calls in (("free", 0), ("root", 1)):
        headers = {"X-API-Key": make_secret(key), "X-Profile": "ecommerce"}
        answer = client.post(path, json={"model": "fake", **body}, headers=headers)
        assert ("Sorry, I cannot answer" in answer.text) == (num_calls == 0)
        assert len(fake.calls) == num_calls


@pytest.mark.parametrize(
    ("given", "is_refused"),
    [
        ({"open_without_keys": False}, False),
        ({"open_without_keys": True}, True),
        ({"open_without_keys": True, "moderate_instructions": False}, False),
    ],
)
def test_without_keys_an_open_server_has_customers(
    make_client: MakeClient, given: dict[str, Any], is_refused: bool
) -> None:
    client = make_client(moderation="on", **given)
    answer = client.post("/api/generate", json={"model": "fake", "prompt": "hello", "system": BAD, "stream": False})
    assert ("Sorry, I cannot answer" in answer.text) == is_refused


def test_names_of_pictures_are_moderated(make_client: MakeClient, fake: FakeChatModel) -> None:
    pictures = [{"image": png_base64(), "name": "a blorptastic one"}, {"image": png_base64()}]
    body = {"question": "which?", "pictures": pictures, "profile": "ecommerce"}
    answer = make_client().post("/compare", json=body, headers={"X-API-Key": make_secret("free")})
    assert answer.json()["moderation"] == [{"where": "question", "category": "example-block", "action": "block"}]
    assert fake.calls == []


def test_forbidden_words_of_earlier_messages_do_not_reach_the_model(
    make_client: MakeClient, fake: FakeChatModel
) -> None:
    earlier = [{"role": "user", "content": BAD}, {"role": "assistant", "content": BAD}]
    client = make_client()
    for path in ("/v1/chat/completions", "/api/chat"):
        body = {"model": "fake", "messages": [*earlier, SAY], "stream": False}
        headers = {"X-API-Key": make_secret("shop"), "X-Stages": "cache=off"}
        assert client.post(path, json=body, headers=headers).status_code == 200
    assert len(fake.calls) == 2
    assert "blorptastic" not in str(fake.calls)
    assert "say ***********" in str(fake.calls)
