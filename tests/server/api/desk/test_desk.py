"""The desk from end to end: a customer asks for a person, an agent takes, answers, gives back and closes."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from server.engine.async_engine import AsyncEngine
from server.keys.keyring import KeyRing
from server.settings.settings import Settings
from server.store.service_records import SessionRef
from server.store.store import open_store
from tests.helpers.apps import stored_app
from tests.helpers.desk import KEYS, DeskClient
from tests.helpers.fakes import FakeChatModel
from tests.helpers.pictures import png, png_base64

WISH = "talk to a human"


def test_a_person_answers_and_gives_the_session_back(desk: DeskClient, fake: FakeChatModel) -> None:
    assert "handover" not in desk.chat("hello")
    asked = desk.chat(WISH)
    assert asked["answer"].startswith("I have asked a person to take over, please wait a moment. You are next.")
    assert (asked["author"], asked["handover"]) == ("service", {"state": "waiting", "agent_name": None, "position": 0})
    num_calls = len(fake.calls)
    assert desk.list_desk("waiting") == ["c"]
    silent = desk.chat("is anybody there?")
    assert (silent["answer"], silent["handover"]["state"]) == ("", "waiting")
    session_id = desk.find_id()
    taken = desk.act("take", session_id, name="Ann")
    assert (taken["state"], taken["agent"], taken["agent_name"]) == ("person", "ann", "Ann")
    assert (desk.list_desk("waiting"), desk.list_desk("mine"), desk.list_desk("mine", "bob")) == ([], ["c"], [])
    answered = desk.act("answer", session_id, text="I am here", pictures=[png_base64()])
    spoken = desk.chat("thank you")
    assert (spoken["answer"], spoken["handover"]["agent_name"]) == ("", "Ann")
    assert len(fake.calls) == num_calls, "the model was silent"
    turns = desk.ask("GET", f"/sessions/{session_id}", "shop")["turns"]
    assert [turn.get("author") for turn in turns] == [None, "service", None, "person", None]
    assert [turn["finish_reason"] for turn in turns] == ["stop", "stop", "handover", "stop", "handover"]
    assert (turns[3]["id"], turns[3]["author_name"]) == (answered["turn"], "Ann")
    desk.act("give-back", session_id)
    assert desk.chat("and now?")["answer"].endswith(": and now?")
    roles = [message["role"] for message in fake.calls[-1]]
    assert roles == ["user", "assistant", "user", "assistant", "user", "assistant", "user", "user"]
    assert fake.calls[-1][5]["content"][-1] == "I am here"


def test_earlier_words_do_not_hand_over_again(desk: DeskClient) -> None:
    desk.chat(WISH)
    session_id = desk.find_id()
    desk.act("take", session_id)
    desk.act("give-back", session_id)
    for question in ("what is it?", "how much?"):
        assert "handover" not in desk.chat(question)
    assert desk.chat(WISH)["handover"]["state"] == "waiting"


def test_a_closed_session_is_opened_by_its_customer(desk: DeskClient) -> None:
    desk.chat(WISH)
    session_id = desk.find_id()
    desk.act("take", session_id)
    desk.act("close", session_id)
    assert desk.list_desk("closed") == ["c"]
    assert desk.ask("GET", f"/sessions/{session_id}/handover", "shop")["state"] == "closed"
    assert desk.chat("one more thing")["answer"].endswith("one more thing")
    assert desk.list_desk("closed") == []
    events = desk.ask("GET", f"/desk/sessions/{session_id}", "ann")["events"]
    assert [event["state"] for event in events] == ["waiting", "person", "closed", "bot"]


def test_what_is_not_allowed_in_a_state_is_refused_with_it(desk: DeskClient) -> None:
    desk.chat(WISH)
    session_id = desk.find_id()
    refused = desk.act("answer", session_id, status=409, text="hello")
    assert refused["error"] == "the session is not in a state for this: waiting"
    desk.act("take", session_id, name="Ann")
    desk.act("take", session_id)
    for what in ("take", "give-back", "close", "answer"):
        body = {"text": "x"} if what == "answer" else {}
        assert "person, with Ann" in desk.act(what, session_id, "bob", 409, **body)["error"]
    desk.act("give-back", session_id)
    for what in ("take", "give-back", "close"):
        desk.act(what, session_id, status=409)


def test_an_agent_lets_the_model_go_on_without_taking(desk: DeskClient) -> None:
    desk.chat(WISH)
    desk.act("give-back", desk.find_id(), "bob")
    assert "handover" not in desk.chat("hello?")


def test_an_operator_takes_any_session(desk: DeskClient) -> None:
    desk.chat("hello")
    session_id = desk.find_id()
    desk.act("take", session_id, status=404)
    desk.act("interrupt", session_id, status=403)
    taken = desk.act("interrupt", session_id, "root", name="the chief")
    assert (taken["state"], taken["reason"], taken["shop"], taken["profile"]) == ("person", "operator", "shop", "plain")
    assert desk.chat("hm?")["handover"] == {"state": "person", "agent_name": "the chief", "position": None}
    desk.act("interrupt", "x", "root", 404)
    desk.chat(WISH, "d")
    desk.act("take", desk.find_id("d"))
    assert desk.act("interrupt", desk.find_id("d"), "root")["agent"] == "root"
    desk.act("answer", desk.find_id("d"), status=409, text="I had it")
    assert desk.list_desk("person", "root") == ["d", "c"]


def test_another_shop_sees_nothing(desk: DeskClient) -> None:
    desk.chat(WISH, image=png_base64())
    session_id = desk.find_id()
    dialogue = desk.ask("GET", f"/desk/sessions/{session_id}", "ann")
    (picture,) = [part["sha256"] for part in dialogue["turns"][0]["messages"][0]["content"] if "sha256" in part]
    assert desk.list_desk("waiting", "eve") == []
    for path in (f"/desk/sessions/{session_id}", f"/desk/sessions/{session_id}/pictures/{picture}"):
        desk.ask("GET", path, "eve", 404)
    for what in ("take", "give-back", "close", "answer"):
        desk.act(what, session_id, "eve", 404, **({"text": "x"} if what == "answer" else {}))
    for path in ("handover", "events"):
        desk.ask("GET", f"/sessions/{session_id}/{path}", "other", 404)
    desk.ask("POST", f"/sessions/{session_id}/handover", "other", 404, json={})
    url = f"/desk/sessions/{session_id}/pictures/{picture}"
    assert desk.get(url, headers={"X-API-Key": "sk-ann-0123456789abcdef"}).content == png()
    desk.ask("GET", f"/desk/sessions/{session_id}/pictures/x", "ann", 404)


@pytest.mark.parametrize("who", ["shop", "other"])
def test_only_agents_and_operators_are_at_the_desk(desk: DeskClient, who: str) -> None:
    for method, path in (("GET", "sessions"), ("GET", "events"), ("GET", "canned"), ("POST", "sessions/x/take")):
        assert "an agent or an operator" in desk.ask(method, f"/desk/{path}", who, 403)["error"]


def test_a_customer_asks_by_a_button(desk: DeskClient) -> None:
    desk.chat("你好")
    session_id = desk.find_id()
    path = f"/sessions/{session_id}/handover"
    shown = desk.ask("GET", path, "shop")
    assert shown == {"state": "bot", "agent_name": None, "position": None, "text": "现在由智能助手为您服务。"}
    for _ in range(2):
        waiting = desk.ask("POST", path, "shop", json={})
        assert waiting == {"state": "waiting", "agent_name": None, "position": 0, "text": "正在等待人工客服。"}
    assert len(desk.ask("GET", f"/desk/sessions/{session_id}", "ann")["events"]) == 1
    desk.chat("hello", "d")
    assert desk.ask("POST", f"/sessions/{desk.find_id('d')}/handover", "shop", json={"language": "en"})["position"] == 1


def test_when_too_many_wait_the_session_stays_with_the_model(desk: DeskClient) -> None:
    for user in ("a", "b", "c"):
        desk.chat(WISH, user)
    full = desk.chat(WISH, "d")
    assert full["answer"].startswith("Too many are waiting for a person right now")
    assert "handover" not in full
    assert desk.chat("hello", "d")["answer"].endswith("hello")
    refused = desk.request(
        "POST", f"/sessions/{desk.find_id('d')}/handover", json={}, headers={"X-API-Key": "sk-shop-0123456789abcdef"}
    )
    assert (refused.status_code, refused.headers["retry-after"]) == (429, "60")
    desk.act("close", desk.find_id("a"))
    assert desk.chat(WISH, "d")["handover"] == {"state": "waiting", "agent_name": None, "position": 2}


@pytest.mark.parametrize(
    "body",
    [{}, {"text": " "}, {"text": "x" * 8001}, {"pictures": ["no picture"]}, {"pictures": [png_base64()] * 9}],
)
def test_an_answer_that_says_nothing_is_refused(desk: DeskClient, body: dict[str, Any]) -> None:
    desk.chat(WISH)
    session_id = desk.find_id()
    desk.act("take", session_id)
    desk.act("answer", session_id, status=400, **body)
    assert len(desk.ask("GET", f"/sessions/{session_id}", "shop")["turns"]) == 1


def test_canned_answers_are_the_shops(desk: DeskClient) -> None:
    made = desk.ask("POST", "/desk/canned", "ann", 201, json={"title": "thanks", "text": "Thank you!"})
    path = f"/desk/canned/{made['id']}"
    assert desk.ask("GET", "/desk/canned", "bob")["answers"] == [made]
    assert desk.ask("GET", "/desk/canned", "eve")["answers"] == []
    taken = desk.ask("POST", "/desk/canned", "ann", 400, json={"title": "thanks", "text": "again"})
    assert "already a canned answer" in taken["error"]
    for body in ({"title": " ", "text": "x"}, {"title": "x", "text": " "}, {"title": "x"}):
        desk.ask("POST", "/desk/canned", "ann", 400, json=body)
    desk.ask("PUT", path, "eve", 404, json={"title": "a", "text": "b"})
    assert desk.ask("PUT", path, "bob", json={"title": "hi", "text": "Hello!"})["text"] == "Hello!"
    desk.ask("DELETE", path, "eve", 404)
    desk.ask("DELETE", path, "ann", 204)
    assert desk.ask("GET", "/desk/canned", "bob")["answers"] == []


def test_pages_of_a_list(desk: DeskClient) -> None:
    for user in ("a", "b", "c"):
        desk.chat(WISH, user)
    first = desk.ask("GET", "/desk/sessions", "ann", params={"limit": 2})
    rest = desk.ask("GET", "/desk/sessions", "ann", params={"limit": 2, "cursor": first["next_cursor"]})
    assert [session["name"] for session in (*first["sessions"], *rest["sessions"])] == ["a", "b", "c"]
    assert rest["next_cursor"] is None
    desk.ask("GET", "/desk/sessions", "ann", 400, params={"cursor": "x"})
    desk.ask("GET", "/desk/sessions", "ann", 400, params={"state": "bot"})


def test_the_desk_counts_and_shows_what_was_said_last(desk: DeskClient) -> None:
    empty = desk.ask("GET", "/desk/me", "ann")
    assert (empty["agent"], empty["is_operator"], empty["waiting"], empty["newest_s"]) == ("ann", False, 0, None)
    for user in ("a", "b", "c"):
        desk.chat(WISH, user, image=png_base64())
    desk.act("take", desk.find_id("a"), name="Ann")
    desk.act("answer", desk.find_id("a"), text="x" * 400)
    desk.act("take", desk.find_id("b"), "bob")
    desk.chat("please", "c")
    me, chief = desk.ask("GET", "/desk/me", "ann"), desk.ask("GET", "/desk/me", "root")
    assert [me[state] for state in ("waiting", "mine", "person", "closed")] == [1, 1, 2, 0]
    assert (chief["mine"], chief["person"], chief["is_operator"]) == (0, 2, True)
    assert (me["max_answer_length"], me["max_pictures"]) == (8000, 8)
    (waiting,) = desk.ask("GET", "/desk/sessions", "ann")["sessions"]
    assert me["newest_s"] == waiting["asked_s"]
    last = waiting["last"]
    assert (last["by"], last["text"], last["num_pictures"]) == ("customer", "please", 0)
    (mine,) = desk.ask("GET", "/desk/sessions", "ann", params={"state": "mine"})["sessions"]
    assert (mine["last"]["by"], mine["last"]["name"], mine["last"]["text"]) == ("person", "Ann", "x" * 300)
    bobs = desk.ask("GET", f"/desk/sessions/{desk.find_id('b')}", "bob")["session"]["last"]
    assert (bobs["by"], bobs["text"], bobs["num_pictures"]) == ("customer", WISH, 1)
    assert desk.ask("GET", "/desk/me", "eve")["waiting"] == 0
    desk.ask("GET", "/desk/me", "shop", 403)


def test_a_person_sees_the_calls_of_a_session(fake: FakeChatModel, tmp_path: Path) -> None:
    with open_desk(fake, tmp_path) as desk:
        desk.chat(WISH)
        session_id = desk.find_id()
        assert desk.ask("GET", f"/desk/sessions/{session_id}", "ann")["actions"] == []
    asyncio.run(propose(tmp_path / "s.db", SessionRef(session_id, "shop", "shop", "plain", "en")))
    with open_desk(fake, tmp_path) as desk:
        (action,) = desk.ask("GET", f"/desk/sessions/{session_id}", "ann")["actions"]
    assert (action["tool"], action["arguments"], action["state"]) == ("start_return", {"order": "A1"}, "pending")


def open_desk(fake: FakeChatModel, folder: Path) -> DeskClient:
    return DeskClient(stored_app(Settings(), AsyncEngine(fake, {}), folder / "s.db", KeyRing(KEYS)))


async def propose(place: Path, session: SessionRef) -> None:
    async with open_store(place) as store:
        await store.actions.propose(session, "start_return", {"order": "A1"}, "model", 600.0)
