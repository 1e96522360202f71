"""What becomes of a response whose stream is interrupted, or that fails."""

import asyncio
import json
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest

from server.api.openai.responses.answering import Answering
from server.api.openai.responses.items import read_items
from server.api.openai.responses.preparing import PreparedRequest
from server.api.openai.responses.request import ResponseRequest
from server.engine.async_engine import AsyncEngine
from server.engine.token_stream import Usage
from server.keys.account import ANONYMOUS
from server.pipeline.profiles import Profile, Title
from server.pipeline.stage import TurnContext
from server.settings.settings import Settings
from server.store.errors import DatabaseUnreachable, ResponseNotFound
from server.store.response_store import ResponseStore
from server.store.store import open_store
from server.turn.reply import FixedReply, ReplyDelta
from tests.helpers.apps import stored_app
from tests.helpers.fakes import FakeChatModel, byte_tokenizer
from tests.helpers.loopback import begin_post, comes_true, serve_on_loopback
from tests.helpers.migrated import place_migrated
from tests.helpers.turns import question
from tests.server.api.openai.responses.wire import PATH, body, read_events, text_of

LONG = "slow " * 300
PROFILE = Profile(title=Title("店", "Shop"))


@pytest.fixture(scope="module")
def fake() -> FakeChatModel:
    return FakeChatModel(delay_s=0.02)


@pytest.fixture(scope="module")
def address(fake: FakeChatModel) -> Iterator[tuple[str, int]]:
    with serve_on_loopback(stored_app(Settings(), AsyncEngine(fake, {}))) as address:
        yield address


@pytest.fixture
def client(address: tuple[str, int]) -> Iterator[httpx.Client]:
    with httpx.Client(base_url="http://{}:{}".format(*address), timeout=60) as client:
        yield client


def begin(address: tuple[str, int], stream: bool = True) -> Any:
    return begin_post(address, PATH, json.dumps(body(LONG, stream=stream)).encode())


def read_until(connection: Any, name: bytes, count: int = 1) -> str:
    """Read from a connection until `count` events of that name have come, and return the id of the response."""
    received = b""
    while received.count(b"event: response." + name) < count:
        piece = connection.recv(1000)
        assert piece, received
        received += piece
    while b',"object"' not in received:
        received += connection.recv(1000)
    found: str = json.loads(received.partition(b'"response":')[2].partition(b',"object"')[0] + b"}")["id"]
    return found


def test_a_stream_that_is_cut_frees_the_model_and_keeps_what_was_read(
    address: tuple[str, int], fake: FakeChatModel, client: httpx.Client
) -> None:
    connection = begin(address)
    response_id = read_until(connection, b"output_text.delta", 8)
    assert client.get(f"{PATH}/{response_id}").status_code == 404, "nothing is stored before the end"
    connection.close()
    assert comes_true(lambda: fake.engine.is_idle)
    assert fake.engine.scheduler.pool.num_used == 0
    assert comes_true(lambda: client.get(f"{PATH}/{response_id}").status_code == 200)
    stored = client.get(f"{PATH}/{response_id}").json()
    (item,) = stored["output"]
    assert (stored["status"], item["status"]) == ("cancelled", "incomplete")
    assert 0 < len(item["content"][0]["text"]) < len(LONG)
    assert item["content"][0]["text"].startswith("0/1: s")
    followed = client.post(PATH, json=body("next", previous_response_id=response_id)).json()
    assert followed["output"][0]["content"][0]["text"] == "0/2: next"


def test_a_stream_that_is_cut_before_any_text_leaves_nothing(
    address: tuple[str, int], fake: FakeChatModel, client: httpx.Client
) -> None:
    connection = begin(address)
    response_id = read_until(connection, b"created")
    connection.close()
    assert comes_true(lambda: fake.engine.is_idle)
    time.sleep(0.05)
    stored = client.get(f"{PATH}/{response_id}")
    assert stored.status_code == 404 or stored.json()["output"][0]["content"][0]["text"]


async def wait_for(store: ResponseStore, response_id: str) -> Any:
    """Return a response once it is stored."""
    async with asyncio.timeout(30):
        while True:
            with suppress(ResponseNotFound):
                return msgspec.json.decode((await store.get("", response_id)).body)
            await asyncio.sleep(0.005)


@pytest.mark.anyio
async def test_an_answer_that_is_whole_is_stored_as_such_though_its_last_events_were_not_read(tmp_path: Path) -> None:
    async with open_store(place_migrated(tmp_path / "sessions.db")) as store:
        for ending, status in (("stop", "completed"), ("length", "incomplete"), (None, "cancelled")):
            deltas = (ReplyDelta(0, "hel"), ReplyDelta(0, "lo", finish_reason=ending))  # type: ignore[arg-type]
            context = TurnContext(question("hello"), ANONYMOUS, "plain", PROFILE, frozenset())
            prepared = PreparedRequest(msgspec.convert(body(), ResponseRequest), read_items("hello"), {}, context)
            reply = FixedReply(deltas, Usage(1, 0, 1))
            answering = Answering(prepared, reply, byte_tokenizer(), store.responses)
            events = answering.write_events(None)  # type: ignore[arg-type]
            while (await anext(events)).data.get("delta") != "lo":
                pass
            await events.aclose()
            answering.close()
            stored = await wait_for(store.responses, prepared.id)
            assert (stored["status"], text_of(stored)) == (status, "hello")


def test_a_client_that_does_not_wait_for_a_whole_response_frees_the_model(
    address: tuple[str, int], fake: FakeChatModel
) -> None:
    connection = begin(address, stream=False)
    assert comes_true(lambda: fake.engine.scheduler.running)
    connection.close()
    assert comes_true(lambda: fake.engine.is_idle)


def test_a_failure_is_the_one_end_of_a_stream_and_the_status_of_a_whole(client: httpx.Client) -> None:
    events = read_events(client.post(PATH, json=body("fail", stream=True)).text)
    assert [event["type"] for event in events] == ["response.created", "response.in_progress", "response.failed"]
    failed = events[-1]["response"]
    assert (failed["status"], failed["error"]["code"]) == ("failed", "server_error")
    assert failed["error"]["message"].startswith("internal error ")
    assert client.get(f"{PATH}/{failed['id']}").status_code == 404
    whole = client.post(PATH, json=body("fail"))
    assert (whole.status_code, whole.json()["error"]["type"]) == (500, "server_error")


def test_a_response_that_cannot_be_stored_fails(client: httpx.Client, monkeypatch: pytest.MonkeyPatch) -> None:
    async def refuse(*_: Any) -> None:
        raise DatabaseUnreachable("it", "gone")

    monkeypatch.setattr(ResponseStore, "save", refuse)
    events = read_events(client.post(PATH, json=body("hello", stream=True)).text)
    assert [event["type"] for event in events if event["type"].split(".")[1] in ("completed", "failed")] == [
        "response.failed"
    ]
    assert client.post(PATH, json=body("hello")).status_code == 503
    assert client.post(PATH, json=body("hello", store=False)).status_code == 200
