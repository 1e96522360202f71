"""`/actions`, and the yes in the dialogue: what a customer sees and answers."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from litestar.testing import TestClient

from server.engine.async_engine import AsyncEngine
from server.settings.settings import Settings
from server.tools.result import ToolResult
from tests.helpers.actions import ARGUMENTS, TOOL, FakeShop, stock_dialogue
from tests.helpers.apps import stored_app
from tests.helpers.fakes import FakeChatModel
from tests.helpers.loopback import begin_post, comes_true, serve_on_loopback

NAMES = [f"customer {number}" for number in range(30)]


@pytest.fixture(scope="module")
def shop() -> FakeShop:
    return FakeShop({TOOL: ToolResult("done", {"number": "R-1"})}, {(TOOL, "done"): "Return {number} is booked."})


@pytest.fixture(scope="module")
def waiting(tmp_path_factory: pytest.TempPathFactory, shop: FakeShop) -> Iterator["Waiting"]:
    """A server with calls that wait, each in the session of another customer."""
    where = tmp_path_factory.mktemp("actions") / "sessions.db"
    found = {name: stock_dialogue(where, name).id for name in NAMES}
    app = stored_app(Settings(), AsyncEngine(FakeChatModel(), {}), where, runner=shop)
    with TestClient(app, raise_server_exceptions=False) as client:
        client.headers["Accept-Language"] = "en"
        yield Waiting(client, found)


@dataclass
class Waiting:
    client: TestClient[Any]
    found: dict[str, str]


@pytest.fixture
def client(waiting: Waiting) -> TestClient[Any]:
    return waiting.client


@pytest.fixture
def name(waiting: Waiting) -> str:
    """A customer whose call no other test has."""
    return next(iter(waiting.found))


@pytest.fixture
def action_id(waiting: Waiting, name: str) -> str:
    return waiting.found.pop(name)


def count_runs(shop: FakeShop, action_id: str) -> int:
    return shop.keys.count(action_id)


def say(client: TestClient[Any], name: str, question: str, **further: Any) -> Any:
    response = client.post("/chat", json={"user_id": name, "question": question, **further})
    assert response.status_code == 200, response.text
    return response


def test_it_is_listed_and_shown(client: TestClient[Any], action_id: str) -> None:
    shown = client.get(f"/actions/{action_id}").json()
    assert (shown["tool"], shown["arguments"], shown["state"], shown["ended_at"]) == (TOOL, ARGUMENTS, "pending", None)
    assert shown["expires_at"] - shown["created_at"] == pytest.approx(600)
    page = client.get(f"/actions?session={shown['session']}").json()
    assert page == {"actions": [shown], "next_cursor": None}
    for query, count in (
        ("limit=2", 2),
        ("session=x", 0),
        (f"session={shown['session']}&state=pending", 1),
        (f"session={shown['session']}&state=done", 0),
    ):
        assert len(client.get(f"/actions?{query}").json()["actions"]) == count


@pytest.mark.parametrize("query", ["state=lost", "limit=0", "cursor=x", "owner=eve"])
def test_a_strange_query_is_refused(client: TestClient[Any], query: str) -> None:
    assert client.get(f"/actions?{query}").status_code == 400


def test_the_same_yes_again_has_the_same_answer(client: TestClient[Any], action_id: str, shop: FakeShop) -> None:
    first, second = (client.post(f"/actions/{action_id}/confirm") for _ in range(2))
    assert first.status_code == second.status_code == 200
    assert first.json() == second.json()
    assert (first.json()["state"], first.json()["text"]) == ("done", "Return R-1 is booked.")
    assert count_runs(shop, action_id) == 1


def test_after_a_no_a_yes_is_refused_with_the_state(client: TestClient[Any], action_id: str, shop: FakeShop) -> None:
    declined = client.post(f"/actions/{action_id}/decline").json()
    assert (declined["state"], "Nothing was changed" in declined["text"]) == ("declined", True)
    assert client.post(f"/actions/{action_id}/decline").json() == declined
    refused = client.post(f"/actions/{action_id}/confirm")
    assert (refused.status_code, refused.json()["code"]) == (409, "declined")
    assert refused.json()["detail"] == "the action waits for no answer any more: it was declined"
    assert count_runs(shop, action_id) == 0


@pytest.mark.parametrize("answer", ["confirm", "decline"])
@pytest.mark.parametrize("action_id_of_none", ["nobody", "0" * 32, "%00", "..%2f"])
def test_what_is_not_there_is_not_found(client: TestClient[Any], answer: str, action_id_of_none: str) -> None:
    assert client.post(f"/actions/{action_id_of_none}/{answer}").status_code == 404


def test_a_yes_in_the_dialogue_runs_it(client: TestClient[Any], name: str, action_id: str, shop: FakeShop) -> None:
    answered = say(client, name, "Yes, please!", trace=True).json()
    assert answered["answer"] == "Return R-1 is booked."
    assert (answered["action"]["id"], answered["action"]["state"]) == (action_id, "done")
    assert count_runs(shop, action_id) == 1
    stored = client.get(f"/sessions/{answered['action']['session']}").json()["turns"][-1]
    assert (stored["author"], stored["finish_reason"]) == ("service", "stop")
    assert stored["tokens"]["num_prompt"] == 0, "the model was not asked"
    assert say(client, name, "yes").json()["answer"].endswith("yes"), "a second yes answers nothing"
    assert count_runs(shop, action_id) == 1


def test_a_yes_in_a_stream_runs_it(client: TestClient[Any], name: str, action_id: str, shop: FakeShop) -> None:
    text = say(client, name, "是的", stream=True).text
    assert "Return R-1 is booked." in text
    assert '"state":"done"' in text
    assert count_runs(shop, action_id) == 1


@pytest.mark.parametrize("question", ["no", "no, what is the status?", "yes but wait", "是吗？"])
def test_anything_else_in_the_dialogue_declines_it(
    client: TestClient[Any], name: str, action_id: str, shop: FakeShop, question: str
) -> None:
    answered = say(client, name, question).json()
    assert answered["answer"].endswith(question), "the model answers"
    assert "action" not in answered
    assert client.get(f"/actions/{action_id}").json()["state"] == "declined"
    assert count_runs(shop, action_id) == 0


def test_a_yes_of_another_session_answers_nothing(client: TestClient[Any], action_id: str) -> None:
    client.post("/chat", json={"user_id": "bob", "question": "yes"})
    client.post("/ask", json={"question": "yes"})
    assert client.get(f"/actions/{action_id}").json()["state"] == "pending"


def test_a_yes_with_a_picture_is_none(client: TestClient[Any], name: str, action_id: str) -> None:
    picture = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
    say(client, name, "yes", image=picture)
    assert client.get(f"/actions/{action_id}").json()["state"] == "declined"


def test_a_deleted_session_has_none(client: TestClient[Any], action_id: str, shop: FakeShop) -> None:
    session = client.get(f"/actions/{action_id}").json()["session"]
    client.delete(f"/sessions/{session}")
    assert client.post(f"/actions/{action_id}/confirm").status_code == 404
    assert count_runs(shop, action_id) == 0
    assert [entry["event"] for entry in client.get(f"/audit?session={session}").json()["entries"]] == ["asked"]


def test_a_client_that_leaves_does_not_stop_it(tmp_path: Path) -> None:
    """The shop has it when the client leaves, and the next confirmation gets its end."""
    where = tmp_path / "sessions.db"
    action_id, shop = stock_dialogue(where, "ann").id, SlowShop()
    app = stored_app(Settings(), AsyncEngine(FakeChatModel(), {}), where, runner=shop)
    with serve_on_loopback(app) as address:
        body = b'{"user_id": "ann", "question": "yes"}'
        for path, sent in ((f"/actions/{action_id}/confirm", b""), ("/chat", body)):
            connection = begin_post(address, path, sent)
            assert comes_true(lambda: shop.calls)
            connection.close()
        ended = httpx.post(f"http://{address[0]}:{address[1]}/actions/{action_id}/confirm", timeout=60)
    assert (ended.status_code, ended.json()["state"]) == (200, "done")
    assert count_runs(shop, action_id) == 1


class SlowShop(FakeShop):
    """A shop that takes its time."""

    async def run(self, *given: Any) -> ToolResult:
        result = await super().run(*given)
        await asyncio.sleep(1)
        return result
