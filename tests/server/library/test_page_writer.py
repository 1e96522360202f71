"""Pages are stored while the next ones are read, in order, several at once."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
import pytest

from server.library.changes import Changes
from server.library.page_writer import MAX_GATHERED, PageWriter, make_page
from server.library.readers.records import Page, Remark
from server.library.reading_tools import ReadingTools
from server.library.stats import ReadingStats
from server.store.errors import DocumentNotFound
from server.store.library_records import LibraryDocument, NewPage
from tests.helpers.fake_reading import FakeProcesses

pytestmark = pytest.mark.anyio

DOCUMENT = LibraryDocument("1", 1, "ann", "a", "pdf", "", 1, None, "reading", None, 0, (), None, 0.0)


class FakeStore:
    """Takes pages while `gate` is open; `batches` are the numbers of the pages of each transaction."""

    def __init__(self) -> None:
        self.gate = asyncio.Event()
        self.batches: list[list[int]] = []
        self.warnings: Sequence[Mapping[str, Any]] | None = None
        self.is_there = True

    @property
    def numbers(self) -> list[int]:
        return [number for batch in self.batches for number in batch]

    async def add_pages(self, _: str, pages: Sequence[NewPage], warnings: Any = None) -> bool:
        await self.gate.wait()
        self.batches.append([page.number for page in pages])
        self.warnings = self.warnings if warnings is None else warnings
        return self.is_there


class Progress:
    document = DOCUMENT
    num_pages = 0

    def __init__(self) -> None:
        self.warnings: list[Any] = []


def open_writer(store: Any, progress: Progress) -> PageWriter:
    return PageWriter(progress, ReadingTools(store, FakeProcesses(), None, Changes(), ReadingStats()))


def make(number: int, *remarks: Remark) -> Page:
    return Page(number=number, text=f"page {number}", remarks=remarks)


async def test_what_has_come_meanwhile_is_stored_at_once() -> None:
    store, progress = FakeStore(), Progress()
    async with open_writer(store, progress) as writer:
        for number in range(1, 6):
            await writer.add(make(number))
            await asyncio.sleep(0)
        assert (store.batches, progress.num_pages) == ([], 0)
        store.gate.set()
    assert store.numbers == [1, 2, 3, 4, 5]
    assert len(store.batches) == 2
    assert progress.num_pages == 5


async def test_a_page_that_nothing_follows_is_stored() -> None:
    store, progress = FakeStore(), Progress()
    store.gate.set()
    async with open_writer(store, progress) as writer:
        await writer.add(make(1))
        await writer.add(make(2))
        async with asyncio.timeout(10):
            while progress.num_pages < 2:
                await asyncio.sleep(0.001)


async def test_few_pages_are_ahead_of_the_store() -> None:
    store = FakeStore()
    async with open_writer(store, Progress()) as writer:
        adding = asyncio.create_task(add_many(writer, 100))
        await asyncio.wait([adding], timeout=0.05)
        assert not adding.done()
        store.gate.set()
        await adding
    assert max(map(len, store.batches)) <= MAX_GATHERED
    assert store.numbers == list(range(1, 101))


async def add_many(writer: PageWriter, count: int) -> None:
    for number in range(1, count + 1):
        await writer.add(make(number))


async def test_what_was_read_before_an_error_is_stored() -> None:
    store, progress = FakeStore(), Progress()
    store.gate.set()
    with pytest.raises(ValueError, match="broken"):
        await add_and_fail(open_writer(store, progress))
    assert progress.num_pages == 1


async def add_and_fail(opened: PageWriter) -> None:
    async with opened as writer:
        await writer.add(make(1))
        raise ValueError("broken")


async def test_a_deleted_document_ends_the_reading() -> None:
    store = FakeStore()
    store.gate.set()
    store.is_there = False
    with pytest.raises(DocumentNotFound):
        async with open_writer(store, Progress()) as writer:
            await add_many(writer, 1000)
    assert len(store.batches) == 1


async def test_who_is_cancelled_does_not_wait_for_the_store() -> None:
    store = FakeStore()

    async def read() -> None:
        async with open_writer(store, Progress()) as writer:
            await writer.add(make(1))
            await asyncio.sleep(100)

    task = asyncio.create_task(read())
    await asyncio.wait([task], timeout=0.02)
    task.cancel()
    await asyncio.wait([task], timeout=10)
    assert task.cancelled()
    assert store.batches == []


async def test_remarks_are_stored_when_there_are_new_ones() -> None:
    store, progress = FakeStore(), Progress()
    store.gate.set()
    async with open_writer(store, progress) as writer:
        await writer.add(make(1))
    assert store.warnings is None
    async with open_writer(store, progress) as writer:
        await writer.add(make(2, Remark("macros")))
    assert store.warnings == progress.warnings == [{"code": "macros", "values": {}}]


def test_what_no_database_takes_is_replaced_in_its_place() -> None:
    page = make_page(Page(number=1, text="a\0b\ud800c"))
    assert [passage.text for passage in page.passages] == ["a\ufffdb\ufffdc"]
    assert msgspec.json.decode(page.body, type=Page).text == "a\ufffdb\ufffdc"
