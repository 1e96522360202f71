"""Streams end with what let their client in: over real connections, and in the loop of a test."""

import asyncio
import json
import threading
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from server.api import stream_guard
from server.api.stream_guard import StreamGuard
from server.customers import tokens
from server.engine.async_engine import AsyncEngine
from server.errors import KeyWrong
from server.handover import following
from server.keys.keyfile import add_key, remove_key
from server.keys.keyring import KeyRing
from server.settings.settings import Settings
from server.store.errors import DatabaseUnreachable
from tests.helpers.apps import stored_app
from tests.helpers.customers import SHOP_SECRET, bearer, make_token
from tests.helpers.fakes import FakeChatModel
from tests.helpers.keys import make_key, make_secret
from tests.helpers.loopback import comes_true, serve_on_loopback

TIMEOUT_S = 60
ANN = bearer(make_secret("ann"))
LONG = {"user_id": "u", "question": "slow " * 300}
EXPIRED = {"zh": "顾客令牌无效：已过期", "en": "the customer's token is not valid: it has expired"}


class Live:
    """A server with the keys of a file, whose model is slow."""

    def __init__(self, folder: Path) -> None:
        self.file, self.fake, self.url = folder / "keys.toml", FakeChatModel(delay_s=0.005), ""
        for key in (make_key(customer_secret=SHOP_SECRET), make_key("agent", owner="ann", role="agent")):
            add_key(self.file, key)
        self.app = stored_app(Settings(), AsyncEngine(self.fake, {}), folder / "s.db", KeyRing(path=self.file))

    def client(self, headers: dict[str, str], language: str = "en") -> httpx.Client:
        given = {**headers, "Accept-Language": language}
        return httpx.Client(base_url=self.url, headers=given, timeout=TIMEOUT_S)

    def begin(self, customer: dict[str, str]) -> str:
        """Return the id of a customer's session with one turn."""
        with self.client(customer) as client:
            return str(client.post("/chat", json={"user_id": "u", "question": "hi"}).headers["x-session"])

    def revoke(self, customer: dict[str, str]) -> None:
        with self.client(customer) as client, self.client(ANN) as shop:
            mine = client.get("/customers/me").json()["id"]
            assert shop.post(f"/customers/{mine}/revoke").status_code == 200


@pytest.fixture
def live(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Live]:
    monkeypatch.setattr(stream_guard, "CHECK_EVERY_S", 0.1)
    monkeypatch.setattr(tokens, "LEEWAY_S", 0.0)
    monkeypatch.setattr(following, "MAX_FOLLOW_S", 20.0)
    live = Live(tmp_path)
    with serve_on_loopback(live.app) as (host, port):
        live.url = f"http://{host}:{port}"
        yield live


def read_events(response: httpx.Response) -> Iterator[dict[str, Any]]:
    return (json.loads(line[6:]) for line in response.iter_lines() if line.startswith("data: "))


@pytest.mark.parametrize("language", ["zh", "en"])
def test_an_answer_ends_with_the_token(live: Live, language: str) -> None:
    short = bearer(make_token(exp=time.time() + 1.5))
    with live.client(short, language) as client, client.stream("POST", "/chat", json={**LONG, "stream": True}) as said:
        session = said.headers["x-session"]
        *pieces, last = list(read_events(said))
    assert (last["status"], last["error"]) == (401, EXPIRED[language])
    assert all(event.keys() == {"piece"} for event in pieces)
    text = "".join(event["piece"] for event in pieces)
    assert 0 < len(text) < len(LONG["question"])
    assert comes_true(lambda: live.fake.engine.is_idle)
    with live.client(bearer(make_token())) as client:
        assert comes_true(lambda: client.get(f"/sessions/{session}").json()["turns"])
        (turn,) = client.get(f"/sessions/{session}").json()["turns"]
    assert turn["finish_reason"] == "abort"
    assert turn["messages"][-1]["content"][0]["text"].strip() == text.strip()


def test_streams_of_a_revoked_customer_end_and_a_request_that_began_does_not(live: Live) -> None:
    customer, other = bearer(make_token()), bearer(make_token("43"))
    sessions = [live.begin(customer), live.begin(other)]
    whole: list[httpx.Response] = []

    def ask() -> None:
        with live.client(customer) as client:
            whole.append(client.post("/chat", json={"user_id": "another", "question": "slow " * 60}))

    asking = threading.Thread(target=ask)
    with live.client(customer) as client, live.client(other) as others:
        with (
            client.stream("GET", f"/sessions/{sessions[0]}/events") as mine,
            others.stream("GET", f"/sessions/{sessions[1]}/events") as theirs,
        ):
            events, untouched = read_events(mine), read_events(theirs)
            assert [next(each)["type"] for each in (events, untouched)] == ["handover", "handover"]
            asking.start()
            assert comes_true(lambda: not live.fake.engine.is_idle)
            live.revoke(customer)
            assert list(events)[-1]["error"] == "the customer's token is not valid: it was revoked"
            assert others.post(f"/sessions/{sessions[1]}/handover", json={}).status_code == 200
            assert next(untouched)["handover"]["state"] == "waiting"
        assert client.get("/sessions").status_code == 401
    asking.join(TIMEOUT_S)
    assert whole[0].json()["answer"].endswith("slow")


def test_the_desks_stream_ends_with_its_key(live: Live) -> None:
    with live.client(bearer(make_secret("agent"))) as client, client.stream("GET", "/desk/events") as response:
        events = read_events(response)
        assert next(events)["type"] == "sessions"
        remove_key(live.file, "agent")
        assert [(event["status"], event["error"]) for event in events] == [(401, "the key is not valid")]


class FailingAccess:
    """Fails with what a test says, one after the other, and then for good."""

    def __init__(self, *errors: Exception) -> None:
        self.errors = list(errors)

    async def check(self) -> None:
        if self.errors:
            raise self.errors.pop(0)


class Source:
    is_closed = False

    def close(self) -> None:
        self.is_closed = True


@pytest.mark.anyio
async def test_a_database_that_does_not_answer_ends_nothing_and_slow_readers_are_not_waited_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(stream_guard, "CHECK_EVERY_S", 0.01)

    async def give() -> AsyncIterator[int]:
        for number in range(3):
            yield number

    access, source = FailingAccess(DatabaseUnreachable("s.db", "it is gone")), Source()
    guard = StreamGuard(access, source)
    async with guard.watch():
        events = guard.read(give())
        assert await anext(events) == 0
        await asyncio.sleep(0.1)
        assert await anext(events) == 1
        access.errors.append(KeyWrong())
        await asyncio.sleep(0.1)
        assert source.is_closed, "though nobody reads"
        with pytest.raises(KeyWrong):
            await anext(events)
    assert [event async for event in StreamGuard(access, None).read(give())] == [0, 1, 2]
