"""Summaries are written in the background, once for each session, and after a crash by another server."""

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest
from sqlalchemy import select

from server.errors.base import Language
from server.handover.summary_writer import NUM_AT_ONCE, SummaryWriter
from server.store.records import Session, StoredTurn
from server.store.service_records import SessionRef
from server.store.service_tables import handovers
from server.store.store import Store
from tests.helpers.clock import Clock
from tests.helpers.handover_rows import put_handover
from tests.helpers.loopback import comes_true
from tests.helpers.store_turns import ask

pytestmark = pytest.mark.anyio


class FakeSummarizer:
    """Answers with the number of turns, once `gate` is set."""

    def __init__(self) -> None:
        self.gate = asyncio.Event()
        self.calls: list[tuple[str, Language]] = []
        self.num_open = self.most = 0

    async def summarize(self, history: Sequence[StoredTurn], shop: str, language: Language) -> str | None:
        self.calls.append((shop, language))
        self.num_open += 1
        self.most = max(self.most, self.num_open)
        await self.gate.wait()
        self.num_open -= 1
        return f"{len(history)} turns" if history else None


@pytest.fixture
def fake() -> FakeSummarizer:
    return FakeSummarizer()


@pytest.fixture
def writer(store: Store, fake: FakeSummarizer) -> SummaryWriter:
    summarizer: Any = fake
    return SummaryWriter(store, summarizer)


async def wait(store: Store, num_turns: int = 1) -> SessionRef:
    """Store a session that waits for a person."""
    session: Session = await store.create_session("ann")
    for _ in range(num_turns):
        await ask(store, session, "help")
    await put_handover(store, session.id, "waiting")
    return SessionRef(session.id, "ann", "shop", "ecommerce", "en")


async def read(store: Store, session: SessionRef) -> str | None:
    one = select(handovers.c.summary).where(handovers.c.session_id == session.id)
    return await store.database.read(lambda c: c.scalar(one))


async def settle(writer: SummaryWriter) -> None:
    async with asyncio.timeout(30):
        while writer._tasks:
            await asyncio.sleep(0.01)


async def test_it_is_written_and_stored(store: Store, writer: SummaryWriter, fake: FakeSummarizer) -> None:
    session = await wait(store, 2)
    fake.gate.set()
    writer.start(session)
    await settle(writer)
    assert await read(store, session) == "2 turns"
    assert fake.calls == [("shop", "en")]
    assert writer.is_on


async def test_one_at_a_time_of_a_session_and_few_of_all(
    store: Store, writer: SummaryWriter, fake: FakeSummarizer
) -> None:
    sessions = [await wait(store) for _ in range(5)]
    for session in (*sessions, *sessions):
        writer.start(session)
    await asyncio.sleep(0.1)
    fake.gate.set()
    await settle(writer)
    assert len(fake.calls) == 5
    assert fake.most == NUM_AT_ONCE
    assert [await read(store, session) for session in sessions] == ["1 turns"] * 5


async def test_what_a_dead_server_left_is_written_later(
    store: Store, writer: SummaryWriter, fake: FakeSummarizer, clock: Clock
) -> None:
    fake.gate.set()
    session, empty = await wait(store), await wait(store, 0)
    clock.now_s = 0.0
    await writer.write_missing()
    await settle(writer)
    assert fake.calls == []  # too soon
    clock.advance(60)
    for _ in range(2):
        await writer.write_missing()
        await settle(writer)
    assert len(fake.calls) == 2
    assert (await read(store, session), await read(store, empty)) == ("1 turns", "")


async def test_a_session_that_was_deleted_needs_none(
    store: Store, writer: SummaryWriter, fake: FakeSummarizer, caplog: pytest.LogCaptureFixture
) -> None:
    session = await wait(store)
    writer.start(session)
    await asyncio.to_thread(comes_true, lambda: fake.calls)
    await store.delete_session("ann", session.id)
    fake.gate.set()
    await settle(writer)
    writer.start(session)
    await settle(writer)
    assert not [record for record in caplog.records if record.levelname in ("WARNING", "ERROR")]


async def test_closing_ends_what_is_being_written(store: Store, writer: SummaryWriter) -> None:
    session = await wait(store)
    writer.start(session)
    await asyncio.sleep(0)
    await writer.close()
    assert writer._tasks == {}
    assert await read(store, session) is None
    await writer.close()


async def test_without_a_summarizer_nothing_is_written(store: Store) -> None:
    session = await wait(store)
    writer = SummaryWriter(store, None)
    writer.start(session)
    await writer.write_missing()
    await writer.close()
    assert not writer.is_on
    assert await read(store, session) is None
