"""Pings are sent while a stream is silent, and never outside of its body."""

import asyncio
from typing import Any

import pytest

from server.api.pings import PING, respond_with_pings
from server.engine.async_engine import AsyncEngine
from server.settings.settings import Settings
from tests.helpers.apps import stored_app
from tests.helpers.fakes import FakeChatModel
from tests.helpers.loopback import begin_post, serve_on_loopback

pytestmark = pytest.mark.anyio

INTERVAL_S = 0.03
START = {"type": "http.response.start", "status": 200, "headers": []}
EVENT = {"type": "http.response.body", "body": b"data: x\n\n", "more_body": True}
END = {"type": "http.response.body", "body": b"", "more_body": False}


async def run_with_pings(*steps: Any) -> list[Any]:
    """Run an application that sends each message and waits for each number of seconds; return what was sent."""
    sent: list[Any] = []

    async def app(_scope: Any, _receive: Any, send: Any) -> None:
        for step in steps:
            await (asyncio.sleep(step) if isinstance(step, float) else send(step))

    async def send(message: Any) -> None:
        sent.append(message)

    unused: Any = None
    await respond_with_pings(app, unused, unused, send, INTERVAL_S)
    return sent


async def test_there_are_no_pings_while_events_come() -> None:
    assert await run_with_pings(START, EVENT, EVENT, END) == [START, EVENT, EVENT, END]


async def test_there_are_pings_while_nothing_comes() -> None:
    sent = await run_with_pings(START, 10 * INTERVAL_S, EVENT, END)
    pings = sent[1:-2]
    assert sent[:1] + sent[-2:] == [START, EVENT, END]
    assert 1 <= len(pings) <= 10
    assert {(ping["body"], ping["more_body"]) for ping in pings} == {(PING, True)}


async def test_there_are_no_pings_before_the_head_or_after_the_end() -> None:
    assert await run_with_pings(4 * INTERVAL_S, START, END, 4 * INTERVAL_S) == [START, END]


async def test_an_exception_is_passed_on_and_ends_the_pings() -> None:
    async def app(*_: Any) -> None:
        raise RuntimeError("lost")

    unused: Any = None
    before = asyncio.all_tasks()
    with pytest.raises(RuntimeError, match="lost"):
        await respond_with_pings(app, unused, unused, unused, INTERVAL_S)
    assert asyncio.all_tasks() == before


@pytest.mark.parametrize(("path", "has_pings"), [("/chat", True), ("/api/chat", False)])
def test_only_event_streams_get_pings(monkeypatch: pytest.MonkeyPatch, path: str, has_pings: bool) -> None:
    monkeypatch.setattr(respond_with_pings, "__defaults__", (0.05,))
    bodies = {
        "/chat": b'{"user_id": "ann", "question": "slow", "stream": true}',
        "/api/chat": b'{"model": "minicpm-v", "messages": [{"role": "user", "content": "slow"}]}',
    }
    app = stored_app(Settings(), AsyncEngine(FakeChatModel(delay_s=0.2), {}))
    with serve_on_loopback(app) as address, begin_post(address, path, bodies[path]) as connection:
        said = b""
        while b"0\r\n\r\n" not in said:
            said += connection.recv(65536)
    assert (b": ping\n\n" in said) == has_pings
