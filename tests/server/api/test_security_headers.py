"""Every answer of every route tells browsers to do nothing with it but show it to who asked."""

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from litestar import Litestar
from litestar.routes import HTTPRoute
from litestar.testing import TestClient

from server.api.operate.loading import create_loading_app
from server.app import create_app
from server.engine.async_engine import AsyncEngine
from server.keys.keyfile import add_key
from server.keys.keyring import KeyRing
from server.settings.settings import Settings
from server.store.store import Store
from tests.helpers.apps import stored_app
from tests.helpers.fakes import FakeChatModel
from tests.helpers.keys import make_key
from tests.helpers.pictures import png, png_base64

SAME = {
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}
PAGES = ("/", "/playground", "/knowledge", "/desk", "/ops", "/schema")


@pytest.fixture
def client(tmp_path: Path) -> Iterator[TestClient[Any]]:
    settings = Settings(max_body_bytes=2000, cors_origins="https://shop.example")
    app = stored_app(settings, AsyncEngine(FakeChatModel(), {}), tmp_path / "sessions.db")
    with TestClient(app, raise_server_exceptions=False) as client:
        yield client


def check(response: Any, path: str = "/nothing") -> None:
    """Check that each header is there exactly once."""
    found = [(name.lower(), value) for name, value in response.headers.multi_items()]
    for name, value in SAME.items():
        assert [given for other, given in found if other == name] == [value], (path, name)
    (policy,) = [given for name, given in found if name == "content-security-policy"]
    assert policy.startswith("default-src 'none'")
    assert "frame-ancestors 'none'" in policy
    is_page = response.headers.get("content-type", "").startswith("text/html")
    assert ("script-src 'self'" in policy) == (is_page or (response.status_code == 200 and path.startswith("/web/")))
    assert not is_page or path in PAGES
    assert "script-src 'self' 'unsafe" not in policy
    (cache,) = [given for name, given in found if name == "cache-control"]
    assert cache in ("no-store", "no-cache") or "/pictures/" in path


def list_routes(app: Litestar) -> list[tuple[str, str]]:
    routes = [route for route in app.routes if isinstance(route, HTTPRoute)]
    return [(method, route.path) for route in routes for method in sorted(route.methods)]


def test_every_route_of_every_dialect(client: TestClient[Any]) -> None:
    engine: Any = AsyncEngine(FakeChatModel(), {})
    store: Any = Store.__new__(Store)
    store.library = store.knowledge = store.customers = store.actions = object()
    store.deliveries = store.outcomes = object()
    routes = list_routes(create_app(Settings(), engine, store))
    assert len(routes) > 50
    for method, path in routes:
        named = path.replace("{", "").replace("}", "")
        for body in (None, {"nothing": 1}):
            check(client.request(method, named, json=body), named)


@pytest.mark.parametrize("path", ["/web/chat/main.js", "/schema/page/schema.js", "/schema/vendor/swagger-ui.css"])
def test_files_of_pages_are_kept_but_asked_for(client: TestClient[Any], path: str) -> None:
    response = client.get(path)
    assert response.status_code == 200
    assert response.headers["cache-control"] == "no-cache"
    check(response, path)


def test_answers(client: TestClient[Any]) -> None:
    body = {"user_id": "ann", "question": "hello", "image": png_base64()}
    check(client.post("/chat", json=body))
    check(client.post("/chat", json={**body, "stream": True}))
    (session,) = client.get("/sessions").json()["sessions"]
    picture = client.get(f"/sessions/{session['id']}/pictures/{hashlib.sha256(png()).hexdigest()}")
    assert picture.status_code == 200
    assert "immutable" in picture.headers["cache-control"]
    assert "sandbox" in picture.headers["content-security-policy"]
    check(picture, "/pictures/")
    for path in ("/health", "/health/live", "/health/ready", "/metrics", "/sessions", "/export?thumb=any"):
        response = client.get(path)
        assert (response.status_code, response.headers["cache-control"]) == (200, "no-store"), path
        check(response)


@pytest.mark.parametrize(
    ("method", "path", "content", "headers", "status"),
    [
        ("GET", "/nothing", None, {}, 404),
        ("GET", "/sessions/nobody", None, {}, 404),
        ("PUT", "/ask", b"{}", {}, 405),
        ("POST", "/ask", b"{", {}, 400),
        ("POST", "/v1/chat/completions", b"{", {}, 400),
        ("POST", "/ask", b'"' + b"x" * 3000 + b'"', {}, 413),
        ("POST", "/ask", b"{}", {"Content-Type": "text/plain"}, 415),
        ("GET", "/", None, {"Host": "evil.test"}, 421),
        ("GET", "/", None, {"Origin": "https://evil.test"}, 403),
        ("GET", "/", None, {"Origin": "https://shop.example"}, 200),
        ("OPTIONS", "/ask", None, {"Origin": "https://evil.test"}, 400),
        ("OPTIONS", "/ask", None, {"Origin": "https://shop.example"}, 204),
        ("OPTIONS", "/ask", None, {}, 204),
        ("POST", "/ask", b'{"question": "fail"}', {}, 500),
        ("HEAD", "/", None, {}, 200),
        ("HEAD", "/nothing", None, {}, 404),
    ],
)
def test_errors(
    client: TestClient[Any], method: str, path: str, content: bytes | None, headers: dict[str, str], status: int
) -> None:
    response = client.request(method, path, content=content, headers=headers)
    assert response.status_code == status
    check(response, path)


def test_what_needs_a_key(tmp_path: Path) -> None:
    add_key(tmp_path / "keys.toml", make_key())
    app = stored_app(Settings(), AsyncEngine(FakeChatModel(), {}), keys=KeyRing(path=tmp_path / "keys.toml"))
    with TestClient(app) as client:
        for path in ("/sessions", "/v1/models", "/api/tags", "/metrics"):
            response = client.get(path)
            assert response.status_code == 401
            check(response)


def test_while_the_model_is_loaded() -> None:
    with TestClient(create_loading_app()) as client:
        for method, path, status in (
            *(("GET", "/", 503), ("POST", "/v1/chat/completions", 503), ("DELETE", "/sessions", 503)),
            *(("GET", "/health/ready", 503), ("GET", "/health/live", 200)),
        ):
            response = client.request(method, path)
            assert response.status_code == status
            check(response)
