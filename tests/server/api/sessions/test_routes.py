"""The routes of `/sessions` as a client sees them."""

import hashlib
from collections.abc import Iterator
from typing import Any

import pytest
from litestar.testing import TestClient

from server.api.sessions import routes as sessions
from server.store.errors import DatabaseUnreachable
from tests.helpers.pictures import png, png_base64

SHA256 = hashlib.sha256(png()).hexdigest()
NOWHERE = "0" * 32
ENGLISH = {"Accept-Language": "en"}


def ask(client: TestClient[Any], user_id: str, question: str, **given: Any) -> None:
    assert client.post("/chat", json={"user_id": user_id, "question": question, **given}).status_code == 200


@pytest.fixture
def ann(client: TestClient[Any]) -> str:
    """The id of a session of two turns, the first about a picture."""
    ask(client, "ann", "what is it", image=png_base64())
    ask(client, "ann", "and now")
    (session,) = client.get("/sessions").json()["sessions"]
    return str(session["id"])


@pytest.fixture
def broken(client: TestClient[Any], monkeypatch: pytest.MonkeyPatch) -> Iterator[TestClient[Any]]:
    """A client of a server whose database stops answering after the start."""

    async def unreachable(*_: Any) -> None:
        raise DatabaseUnreachable("postgresql://secret@host/db", "it is gone")

    monkeypatch.setattr("server.store.database.Database.read", unreachable)
    monkeypatch.setattr("server.store.database.Database.write", unreachable)
    yield client
    monkeypatch.undo()


def test_sessions_are_listed_by_pages_last_used_first(client: TestClient[Any]) -> None:
    for name in ("ann", "bob", "cat", "ann"):
        ask(client, name, "hello")
    page = client.get("/sessions?limit=2").json()
    assert [(session["name"], session["num_turns"]) for session in page["sessions"]] == [("ann", 2), ("cat", 1)]
    assert page["sessions"][0].keys() == {"id", "name", "title", "created_s", "updated_s", "num_turns"}
    rest = client.get("/sessions", params={"limit": 2, "cursor": page["next_cursor"]}).json()
    assert [session["name"] for session in rest["sessions"]] == ["bob"]
    assert rest["next_cursor"] is None


def test_corrections_and_hits_are_stored_as_the_answer_had_them(client: TestClient[Any]) -> None:
    body = {
        "user_id": "ann",
        "question": "what is the pirce of blorptastic",
        "stages": {"typos": True, "moderation": True},
    }
    answer = client.post("/chat", json=body).json()
    assert (len(answer["corrections"]), len(answer["moderation"])) == (1, 1)
    ask(client, "ann", "fine")
    (session,) = client.get("/sessions").json()["sessions"]
    for path in (f"/sessions/{session['id']}", f"/sessions/{session['id']}/export"):
        first, second = client.get(path).json()["turns"]
        assert (first["corrections"], first["moderation"]) == (answer["corrections"], answer["moderation"])
        assert "corrections" not in second
        assert "moderation" not in second


def test_sessions_are_searched(client: TestClient[Any]) -> None:
    for name in ("ann", "bob", "cat"):
        ask(client, name, f"hello from {name}")
    page = client.get("/sessions", params={"search": "FROM B"}).json()
    assert [session["name"] for session in page["sessions"]] == ["bob"]
    page = client.get("/sessions", params={"search": "hello", "limit": 2}).json()
    rest = client.get("/sessions", params={"search": "hello", "limit": 2, "cursor": page["next_cursor"]}).json()
    assert [session["name"] for session in rest["sessions"]] == ["ann"]


@pytest.mark.parametrize("search", ["x" * 201, "a\0b", "a\n", ""])
def test_a_malformed_search_is_refused(client: TestClient[Any], search: str) -> None:
    assert client.get("/sessions", params={"search": search}).status_code == 400


def test_a_session_gets_a_title_and_keeps_its_name(client: TestClient[Any], ann: str) -> None:
    assert client.get("/sessions").json()["sessions"][0]["title"] is None
    named = client.patch(f"/sessions/{ann}", json={"title": "晚到的包裹"})
    assert (named.status_code, named.json()["title"], named.json()["name"]) == (200, "晚到的包裹", "ann")
    assert client.get("/sessions").json()["sessions"] == [named.json()]
    ask(client, "ann", "third")
    assert client.get(f"/sessions/{ann}").json()["num_turns"] == 3
    assert client.get("/sessions").json()["sessions"][0]["title"] == "晚到的包裹"
    assert client.patch(f"/sessions/{ann}", json={"title": None}).json()["title"] is None


def test_a_title_and_a_profile_can_both_be_set(client: TestClient[Any], ann: str) -> None:
    client.patch(f"/sessions/{ann}", json={"title": "mine"})
    ask(client, "ann", "hello", profile="restaurant")
    assert client.get(f"/sessions/{ann}").json()["options"] == {"title": "mine", "profile": "restaurant"}


