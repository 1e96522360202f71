"""Documents are read in the background: in turns, to their end, and on after whatever stops that."""

import asyncio
import errno
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, BinaryIO

import pytest

from server.errors import EngineStopped
from server.library import jobs
from server.library.changes import Changes
from server.library.files import load_file
from server.library.jobs import ReadingJobs
from server.library.reading_tools import ReadingTools
from server.library.stats import ReadingStats
from server.store.errors import DocumentNotFound
from server.store.library_records import LibraryDocument, NewDocument
from server.store.store import Store
from tests.helpers.fake_reading import FakeProcesses, FakeTranscriber, make_text_file

pytestmark = pytest.mark.anyio


@pytest.fixture(autouse=True)
def look_often(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("RENEW_S", "LOOK_EVERY_S", "PAUSE_S"):
        monkeypatch.setattr(jobs, name, 0.02)
    monkeypatch.setattr(jobs, "LEASE_S", 60.0)  # longer than any wait: a lease that nobody holds any more is an error


class Room:
    """Jobs over a store and fake processes."""

    def __init__(self, store: Store, num_workers: int = 1) -> None:
        self.store = store.library
        self.processes, self.transcriber, self.stats = FakeProcesses(), FakeTranscriber(), ReadingStats()
        tools = ReadingTools(self.store, self.processes, self.transcriber, Changes(), self.stats)
        self.jobs = ReadingJobs(tools, num_workers)

    async def add(self, text: str, owner: str = "ann", desk: str = "desk") -> LibraryDocument:
        collection = await self.store.open_named_collection(owner, desk)
        with make_text_file(text) as file:
            new = NewDocument(text[:20], "pdf", f"{abs(hash(text)):064}"[:64], len(text))
            return await self.store.add_document(collection, new, file, 1000, 0)

    async def get(self, document: LibraryDocument) -> LibraryDocument:
        return await self.store.get_document(document.owner, document.id)

    async def wait(self, *documents: LibraryDocument, state: str = "ready", num_pages: int = 0) -> None:
        async with asyncio.timeout(20):
            for document in documents:
                while (now := await self.get(document)).state != state or now.num_pages_read < num_pages:
                    await asyncio.sleep(0.005)


@asynccontextmanager
async def run(room: Room) -> AsyncIterator[None]:
    async with room.jobs.run():
        yield


async def test_documents_are_read_and_counted(store: Store) -> None:
    room = Room(store)
    before = await room.add("macros one\ftwo")
    async with run(room):
        after = await room.add("three")
        room.jobs.wake()
        await room.wait(before, after)
    assert room.stats.outcomes == {"ready": 2}
    assert (room.stats.num_pages, room.stats.document_s.count) == (3, 2)


async def test_a_document_that_cannot_be_read_fails_with_its_cause(store: Store) -> None:
    room = Room(store)
    document, other = await room.add("remark\ftwo\fbroken"), await room.add("fine")
    async with run(room):
        await room.wait(document, state="failed")
        await room.wait(other)
    failed = await room.get(document)
    assert failed.error == {"code": "broken", "values": {"cause": "fake"}}
    assert failed.num_pages_read == 2
    assert [warning["code"] for warning in failed.warnings] == ["pictures"]
    assert room.stats.outcomes == {"broken": 1, "ready": 1}


async def test_a_mistake_fails_one_document_and_is_logged(store: Store, caplog: pytest.LogCaptureFixture) -> None:
    room = Room(store)
    document, other = await room.add("bug"), await room.add("fine")
    with caplog.at_level(logging.ERROR, "server"):
        async with run(room):
            await room.wait(document, state="failed")
            await room.wait(other)
    assert (await room.get(document)).error == {"code": "crash", "values": {"cause": "ValueError"}}
    assert "a mistake" in caplog.text


async def test_owners_take_turns(store: Store) -> None:
    room = Room(store)
    many = [await room.add(f"ann {number}") for number in range(20)]
    one = await room.add("bob", "bob")
    async with run(room):
        await room.wait(one, *many)
    assert room.processes.opened.index("bob") <= 1


async def test_a_long_document_of_one_owner_lets_others_between(store: Store) -> None:
    room = Room(store)
    long, short = await room.add("\f".join(["scan"] * 9)), await room.add("short", "bob")
    async with run(room):
        await room.wait(long, short)
    assert room.processes.opened == [long.name, "short", long.name, long.name]


async def test_a_deleted_document_is_read_no_further(store: Store) -> None:
    room = Room(store)
    document, other = await room.add("one\fslow\fthree"), await room.add("fine")
    async with run(room):
        await room.wait(document, state="reading", num_pages=1)
        await room.store.delete_document("ann", document.id)
        room.jobs.end(document.id)
        await room.wait(other)
    with pytest.raises(DocumentNotFound):
        await room.get(document)


async def test_a_document_deleted_elsewhere_ends_with_its_lease(store: Store) -> None:
    room = Room(store)
    document, other = await room.add("one\fslow\fthree"), await room.add("fine")
    async with run(room):
        await room.wait(document, state="reading", num_pages=1)
        await room.store.delete_document("ann", document.id)
        await room.wait(other)
    assert room.processes.places.num_free == 2


async def test_what_is_not_finished_is_read_on_by_the_next(store: Store) -> None:
    room = Room(store)
    document = await room.add("one\ftwo\fslow\ffour")
    async with run(room):
        await room.wait(document, state="reading", num_pages=2)
    later = Room(store)
    later.processes.gate.set()
    async with run(later):
        await later.wait(document)
    passages = await later.store.list_passages([document.id])
    assert [passage.text for passage in passages] == ["one", "two", "slow", "four"]
    assert later.stats.num_pages == 2


async def test_a_dead_server_s_document_is_taken_up_at_once_where_no_other_can_be(store: Store) -> None:
    room = Room(store)
    document = await room.add("one")
    assert await room.store.take_unread(1000) is not None
    async with run(room):
        await room.wait(document)


async def test_a_document_waits_for_an_engine_that_stops(store: Store) -> None:
    room = Room(store)
    room.transcriber.error = EngineStopped()
    document = await room.add("one\fscan")
    async with run(room):
        await room.wait(document, state="reading", num_pages=1)
        await asyncio.sleep(0.05)
        assert (await room.get(document)).num_pages_read == 1
        room.transcriber.error = None
        await room.wait(document)
    assert (await room.get(document)).warnings == []


async def test_a_document_waits_for_room_on_the_disk(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    room, tries = Room(store), 0

    async def load_third(*of: Any) -> BinaryIO:
        nonlocal tries
        tries += 1
        if tries < 3:
            raise OSError(errno.ENOSPC, "No space left on device")
        return await load_file(*of)

    monkeypatch.setattr(jobs, "load_file", load_third)
    document = await room.add("one")
    async with run(room):
        await room.wait(document)
    assert tries == 3


async def test_workers_read_side_by_side(store: Store) -> None:
    room = Room(store, num_workers=2)
    slow, quick = await room.add("slow"), await room.add("quick")
    async with run(room):
        await room.wait(quick)
        room.processes.gate.set()
        await room.wait(slow)


async def test_a_file_is_read_once_for_several_collections(store: Store) -> None:
    room = Room(store, num_workers=2)
    first, second = await room.add("slow\ftwo remark"), await room.add("slow\ftwo remark", desk="other")
    async with run(room):
        while not room.processes.opened:
            await asyncio.sleep(0.005)
        await asyncio.sleep(0.1)
        assert room.processes.opened == [first.name]
        room.processes.gate.set()
        await room.wait(first, second)
    assert room.processes.opened == [first.name]
    copy = await room.get(second)
    assert (copy.num_pages, copy.num_pages_read) == (2, 2)
    assert [warning["code"] for warning in copy.warnings] == ["pictures"]
    assert [passage.text for passage in await room.store.list_passages([second.id])] == ["slow", "two remark"]


async def test_a_file_that_cannot_be_read_is_tried_for_each(store: Store) -> None:
    room = Room(store)
    first, second = await room.add("broken"), await room.add("broken", desk="other")
    async with run(room):
        await room.wait(first, second, state="failed")
