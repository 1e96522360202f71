"""Keys, quotas and limits in all dialects, and the errors for those without access."""

import json
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from litestar.testing import TestClient

from server.engine.async_engine import AsyncEngine
from server.keys.keyfile import add_key, remove_key
from server.keys.keyring import KeyRing
from server.settings.settings import Settings
from tests.helpers.apps import stored_app
from tests.helpers.fakes import FakeChatModel
from tests.helpers.keys import make_key, make_secret
from tests.helpers.loopback import begin_post, comes_true, serve_on_loopback
from tests.helpers.pictures import png_base64

HELLO = [{"role": "user", "content": "hello"}]
LONG = "slow " * 300
NUM_TOKENS = len("0/1: hello") * 2 + 1
"""The tokens of the prompt, of the answer, and its end token."""

QUESTIONS: dict[str, tuple[str, dict[str, Any]]] = {
    "ask": ("/ask", {"question": "hello"}),
    "compare": ("/compare", {"question": "hello", "pictures": [{"image": png_base64()}] * 2}),
    "compare stream": ("/compare", {"question": "hello", "pictures": [{"image": png_base64()}] * 2, "stream": True}),
    "chat": ("/chat", {"user_id": "u", "question": "hello"}),
    "chat stream": ("/chat", {"user_id": "u", "question": "hello", "stream": True}),
    "openai": ("/v1/chat/completions", {"model": "fake", "messages": HELLO}),
    "openai stream": ("/v1/chat/completions", {"model": "fake", "messages": HELLO, "stream": True}),
    "responses": ("/v1/responses", {"model": "fake", "input": "hello"}),
    "responses stream": ("/v1/responses", {"model": "fake", "input": "hello", "stream": True}),
    "ollama chat": ("/api/chat", {"model": "fake", "messages": HELLO, "stream": False}),
    "ollama chat stream": ("/api/chat", {"model": "fake", "messages": HELLO}),
    "ollama generate": ("/api/generate", {"model": "fake", "prompt": "hello", "stream": False}),
    "ollama generate stream": ("/api/generate", {"model": "fake", "prompt": "hello"}),
}
OTHERS = (
    *("/sessions", "/export", f"/sessions/{'0' * 32}", "/v1/models", "/api/tags", "/api/version"),
    *("/playground/parameters", "/playground/runs", f"/playground/runs/{'0' * 32}"),
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with the keys of a user, of an operator, and of users with limits."""
    for given in (
        make_key(),
        make_key("bob", role="operator"),
        make_key("hasty", requests_per_minute=2),
        make_key("frugal", tokens_per_day=1),
        make_key("slow", tokens_per_minute=20),
    ):
        add_key(tmp_path / "keys.toml", given)
    return tmp_path


def app_in(folder: Path, fake: FakeChatModel | None = None, **given: Any) -> Any:
    engine = AsyncEngine(fake or FakeChatModel(), {})
    return stored_app(Settings(**given), engine, folder / "sessions.db", KeyRing(path=folder / "keys.toml"))


@pytest.fixture
def client(folder: Path) -> Iterator[TestClient[Any]]:
    with TestClient(app_in(folder, cors_origins="https://shop.example"), raise_server_exceptions=False) as client:
        yield client


def bearer(name: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {make_secret(name)}"}


def num_spent(folder: Path, name: str) -> int:
    with sqlite3.connect(folder / "sessions.db") as connection:
        found = connection.execute("SELECT sum(num_tokens) FROM spending WHERE key_name = ?", (name,)).fetchone()
    connection.close()
    return found[0] or 0


@pytest.mark.parametrize("headers", [bearer("ann"), {"authorization": f"bEARER  {make_secret('ann')} "}])
def test_a_bearer_token_is_accepted(client: TestClient[Any], headers: dict[str, str]) -> None:
    assert client.post("/ask", json={"question": "hello"}, headers=headers).json() == {"answer": "0/1: hello"}


def test_x_api_key_is_accepted(client: TestClient[Any]) -> None:
    own = {"X-API-Key": make_secret("ann")}
    assert client.get("/sessions", headers=own).status_code == 200
    assert client.get("/sessions", headers={**own, "Authorization": "Basic YTpi"}).status_code == 200
    assert client.get("/sessions", headers={**own, "Authorization": "Bearer sk-wrong"}).status_code == 401


def check_unauthorized(response: Any, path: str, text: str) -> None:
    """Check that a response is 401 in the error format of its path."""
    assert response.status_code == 401
    assert response.headers["WWW-Authenticate"].startswith("Bearer")
    error = response.json()["error"]
    assert (error["message"] if path.startswith("/v1/") else error) == text
    assert "wrong" not in response.text
    if path.startswith("/v1/"):
        assert (error["type"], error["code"]) == ("authentication_error", "invalid_api_key")
    elif not path.startswith("/api/"):
        assert response.headers["content-type"] == "application/problem+json"
        assert response.json()["title"] == "Unauthorized"


@pytest.mark.parametrize("path", [*dict.fromkeys(path for path, _ in QUESTIONS.values()), *OTHERS])
def test_every_route_needs_a_valid_key(client: TestClient[Any], path: str) -> None:
    method = "GET" if path in OTHERS else "POST"
    needed, wrong = "a key is needed: send it in the header Authorization: Bearer or X-API-Key", "the key is not valid"
    for name, value, text in (
        ("Accept", "*/*", needed),
        ("Authorization", "Bearer ", needed),
        ("Authorization", "Bearer sk-wrong", wrong),
        ("X-API-Key", "sk-wrong", wrong),
    ):
        response = client.request(method, path, headers={"Accept-Language": "en", name: value})
        check_unauthorized(response, path, text)


@pytest.mark.parametrize("path", ["/", "/web/chat/main.js", "/pages/config", "/health"])
def test_pages_need_no_key(client: TestClient[Any], path: str) -> None:
    assert client.get(path).status_code == 200


@pytest.mark.parametrize("path", ["/web/../sessions", "/web/%2e%2e/sessions", "/web//sessions", "/web"])
def test_paths_below_web_lead_to_no_other_route(client: TestClient[Any], path: str) -> None:
    assert client.get(path).status_code in {401, 404}


@pytest.mark.parametrize("query", ["api_key", "key", "access_token"])
def test_a_key_in_the_url_is_ignored(client: TestClient[Any], query: str) -> None:
    assert client.get(f"/sessions?{query}={make_secret('ann')}").status_code == 401


def test_health_and_schema_need_no_key(client: TestClient[Any]) -> None:
    assert client.get("/health").status_code == 200
    for path in ("/schema", "/schema/openapi.json", "/schema/vendor/swagger-ui.css"):
        assert client.get(path).status_code == 200
    assert client.get("/health/more").status_code == 404


def test_an_unknown_path_is_404_with_and_without_a_key(client: TestClient[Any]) -> None:
    for headers in ({}, bearer("ann")):
        assert client.get("/nothing", headers=headers).status_code == 404


def test_owners_see_only_their_own_sessions(client: TestClient[Any]) -> None:
    body = {"user_id": "u", "question": "hello"}
    client.post("/chat", json=body, headers=bearer("ann"))
    (session,) = client.get("/sessions", headers=bearer("ann")).json()["sessions"]
    assert client.get("/sessions", headers=bearer("bob")).json()["sessions"] == []
    for method, path in (("GET", ""), ("GET", "/export"), ("DELETE", "")):
        url = f"/sessions/{session['id']}{path}"
        assert client.request(method, url, headers=bearer("bob")).status_code == 404
    assert client.post("/chat", json=body, headers=bearer("bob")).json() == {"answer": "0/1: hello"}
    assert client.post("/chat", json=body, headers=bearer("ann")).json() == {"answer": "0/2: hello"}


def test_a_deleted_key_stops_working_at_once(client: TestClient[Any], folder: Path) -> None:
    assert client.get("/sessions", headers=bearer("ann")).status_code == 200
    remove_key(folder / "keys.toml", "ann")
    assert client.get("/sessions", headers=bearer("ann")).status_code == 401


@pytest.mark.parametrize("name", QUESTIONS)
def test_every_dialect_counts_the_tokens_of_a_turn_once(client: TestClient[Any], folder: Path, name: str) -> None:
    path, body = QUESTIONS[name]
    assert client.post(path, json=body, headers=bearer("ann")).status_code == 200
    assert comes_true(lambda: num_spent(folder, "ann"))
    assert client.post(path, json=body, headers=bearer("frugal")).status_code == 200
    first = num_spent(folder, "ann")
    assert first == NUM_TOKENS or path == "/compare"
    assert client.post(path, json=body, headers=bearer("bob")).status_code == 200
    assert comes_true(lambda: num_spent(folder, "bob") == first)


@pytest.mark.parametrize("name", QUESTIONS)
def test_every_dialect_refuses_when_the_quota_is_spent(client: TestClient[Any], name: str) -> None:
    path, body = QUESTIONS[name]
    assert client.post("/ask", json={"question": "hello"}, headers=bearer("frugal")).status_code == 200
    response = client.post(path, json=body, headers=bearer("frugal"))
    assert response.status_code == 429
    assert 0 < int(response.headers["Retry-After"]) <= 86400
    if path.startswith("/v1/"):
        assert response.json()["error"]["code"] == "insufficient_quota"
    assert client.get("/sessions", headers=bearer("frugal")).json()["sessions"] == []


@pytest.mark.parametrize("name", QUESTIONS)
def test_a_rate_limit_refuses_before_the_first_byte(client: TestClient[Any], name: str) -> None:
    path, body = QUESTIONS[name]
    for status in (200, 200, 429):
        response = client.post(path, json=body, headers=bearer("hasty"))
        assert response.status_code == status
    assert 0 < int(response.headers["Retry-After"]) <= 30
    if path.startswith("/v1/"):
        assert response.json()["error"]["code"] == "rate_limit_exceeded"


@pytest.mark.parametrize("name", QUESTIONS)
def test_every_dialect_refuses_when_the_tokens_of_the_minute_are_used_up(client: TestClient[Any], name: str) -> None:
    path, body = QUESTIONS[name]
    assert client.post("/ask", json={"question": "hello"}, headers=bearer("slow")).status_code == 200
    response = client.post(path, json=body, headers={**bearer("slow"), "Accept-Language": "en"})
    assert response.status_code == 429
    assert 1 <= int(response.headers["Retry-After"]) <= 6
    assert "the key's limit is 20 per minute; try again in" in response.text
    if path.startswith("/v1/"):
        assert response.json()["error"]["code"] == "rate_limit_exceeded"
    assert client.get("/sessions", headers=bearer("slow")).json()["sessions"] == []


def test_a_stream_uses_up_the_tokens_of_the_minute_while_it_runs(folder: Path) -> None:
    with serve_on_loopback(app_in(folder, FakeChatModel(delay_s=0.02))) as address:
        body = json.dumps({"model": "fake", "prompt": LONG}).encode()
        running = begin_post(address, "/api/generate", body, bearer("slow"))
        assert running.recv(1000).startswith(b"HTTP/1.1 200")
        refused = begin_post(address, "/api/generate", body, bearer("slow"))
        assert refused.recv(1000).startswith(b"HTTP/1.1 429")
        running.close()
        refused.close()


def test_a_disconnect_is_charged_and_ends_the_stream_of_the_key(folder: Path) -> None:
    fake = FakeChatModel(delay_s=0.02)
    add_key(folder / "keys.toml", make_key("one", max_streams=1))
    with serve_on_loopback(app_in(folder, fake)) as address:
        body = json.dumps({"model": "fake", "prompt": LONG}).encode()
        connection = begin_post(address, "/api/generate", body, bearer("one"))
        assert connection.recv(1000).startswith(b"HTTP/1.1 200")
        refused = begin_post(address, "/api/generate", body, bearer("one"))
        assert refused.recv(1000).startswith(b"HTTP/1.1 429")
        connection.close()
        assert comes_true(lambda: num_spent(folder, "one"))
        again = begin_post(address, "/api/generate", body, bearer("one"))
        assert again.recv(1000).startswith(b"HTTP/1.1 200")
        again.close()
        refused.close()
    prompt = len(f"0/1: {LONG}")
    assert 2 * prompt <= num_spent(folder, "one") < 4 * prompt


def test_a_large_request_without_a_key_is_401(folder: Path) -> None:
    with serve_on_loopback(app_in(folder)) as address:
        connection = begin_post(address, "/ask", b" " * 20_000_000)
        assert connection.recv(1000).startswith(b"HTTP/1.1 401")
        connection.close()


def test_a_preflight_of_an_allowed_origin_needs_no_key(client: TestClient[Any]) -> None:
    asked = {"Origin": "https://shop.example", "Access-Control-Request-Method": "POST"}
    wanted = {**asked, "Access-Control-Request-Headers": "authorization, content-type"}
    response = client.options("/chat", headers=wanted)
    assert response.status_code == 204
    assert response.headers["Access-Control-Allow-Origin"] == "https://shop.example"
    assert "authorization" in response.headers["Access-Control-Allow-Headers"].lower()
    refused = client.get("/sessions", headers={"Origin": "https://shop.example"})
    assert (refused.status_code, refused.headers["Access-Control-Allow-Origin"]) == (401, "https://shop.example")
    stranger = client.options("/chat", headers={**wanted, "Origin": "https://evil.example"})
    assert "Access-Control-Allow-Origin" not in stranger.headers


def test_without_allowed_origins_there_are_no_cors_headers(folder: Path) -> None:
    with TestClient(app_in(folder)) as client:
        response = client.get("/health", headers={"Origin": "https://shop.example"})
        assert not any(name.startswith("access-control") for name in response.headers)
