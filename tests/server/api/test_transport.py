"""Disconnects, streams that are never started, and errors within a stream."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from typing import Any

import msgspec
import pytest
from litestar import Litestar, Request
from litestar.datastructures import State
from litestar.testing import RequestFactory

from server.api.media_types import NDJSON, SSE
from server.api.transport import EventStream, convert_json, read_query, run_while_connected
from server.engine.async_engine import AsyncEngine
from server.errors import BadBody, ClientGone, QueueFull
from server.settings.settings import Settings
from tests.helpers.apps import stored_app
from tests.helpers.fakes import FakeChatModel
from tests.helpers.loopback import begin_post, comes_true, serve_on_loopback

Address = tuple[str, int]

LONG = "slow " * 300
USER = [{"role": "user", "content": LONG}]
BODIES: dict[str, tuple[str, dict[str, Any]]] = {
    "ask": ("/ask", {"question": LONG}),
    "chat": ("/chat", {"user_id": "ann", "question": LONG}),
    "chat stream": ("/chat", {"user_id": "ann", "question": LONG, "stream": True}),
    "openai": ("/v1/chat/completions", {"model": "fake", "messages": USER}),
    "openai stream": ("/v1/chat/completions", {"model": "fake", "messages": USER, "stream": True}),
    "ollama chat": ("/api/chat", {"model": "fake", "messages": USER, "stream": False}),
    "ollama chat stream": ("/api/chat", {"model": "fake", "messages": USER}),
    "ollama generate stream": ("/api/generate", {"model": "fake", "prompt": LONG}),
}


class Source:
    num_closed = 0

    def close(self) -> None:
        self.num_closed += 1


@pytest.fixture(scope="module")
def fake() -> FakeChatModel:
    return FakeChatModel(delay_s=0.02)


@pytest.fixture(scope="module")
def address(fake: FakeChatModel) -> Iterator[Address]:
    with serve_on_loopback(stored_app(Settings(), AsyncEngine(fake, {}))) as address:
        yield address


@pytest.mark.parametrize("name", BODIES)
def test_a_disconnect_frees_the_sequence_at_once(address: Address, fake: FakeChatModel, name: str) -> None:
    path, body = BODIES[name]
    connection = begin_post(address, path, json.dumps(body).encode())
    assert comes_true(lambda: fake.engine.scheduler.running)
    if "stream" in name:
        connection.recv(100)
    runner: Any = fake.engine.runner
    connection.close()
    before = runner.num_steps
    assert comes_true(lambda: fake.engine.is_idle)
    assert runner.num_steps - before < 200, "of more than a thousand; a few while the news arrives"
    assert fake.engine.scheduler.pool.num_used == 0


def test_a_dialogue_goes_on_after_a_disconnect(address: Address) -> None:
    body = {"user_id": "bob", "question": LONG, "stream": True}
    begin_post(address, "/chat", json.dumps(body).encode()).close()
    connection = begin_post(address, "/chat", json.dumps({"user_id": "bob", "question": "next"}).encode())
    received = b""
    while b'"}' not in received:
        received += connection.recv(1000)
    assert b': next"}' in received
    connection.close()


def test_lines_are_sent_as_soon_as_they_are_made(address: Address) -> None:
    body = {"model": "fake", "messages": [{"role": "user", "content": "slow and slow and slow"}]}
    connection = begin_post(address, "/api/chat", json.dumps(body).encode())
    received = [connection.recv(10_000)]
    while b'"done":true' not in received[-1]:
        received.append(connection.recv(10_000))
    assert len(received) > 4
    connection.close()


def request_with_query(**given: Any) -> Request[Any, Any, State]:
    app = Litestar([], logging_config=None, openapi_config=None)
    return RequestFactory(app=app).get("/sessions", query_params=given)


class Query(msgspec.Struct, forbid_unknown_fields=True):
    limit: int = 5
    is_all: bool = False


def test_a_query_is_read_into_its_types() -> None:
    assert read_query(request_with_query(), Query) == Query()
    assert read_query(request_with_query(limit="7", is_all="true"), Query) == Query(7, True)


@pytest.mark.parametrize(("given", "param"), [({"limit": "x"}, "limit"), ({"limits": "1"}, "limits")])
def test_a_wrong_parameter_is_named(given: dict[str, str], param: str) -> None:
    with pytest.raises(BadBody) as refused:
        read_query(request_with_query(**given), Query)
    assert refused.value.param == param


class Numbers(msgspec.Struct):
    whole: int = 0
    any: float = 0.0
    items: list[int] = []
    free: dict[str, Any] = {}


def test_whole_floats_are_integers() -> None:
    given = {"whole": 3.0, "any": 2.0, "items": [1.0, 2], "free": {"a": [1.5, 2.0]}}
    assert convert_json(given, Numbers) == Numbers(3, 2.0, [1, 2], {"a": [1.5, 2]})
    untouched = {"any": 2.0, "free": {"a": 2.0}}
    assert isinstance(convert_json(untouched, Numbers).free["a"], float)


@pytest.mark.parametrize("number", [1.5, 1e300, "1", None, True])
def test_other_numbers_are_no_integers(number: Any) -> None:
    with pytest.raises(msgspec.ValidationError, match="whole"):
        convert_json({"whole": number}, Numbers)


async def events(*given: Any) -> AsyncIterator[Any]:
    for event in given:
        if isinstance(event, Exception):
            raise event
        yield event


async def run_stream(stream: EventStream, request: Request[Any, Any, State]) -> bytes:
    sent, is_complete = b"", asyncio.Event()

    async def receive() -> Any:
        await is_complete.wait()
        return {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        nonlocal sent
        sent += message.get("body", b"")
        if message["type"] == "http.response.body" and not message.get("more_body"):
            is_complete.set()

    await stream.to_asgi_response(None, request)(request.scope, receive, send)
    return sent


def request_to(path: str) -> Request[Any, Any, State]:
    return RequestFactory(app=Litestar([], logging_config=None, openapi_config=None)).post(path)


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("media_type", "expected"),
    [(SSE, b'data: {"a":1}\n\ndata: [DONE]\n\n'), (NDJSON, b'{"a":1}\n[DONE]\n')],
)
async def test_events_are_framed_for_their_media_type(media_type: str, expected: bytes) -> None:
    request, source = request_to("/chat"), Source()
    stream = EventStream(request, events({"a": 1}, "[DONE]"), source, media_type)
    assert await run_stream(stream, request) == expected
    assert source.num_closed == 1


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("path", "expected"),
    [
        (
            "/chat",
            {
                "type": "about:blank",
                "title": "Too Many Requests",
                "status": 429,
                "detail": "请求过多：已有 3 个正在处理，请稍后重试",
                "error": "请求过多：已有 3 个正在处理，请稍后重试",
            },
        ),
        ("/api/chat", {"error": "too many requests: 3 are being answered already; try again in a moment"}),
    ],
)
async def test_an_error_is_the_last_event(path: str, expected: dict[str, Any]) -> None:
    request, source = request_to(path), Source()
    stream = EventStream(request, events({"a": 1}, QueueFull(3)), source, NDJSON)
    _, last = (await run_stream(stream, request)).splitlines()
    assert json.loads(last) == expected
    assert source.num_closed == 1


@pytest.mark.anyio
async def test_a_stream_that_never_begins_is_closed() -> None:
    request, source = request_to("/chat"), Source()
    response = EventStream(request, events({"a": 1}), source).to_asgi_response(None, request)

    async def send(_: Any) -> None:
        raise OSError("gone")

    with pytest.raises((OSError, ExceptionGroup)):
        await response(request.scope, request.receive, send)
    assert source.num_closed == 1


class DisconnectingRequest:
    """A request whose client disconnects after a while."""

    async def receive(self) -> dict[str, Any]:
        await asyncio.sleep(0.05)
        return {"type": "http.disconnect"}


@pytest.mark.anyio
async def test_work_is_cancelled_on_a_disconnect() -> None:
    was_cancelled = asyncio.Event()
    request: Any = DisconnectingRequest()

    async def work(seconds: float) -> str:
        try:
            await asyncio.sleep(seconds)
        except asyncio.CancelledError:
            was_cancelled.set()
            raise
        return "done"

    assert await run_while_connected(request, work(0)) == "done"
    with pytest.raises(ClientGone):
        await run_while_connected(request, work(60))
    assert was_cancelled.is_set()


@pytest.mark.anyio
async def test_an_exception_of_the_work_is_raised() -> None:
    request: Any = DisconnectingRequest()

    async def work() -> None:
        raise QueueFull(1)

    with pytest.raises(QueueFull):
        await run_while_connected(request, work())