@pytest.mark.parametrize(
    "body", [{}, {"title": ""}, {"title": "x" * 201}, {"title": "a\n"}, {"name": "x"}, {"title": 1}]
)
def test_a_malformed_title_is_refused(client: TestClient[Any], ann: str, body: dict[str, Any]) -> None:
    assert client.patch(f"/sessions/{ann}", json=body).status_code == 400


@pytest.mark.parametrize("blank", [" ", "\u3000", "\u200b\u200b", "\ufeff", "\u2800", "\u00a0\u3164"])
def test_what_shows_nothing_is_no_title_and_no_search(client: TestClient[Any], ann: str, blank: str) -> None:
    client.patch(f"/sessions/{ann}", json={"title": "mine"})
    for response, field in (
        (client.patch(f"/sessions/{ann}", json={"title": blank}, headers=ENGLISH), "title"),
        (client.get("/sessions", params={"search": blank}, headers=ENGLISH), "search"),
    ):
        assert response.status_code == 400
        assert response.json()["error"] == f"the field {field} cannot be used: it must not be blank"
    assert client.get("/sessions").json()["sessions"][0]["title"] == "mine"


def test_a_title_for_an_unknown_session_is_404(client: TestClient[Any]) -> None:
    response = client.patch(f"/sessions/{NOWHERE}", json={"title": "x"}, headers=ENGLISH)
    assert response.status_code == 404


def test_no_sessions(client: TestClient[Any]) -> None:
    assert client.get("/sessions").json() == {"sessions": [], "next_cursor": None}


def test_a_session_is_shown_with_all_its_turns(client: TestClient[Any], ann: str) -> None:
    shown = client.get(f"/sessions/{ann}").json()
    assert (shown["id"], shown["name"], shown["num_turns"]) == (ann, "ann", 2)
    assert shown.keys() == {"id", "name", "options", "created_s", "updated_s", "num_turns", "turns"}
    first = shown["turns"][0]
    picture = {"type": "picture", "sha256": SHA256, "mime": "image/png", "num_bytes": len(png())}
    assert first["messages"] == [
        {"role": "user", "content": [picture, {"type": "text", "text": "what is it"}]},
        {"role": "assistant", "content": [{"type": "text", "text": "1/1: what is it"}]},
    ]
    assert (first["finish_reason"], first["feedback"]) == ("stop", None)
    assert first["tokens"] == {"num_prompt": 15, "num_cached": 0, "num_generated": 16}


def test_an_export_is_a_file(client: TestClient[Any], ann: str) -> None:
    response = client.get(f"/sessions/{ann}/export")
    assert response.headers["content-disposition"] == f'attachment; filename="session-{ann}.json"'
    assert response.json()["format"] == "minicpm-v-server.session.1"
    assert response.json()["pictures"] == {}
    whole = client.get(f"/sessions/{ann}/export?pictures=base64").json()
    assert whole["pictures"] == {SHA256: {"mime": "image/png", "base64": png_base64()}}


def test_a_picture_is_returned_as_it_was_sent(client: TestClient[Any], ann: str) -> None:
    response = client.get(f"/sessions/{ann}/pictures/{SHA256}")
    assert (response.status_code, response.content) == (200, png())
    assert response.headers["content-type"] == "image/png"
    assert response.headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in response.headers["content-security-policy"]


def test_a_picture_of_another_session_is_404(client: TestClient[Any], ann: str) -> None:
    ask(client, "bob", "hello")
    bob = client.get("/sessions").json()["sessions"][0]["id"]
    assert bob != ann
    assert client.get(f"/sessions/{bob}/pictures/{SHA256}").status_code == 404


def test_feedback_on_the_last_turn_and_on_a_named_one(client: TestClient[Any], ann: str) -> None:
    first, last = client.get(f"/sessions/{ann}").json()["turns"]
    response = client.post(f"/sessions/{ann}/feedback", json={"thumb": "up"})
    assert (response.status_code, response.json()) == (200, {"thumb": "up", "text": "", "turn": None})
    body = {"thumb": "down", "text": "wrong", "turn": first["id"]}
    assert client.post(f"/sessions/{ann}/feedback", json=body).json() == body
    first, last = client.get(f"/sessions/{ann}").json()["turns"]
    assert (last["feedback"]["thumb"], last["feedback"]["text"]) == ("up", "")
    assert (first["feedback"]["thumb"], first["feedback"]["text"]) == ("down", "wrong")


@pytest.mark.parametrize(
    "body",
    [{}, {"thumb": "sideways"}, {"thumb": "up", "text": "x" * 4001}, {"thumb": None}, []],
)
def test_malformed_feedback_is_refused(client: TestClient[Any], ann: str, body: Any) -> None:
    response = client.post(f"/sessions/{ann}/feedback", json=body, headers=ENGLISH)
    assert response.status_code == 400
    assert response.json()["error"].startswith("the request cannot be read: ")
    assert client.get(f"/sessions/{ann}").json()["turns"][1]["feedback"] is None


def test_a_deleted_session_is_gone_with_its_pictures(client: TestClient[Any], ann: str) -> None:
    response = client.delete(f"/sessions/{ann}")
    assert (response.status_code, response.content) == (204, b"")
    assert client.get(f"/sessions/{ann}").status_code == 404
    assert client.delete(f"/sessions/{ann}").status_code == 404
    assert client.post("/chat", json={"user_id": "ann", "question": "and?"}).json() == {"answer": "0/1: and?"}


