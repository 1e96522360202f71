"""The routes of `/documents` as a client sees them."""

import base64
import json
from collections.abc import Iterator
from typing import Any

import pytest
from litestar.testing import TestClient

from scripts.documents.pdf_writer import text_page, write_pdf
from server.engine.async_engine import AsyncEngine
from server.settings.settings import Settings
from tests.helpers.apps import stored_app
from tests.helpers.fakes import FakeChatModel
from tests.helpers.loopback import comes_true
from tests.helpers.pictures import png, png_base64

NOWHERE = "0" * 32
ENGLISH = {"Accept-Language": "en"}


@pytest.fixture(scope="module")
def client() -> Iterator[TestClient[Any]]:
    settings = Settings(max_document_bytes=100_000, max_documents=3, max_document_pages=20)
    app = stored_app(settings, AsyncEngine(FakeChatModel(), {"max_new_tokens": 200}))
    with TestClient(app, raise_server_exceptions=False) as client:
        yield client


def send(client: TestClient[Any], user_id: str, data: bytes = png(), name: str = "card.png", **fields: str) -> Any:
    return client.post("/documents", files={"file": (name, data)}, data={"user_id": user_id, **fields})


def add(client: TestClient[Any], user_id: str, data: bytes = png(), name: str = "card.png") -> str:
    """Return the id of a document that was read."""
    response = send(client, user_id, data, name)
    assert response.status_code == 202, response.text
    document = str(response.json()["id"])
    assert comes_true(lambda: client.get(f"/documents/{document}").json()["state"] == "ready")
    return document


def test_a_document_is_taken_read_and_shown(client: TestClient[Any]) -> None:
    response = send(client, "ann", name="folder/卡片.png")
    assert response.status_code == 202
    taken = response.json()
    assert (taken["name"], taken["kind"], taken["num_bytes"], taken["error"]) == (
        "卡片.png",
        "picture",
        len(png()),
        None,
    )
    assert comes_true(lambda: client.get(f"/documents/{taken['id']}").json()["state"] == "ready")
    shown = client.get(f"/documents/{taken['id']}").json()
    assert (shown["pages"], shown["pages_read"], shown["warnings"]) == (1, 1, [])
    page = client.get(f"/documents/{taken['id']}/pages/1").json()
    assert page["number"] == 1
    assert page["is_scan"]
    assert page["text"]


def test_json_with_base64_is_the_same_document(client: TestClient[Any]) -> None:
    document = add(client, "json")
    session = next(item["id"] for item in client.get("/sessions").json()["sessions"] if item["name"] == "json")
    for target in ({"user_id": "json"}, {"session": session}):
        response = client.post("/documents", json={"name": "card.png", "data": png_base64(), **target})
        assert (response.status_code, response.json()["id"]) == (202, document)
    assert client.get("/documents?user_id=json").json()["documents"][0]["id"] == document
    assert client.get(f"/documents?session={session}").json()["documents"][0]["id"] == document
    assert client.get("/documents?user_id=nobody").json() == {"documents": [], "next_cursor": None}


def test_the_fields_may_come_after_the_file(client: TestClient[Any]) -> None:
    body = (
        b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.png"\r\n\r\n' + png() + b"\r\n"
        b'--x\r\nContent-Disposition: form-data; name="user_id"\r\n\r\nafter\r\n--x--\r\n'
    )
    headers = {"Content-Type": "multipart/form-data; boundary=x"}
    assert client.post("/documents", content=body, headers=headers).status_code == 202


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize(
    ("given", "status"),
    [
        ({"content": b"abc", "headers": {"Content-Type": "multipart/form-data"}}, 400),
        ({"content": b"abc", "headers": {"Content-Type": "multipart/form-data; boundary=x"}}, 400),
        ({"data": {"user_id": "bad"}, "files": {"other": b"abc"}}, 400),
        ({"data": {"user_id": "bad"}, "files": [("file", b"a"), ("file", b"b")]}, 400),
        ({"files": {"file": png()}}, 400),
        ({"data": {"user_id": "  "}, "files": {"file": png()}}, 400),
        ({"data": {"user_id": "x" * 201}, "files": {"file": png()}}, 400),
        ({"data": {"user_id": "bad", "session": NOWHERE}, "files": {"file": png()}}, 400),
        ({"data": {"user_id": "bad", "password": "x" * 1001}, "files": {"file": png()}}, 400),
        ({"data": {"session": NOWHERE}, "files": {"file": png()}}, 404),
        ({"data": {"user_id": "bad"}, "files": {"file": b""}}, 400),
        ({"data": {"user_id": "bad"}, "files": {"file": b"\x00\x01\x02\x03" * 100}}, 415),
        ({"data": {"user_id": "bad"}, "files": {"file": b"%PDF-1.7\nbroken"}}, 400),
        ({"data": {"user_id": "bad"}, "files": {"file": b"x" * 100_001}}, 413),
        ({"json": {"user_id": "bad", "name": "a", "data": "!"}}, 400),
        ({"json": {"user_id": "bad", "name": "a"}}, 400),
        ({"json": {"user_id": "bad", "data": png_base64()}}, 400),
        ({"json": {"name": "a", "data": png_base64()}}, 400),
        ({"json": {"user_id": "bad", "name": "a", "data": base64.b64encode(b"x" * 100_001).decode()}}, 413),
    ],
)
def test_what_cannot_be_taken_is_refused_in_both_languages(
    client: TestClient[Any], language: str, given: dict[str, Any], status: int
) -> None:
    headers = {**given.get("headers", {}), "Accept-Language": language}
    response = client.post("/documents", **{**given, "headers": headers})
    assert response.status_code == status, response.text
    text = response.json()["error"]
    assert text.isascii() == (language == "en"), text
    assert "bad" not in [session["name"] for session in client.get("/sessions").json()["sessions"]]


