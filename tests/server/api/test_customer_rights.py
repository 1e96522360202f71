"""Every route of the application with the token of another customer: nothing of the first one's is read or changed."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from litestar import Router
from litestar.handlers import HTTPRouteHandler
from litestar.testing import TestClient

from server.api.authentication import OPEN_FOLDERS, OPEN_PATHS
from server.api.customer_rights import RIGHTS, is_open_to_customers
from server.api.dialects import DIALECTS
from server.api.openapi.operation import CARD, KEY
from server.engine.async_engine import AsyncEngine
from server.keys.keyring import KeyRing
from server.settings.settings import Settings
from tests.helpers.apps import stored_app
from tests.helpers.customers import SHOP_SECRET, bearer, make_token
from tests.helpers.fakes import FakeChatModel
from tests.helpers.keys import make_key, make_secret
from tests.helpers.loopback import comes_true
from tests.helpers.pictures import png_base64

KEYS = (make_key(customer_secret=SHOP_SECRET), make_key("root", owner="ann", role="operator"))
FIRST, SECOND = (bearer(make_token(subject)) for subject in ("first", "second"))
SECRET_WORD = "Zanzibar"
QUESTION = {"user_id": "u", "question": f"Do you ship to {SECRET_WORD}?", "image": png_base64()}
TABLE = {"user_id": "u", "name": "a.csv", "data": "UHJvZHVjdCxQcmljZQpQZW4sMwpJbmssNQo="}


HANDLERS = [handler for dialect in DIALECTS for handler in dialect.load_routes()]


def list_routes() -> list[tuple[str, str]]:
    """List the methods and paths of all routes, with those of routers."""
    found = [
        (method, path)
        for handler in HANDLERS
        if isinstance(handler, HTTPRouteHandler)
        for path in handler.paths
        for method in handler.http_methods
    ]
    routed = [route for handler in HANDLERS if isinstance(handler, Router) for route in handler.routes]
    return sorted({*found, *((method, route.path) for route in routed for method in route.methods)})


ROUTES = list_routes()
EXAMPLES: dict[tuple[str, str], Any] = {
    (str(method), path): handler.opt[KEY].example
    for handler in HANDLERS
    if isinstance(handler, HTTPRouteHandler) and KEY in handler.opt
    for path in handler.paths
    for method in handler.http_methods
}


def to_template(path: str) -> str:
    """Return a path as the framework names it, without the types of its parameters."""
    return path.replace(":str", "").replace(":path", "").replace(":int", "")


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient[Any]]:
    where: Path = tmp_path_factory.mktemp("rights") / "sessions.db"
    settings = Settings(customer_requests_per_minute=100_000, anonymous_per_minute=1000)
    app = stored_app(settings, AsyncEngine(FakeChatModel(), {}), where, KeyRing(KEYS))
    with TestClient(app, raise_server_exceptions=False) as client:
        yield client


@pytest.fixture(scope="module")
def ids(client: TestClient[Any]) -> dict[str, str]:
    """The ids of what the first customer has, by the names of parameters; others are ids of nothing."""
    assert client.post("/chat", json=QUESTION, headers=FIRST).status_code == 200
    (session,) = client.get("/sessions", headers=FIRST).json()["sessions"]
    exported = client.get(f"/sessions/{session['id']}/export?pictures=base64", headers=FIRST).json()
    document = client.post("/documents", json=TABLE, headers=FIRST).json()["id"]
    assert comes_true(lambda: client.get(f"/documents/{document}", headers=FIRST).json()["state"] == "ready")
    (table,) = client.post("/tables", json={"document": document}, headers=FIRST).json()["tables"]
    myself = client.get("/customers/me", headers=FIRST).json()["id"]
    return {
        "session_id": session["id"],
        "sha256": next(iter(exported["pictures"])),
        "document_id": document,
        "table_id": table["id"],
        "customer_id": myself,
        "number": "1",
    }


def read_all(client: TestClient[Any], ids: dict[str, str]) -> list[Any]:
    """Return everything that the first customer has."""
    paths = ("/sessions", "/sessions/{session_id}", "/documents", "/documents/{document_id}", "/tables/{table_id}")
    found = [client.get(path.format(**ids), headers=FIRST) for path in (*paths, "/customers/me")]
    assert [response.status_code for response in found] == [200] * len(found)
    return [response.json() for response in found]


def address_of(path: str, ids: dict[str, str]) -> str:
    template = to_template(path)
    names = [part[1:-1] for part in template.split("/") if part.startswith("{")]
    return template.format(**{name: ids.get(name, "0" * 32) for name in names})


def body_of(method: str, path: str, ids: dict[str, str]) -> Any:
    example = EXAMPLES.get((method, path))
    if path == "/tables":
        return {"document": ids["document_id"]}
    return example and {name: png_base64() if value == CARD else value for name, value in example.items()}


def is_open(path: str) -> bool:
    return path in OPEN_PATHS or path.startswith(OPEN_FOLDERS)


@pytest.mark.parametrize(("method", "path"), ROUTES)
def test_another_customer_reads_and_changes_nothing(
    client: TestClient[Any], ids: dict[str, str], method: str, path: str
) -> None:
    before = read_all(client, ids)
    query = "?all=true" if (method, path) == ("DELETE", "/sessions") else ""
    address = address_of(path, ids)
    response = client.request(method, address + query, json=body_of(method, path, ids), headers=SECOND)
    assert SECRET_WORD not in response.text
    assert not any(value in response.text for name, value in ids.items() if name not in ("number", "sha256")) or (
        response.status_code == 404
    )
    if not is_open(path) and not is_open_to_customers(method, to_template(path)):
        assert response.status_code == 403
    elif address != path or path == "/tables":
        assert response.status_code in {403, 404} or is_open(path)
    else:
        assert response.status_code < 500
    assert read_all(client, ids) == before


@pytest.mark.parametrize(("method", "path"), ROUTES)
def test_without_a_token_only_open_routes_answer(
    client: TestClient[Any], ids: dict[str, str], method: str, path: str
) -> None:
    response = client.request(method, address_of(path, ids), json=body_of(method, path, ids))
    assert (response.status_code == 401) is not is_open(path)


def test_the_first_customer_may_use_what_is_the_first_customer_s(client: TestClient[Any], ids: dict[str, str]) -> None:
    feedback = f"/sessions/{ids['session_id']}/feedback"
    assert client.post(feedback, json={"thumb": "up"}, headers=FIRST).status_code == 200
    ask = f"/documents/{ids['document_id']}/ask"
    assert client.post(ask, json={"question": "How much is a pen?"}, headers=FIRST).status_code == 200
    assert client.get(f"/documents/{ids['document_id']}/file", headers=FIRST).status_code == 200


def test_the_shop_s_key_does_not_see_what_customers_have(client: TestClient[Any], ids: dict[str, str]) -> None:
    for name in ("ann", "root"):
        own = bearer(make_secret(name))
        assert client.get("/sessions", headers=own).json()["sessions"] == []
        assert client.get(f"/sessions/{ids['session_id']}", headers=own).status_code == 404


@pytest.mark.parametrize(
    ("method", "path", "is_allowed"),
    [
        ("GET", "/sessions", True),
        ("HEAD", "/sessions/{session_id}", True),
        ("PUT", "/sessions", False),
        ("POST", "/chat", True),
        ("POST", "/chat/anything/below", True),
        ("POST", "/chatter", False),
        ("GET", "/customers/me", True),
        ("GET", "/customers", False),
        ("GET", "/customers/{customer_id}", False),
        ("POST", "/customers/token", False),
        ("GET", "/desk", False),
        ("POST", "/a-new-route", False),
        ("GET", "", False),
    ],
)
def test_what_is_not_listed_is_refused(method: str, path: str, is_allowed: bool) -> None:
    assert is_open_to_customers(method, path) is is_allowed


@pytest.mark.parametrize(
    ("body", "headers", "name"),
    [
        ({"profile": "plain"}, {}, "profile"),
        ({"stages": {"cache": False}}, {}, "stages"),
        ({"trace": True}, {}, "trace"),
        ({}, {"X-Profile": "plain"}, "profile"),
        ({}, {"X-Stages": "typos=off"}, "stages"),
        ({}, {"X-Trace": "on"}, "trace"),
    ],
)
@pytest.mark.parametrize("path", ["/chat", "/documents/{document_id}/ask", "/tables/{table_id}/ask"])
def test_a_customer_sets_no_option(
    client: TestClient[Any], ids: dict[str, str], path: str, body: Any, headers: dict[str, str], name: str
) -> None:
    given = {"question": "How much is a pen?", **({"user_id": "v"} if path == "/chat" else {}), **body}
    response = client.post(path.format(**ids), json=given, headers={**FIRST, **headers, "Accept-Language": "en"})
    assert response.status_code == 403
    assert response.json()["detail"] == f"{name} may not be set with a customer's token"


@pytest.mark.parametrize("field", ["temperature", "max_tokens", "system", "messages"])
def test_a_customer_sets_nothing_of_the_model(client: TestClient[Any], field: str) -> None:
    body = {"user_id": "v", "question": "hello", field: 1}
    response = client.post("/chat", json=body, headers={**FIRST, "Accept-Language": "en"})
    assert (response.status_code, field in response.json()["detail"]) == (400, True)


@pytest.mark.parametrize("folder", [Path("docs"), Path("docs/zh")])
def test_the_documentation_lists_what_is_open(folder: Path) -> None:
    rows = re.findall(r"^\| `(/[\w/]+)`.*? \| (.+) \|$", (folder / "customers.md").read_text("utf-8"), re.MULTILINE)
    assert {path: tuple(re.findall(r"`([A-Z]+)`", methods)) for path, methods in rows} == dict(RIGHTS)