@pytest.mark.parametrize("query", ["", "?all=false", "?all=1&foo=2", "?all=perhaps"])
def test_all_are_deleted_only_when_asked_for(client: TestClient[Any], ann: str, query: str) -> None:
    assert client.delete(f"/sessions{query}").status_code == 400
    assert client.get(f"/sessions/{ann}").status_code == 200
    ask(client, "bob", "hello")
    assert client.delete("/sessions?all=true").status_code == 204
    assert client.get("/sessions").json()["sessions"] == []


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/sessions/{id}"),
        ("DELETE", "/sessions/{id}"),
        ("GET", "/sessions/{id}/export"),
        ("GET", "/sessions/{id}/export?pictures=base64"),
        ("GET", f"/sessions/{{id}}/pictures/{SHA256}"),
        ("POST", "/sessions/{id}/feedback"),
    ],
)
def test_unknown_ids_are_404(client: TestClient[Any], method: str, path: str) -> None:
    body = {"thumb": "up"} if method == "POST" else None
    for session_id in (NOWHERE, "x", "%00", "a%22b%0D%0Ac", "\N{SNOWMAN}"):
        response = client.request(method, path.format(id=session_id), json=body, headers=ENGLISH)
        assert response.status_code == 404, session_id
        assert response.json()["error"].startswith("there is no session ")


@pytest.mark.parametrize(
    ("path", "status"), [("feedback", 404), ("pictures/" + "0" * 64, 404), ("pictures/x", 404), ("nothing", 404)]
)
def test_unknown_parts_of_a_session_are_404(client: TestClient[Any], ann: str, path: str, status: int) -> None:
    if path == "feedback":
        response = client.post(f"/sessions/{ann}/feedback", json={"thumb": "up", "turn": "x"})
    else:
        response = client.get(f"/sessions/{ann}/{path}")
    assert response.status_code == status
    assert response.json().keys() == {"type", "title", "status", "detail", "error"}


@pytest.mark.parametrize(
    ("path", "cause"),
    [
        ("/sessions?limit=0", "limit"),
        ("/sessions?limit=201", "limit"),
        ("/sessions?limit=x", "limit"),
        ("/sessions?cursor=x", "cursor"),
        ("/sessions?pages=2", "pages"),
        (f"/sessions/{NOWHERE}?full=1", "full"),
        (f"/sessions/{NOWHERE}/export?pictures=all", "pictures"),
    ],
)
def test_a_wrong_parameter_is_named(client: TestClient[Any], path: str, cause: str) -> None:
    response = client.get(path, headers=ENGLISH)
    assert response.status_code == 400
    assert cause in response.json()["error"]


@pytest.mark.parametrize("path", ["/sessions", f"/sessions/{NOWHERE}", f"/sessions/{NOWHERE}/export"])
def test_an_unreachable_database_is_503(broken: TestClient[Any], caplog: pytest.LogCaptureFixture, path: str) -> None:
    response = broken.get(path)
    assert (response.status_code, response.json()["error"]) == (503, "暂时无法读写会话，请稍后重试")
    assert int(response.headers["retry-after"]) > 0
    assert "it is gone" in caplog.text


def test_a_path_with_line_breaks_and_colours_is_logged_as_one_line(
    broken: TestClient[Any], caplog: pytest.LogCaptureFixture
) -> None:
    assert broken.get("/sessions/x%0aforged%1b%5b31m%c2%9b").status_code == 503
    (line,) = [record.getMessage() for record in caplog.records if "it is gone" in record.getMessage()]
    assert line.isprintable()
    assert line.startswith("/sessions/x%0Aforged%1B")


@pytest.mark.parametrize("is_streamed", [False, True])
def test_chat_without_a_database_is_503(broken: TestClient[Any], is_streamed: bool) -> None:
    response = broken.post("/chat", json={"user_id": "ann", "question": "hello", "stream": is_streamed})
    assert response.status_code == 503
    assert broken.post("/ask", json={"question": "hello"}).json() == {"answer": "0/1: hello"}


def test_an_answer_that_cannot_be_stored_is_503(client: TestClient[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    async def finish(*_: Any) -> None:
        raise DatabaseUnreachable("db", "it is gone")

    monkeypatch.setattr("server.store.handle.TurnHandle._finish", finish)
    assert client.post("/chat", json={"user_id": "ann", "question": "hello"}).status_code == 503
    monkeypatch.undo()
    assert client.post("/chat", json={"user_id": "bob", "question": "next"}).status_code == 200


def test_the_routes_use_the_owner_of_the_request(
    client: TestClient[Any], ann: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sessions, "find_owner", lambda _: "somebody else")
    assert client.get("/sessions").json()["sessions"] == []
    assert client.get(f"/sessions/{ann}").status_code == 404
    assert client.delete("/sessions?all=true").status_code == 204
    monkeypatch.undo()
    assert client.get(f"/sessions/{ann}").status_code == 200
