"""Documents come into sessions: each owner's own, made when there is none, and gone with what is refused."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from litestar.testing import TestClient

from server.engine.async_engine import AsyncEngine
from server.keys.keyring import KeyRing
from server.settings.settings import Settings
from tests.helpers.apps import stored_app
from tests.helpers.fakes import FakeChatModel
from tests.helpers.keys import make_key, make_secret
from tests.helpers.pictures import png

ANN, BOB = ({"Authorization": f"Bearer {make_secret(name)}"} for name in ("ann", "bob"))


@pytest.fixture(scope="module")
def client() -> Iterator[TestClient[Any]]:
    app = stored_app(
        Settings(max_waiting_documents=200),
        AsyncEngine(FakeChatModel(), {}),
        keys=KeyRing([make_key("ann"), make_key("bob", max_streams=64)]),
    )
    with TestClient(app, raise_server_exceptions=False) as client:
        yield client


def send(client: TestClient[Any], headers: dict[str, str], data: bytes = png(), **fields: str) -> Any:
    return client.post("/documents", files={"file": ("a.png", data)}, data=fields, headers=headers)


def list_sessions(client: TestClient[Any], headers: dict[str, str]) -> list[str]:
    return [session["name"] for session in client.get("/sessions", headers=headers).json()["sessions"]]


def test_owners_share_nothing(client: TestClient[Any]) -> None:
    document = send(client, ANN, user_id="one").json()["id"]
    (session,) = client.get("/sessions", headers=ANN).json()["sessions"]
    assert client.get(f"/documents/{document}", headers=ANN).status_code == 200
    for path in ("", "/events", "/file", "/pages/1", "/pages/1/image"):
        assert client.get(f"/documents/{document}{path}", headers=BOB).status_code == 404
        assert client.get(f"/documents/{document}{path}").status_code == 401
    assert client.delete(f"/documents/{document}", headers=BOB).status_code == 404
    assert send(client, BOB, session=session["id"]).status_code == 404
    assert client.get(f"/documents?session={session['id']}", headers=BOB).status_code == 404
    assert client.get("/documents", headers=BOB).json()["documents"] == []
    assert send(client, BOB, user_id="one").json()["id"] != document
    assert client.post("/documents", files={"file": png()}, data={"user_id": "one"}).status_code == 401


def test_uploads_at_once_come_into_one_session(client: TestClient[Any]) -> None:
    with ThreadPoolExecutor(8) as pool:
        sizes = [(10 + number, 10) for number in range(8)]
        responses = list(pool.map(lambda size: send(client, BOB, png(size), user_id="many"), sizes))
    assert [response.status_code for response in responses] == [202] * 8
    assert list_sessions(client, BOB).count("many") == 1
    listed = client.get("/documents?user_id=many", headers=BOB).json()["documents"]
    assert {item["id"] for item in listed} == {response.json()["id"] for response in responses}


def test_no_session_is_left_of_a_document_that_is_refused(client: TestClient[Any]) -> None:
    assert send(client, ANN, b"", user_id="nobody").status_code == 400
    assert "nobody" not in list_sessions(client, ANN)
    assert client.post("/chat", json={"user_id": "talks", "question": "hi"}, headers=ANN).status_code == 200
    assert send(client, ANN, b"", user_id="talks").status_code == 400
    assert "talks" in list_sessions(client, ANN)