def test_unknown_fields_are_told_or_refused(client: TestClient[Any]) -> None:
    assert send(client, "fields", colour="red").headers["X-Ignored"] == "colour"
    response = client.post(
        "/documents", files={"file": png()}, data={"user_id": "fields", "colour": "red"}, headers={"X-Strict": "on"}
    )
    assert response.status_code == 400


def test_the_documents_of_a_session_are_limited(client: TestClient[Any]) -> None:
    for number in range(3):
        assert send(client, "many", png(size=(9 + number, 9))).status_code == 202
    response = send(client, "many", png(size=(20, 9)))
    assert response.status_code == 413
    assert "3" in response.json()["error"]


def test_events_end_with_the_document(client: TestClient[Any]) -> None:
    document = send(client, "events", png(size=(30, 9))).json()["id"]
    with client.stream("GET", f"/documents/{document}/events") as response:
        assert response.headers["content-type"].startswith("text/event-stream")
        events = [json.loads(line[6:]) for line in response.iter_lines() if line.startswith("data: ")]
    assert events[-1]["state"] == "ready"
    assert events[-1] == client.get(f"/documents/{document}").json()
    assert len({json.dumps(event) for event in events}) == len(events)


def test_a_page_is_drawn_for_viewers(client: TestClient[Any]) -> None:
    document = add(client, "drawn")
    response = client.get(f"/documents/{document}/pages/1/image?width=40")
    assert response.status_code == 200
    assert response.headers["content-type"] in ("image/png", "image/jpeg")
    assert response.headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in response.headers["content-security-policy"]
    assert response.headers["cache-control"].startswith("private")
    for wrong in ("2/image", "0/image", "x/image", "-1/image", "٣/image", "99999999999999999999/image", "2", "x"):
        assert client.get(f"/documents/{document}/pages/{wrong}").status_code == 404, wrong
    assert client.get(f"/documents/{document}/pages/1/image?width=2400").status_code == 200
    assert client.get(f"/documents/{document}/pages/1/image?width=5000").status_code == 400


def test_a_file_is_sent_back_as_a_download(client: TestClient[Any]) -> None:
    document = add(client, "file", name='"a"; 价格\r\n.png')
    response = client.get(f"/documents/{document}/file")
    assert response.content == png()
    assert response.headers["content-type"] == "application/octet-stream"
    assert response.headers["content-length"] == str(len(png()))
    assert response.headers["content-disposition"].startswith("attachment; filename*=UTF-8''")
    assert response.headers["content-disposition"].isascii()
    assert response.headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in response.headers["content-security-policy"]


def test_lists_come_in_pages_newest_first(client: TestClient[Any]) -> None:
    ids = [add(client, "listed", png(size=(40 + number, 9))) for number in range(3)]
    first = client.get("/documents?user_id=listed&limit=2").json()
    rest = client.get(f"/documents?user_id=listed&limit=2&cursor={first['next_cursor']}").json()
    assert [item["id"] for item in (*first["documents"], *rest["documents"])] == ids[::-1]
    assert rest["next_cursor"] is None
    assert client.get(f"/documents?session={NOWHERE}").status_code == 404
    assert client.get(f"/documents?session={NOWHERE}&user_id=a").status_code == 400
    assert client.get("/documents?cursor=x").status_code == 400


def test_a_deleted_document_is_gone(client: TestClient[Any]) -> None:
    document = add(client, "deleted")
    assert client.delete(f"/documents/{document}").status_code == 204
    assert client.delete(f"/documents/{document}").status_code == 404
    for path in ("", "/events", "/file", "/pages/1", "/pages/1/image"):
        assert client.get(f"/documents/{document}{path}").status_code == 404


def test_documents_go_with_their_session(client: TestClient[Any]) -> None:
    document = add(client, "gone")
    session = next(item["id"] for item in client.get("/sessions").json()["sessions"] if item["name"] == "gone")
    assert client.delete(f"/sessions/{session}").status_code == 204
    assert client.get(f"/documents/{document}").status_code == 404


def test_texts_are_in_the_client_s_language(client: TestClient[Any]) -> None:
    response = send(client, "bad", b"%PDF-1.7\nbroken")
    assert response.json()["error"].startswith("文档无法读取：")
    shown = client.post("/documents", files={"file": b""}, data={"user_id": "bad"}, headers=ENGLISH).json()
    assert shown["error"] == "the document cannot be read: the file is empty"


def test_an_upload_names_its_session_and_a_refusal_its_cause(client: TestClient[Any]) -> None:
    first, second = send(client, "named"), send(client, "named", png((9, 9)))
    assert first.headers["x-session"] == second.headers["x-session"]
    assert client.get(f"/sessions/{first.headers['x-session']}").json()["name"] == "named"
    encrypted = write_pdf([text_page(["secret"])], password="letmein")
    for password, code in (({}, "encrypted"), ({"password": "wrong"}, "wrong_password")):
        refused = send(client, "named", encrypted, "secret.pdf", **password)
        assert (refused.status_code, refused.json()["code"]) == (400, code)
