"""Documents are read page by page, in order, and from the page that is next."""

import asyncio
import hashlib
from collections.abc import Sequence
from typing import Any

import msgspec
import pytest

from server.errors import EngineStopped
from server.library import reading
from server.library.changes import Changes
from server.library.errors import ReadingError
from server.library.files import load_file
from server.library.readers.records import Line, Page, Remark
from server.library.reading import MAX_SCANS, Reading, add_transcript
from server.library.reading_tools import ReadingTools
from server.library.stats import ReadingStats
from server.library.transcription import PAGE_SIDE, Transcript
from server.store.errors import DocumentNotFound
from server.store.library_records import LibraryDocument, NewDocument
from server.store.store import Store
from tests.helpers.fake_reading import PICTURE, FakeProcesses, FakeTranscriber, make_text_file

pytestmark = pytest.mark.anyio


def make_tools(store: Store, transcriber: FakeTranscriber | None = None) -> ReadingTools:
    return ReadingTools(store.library, FakeProcesses(), transcriber, Changes(), ReadingStats())


async def add(store: Store, text: str, name: str = "list.pdf") -> LibraryDocument:
    collection = await store.library.open_named_collection("ann", "desk")
    with make_text_file(text) as file:
        new = NewDocument(name, "pdf", hashlib.sha256(text.encode()).hexdigest(), len(text))
        return await store.library.add_document(collection, new, file, 10, 0)


async def read(store: Store, document: LibraryDocument, tools: ReadingTools) -> list[int]:
    """Read a document to its end; return how many pages were stored after each stretch."""
    opened, counts = Reading(document, tools), []
    with await load_file(store.library, document.id) as file:
        is_end = False
        while not is_end:
            is_end = await opened.read_stretch(file)
            counts.append(opened.num_pages)
    await opened.finish()
    return counts


async def texts_of(store: Store, document: LibraryDocument) -> list[tuple[int, str, str]]:
    passages = await store.library.list_passages([document.id])
    return [(passage.page, passage.kind, passage.text) for passage in passages]


async def codes_of(store: Store, document: LibraryDocument) -> Sequence[Any]:
    stored = await store.library.get_document("ann", document.id)
    return [(warning["code"], warning["values"]) for warning in stored.warnings]


async def test_pages_are_stored_with_their_passages(store: Store) -> None:
    document = await add(store, "one\ftwo\fthree")
    assert await read(store, document, make_tools(store)) == [3]
    assert await texts_of(store, document) == [(1, "text", "one"), (2, "text", "two"), (3, "text", "three")]
    stored = await store.library.get_document("ann", document.id)
    assert (stored.state, stored.num_pages, stored.num_pages_read) == ("ready", 3, 3)
    page = msgspec.json.decode(await store.library.get_page(document.id, 2), type=Page)
    assert page == Page(number=2, text="two")


async def test_reading_goes_on_at_the_next_page(store: Store) -> None:
    document, tools = await add(store, "one\ftwo\fbroken"), make_tools(store)
    first = Reading(document, tools)
    with await load_file(store.library, document.id) as file, pytest.raises(ReadingError, match="broken"):
        await first.read_stretch(file)
    assert first.num_pages == 2
    later = Reading(await store.library.get_document("ann", document.id), tools)
    with make_text_file("changed\fchanged\fthree") as file:
        assert await later.read_stretch(file)
    assert [text for _, _, text in await texts_of(store, document)] == ["one", "two", "three"]


async def test_the_model_reads_scans_at_once_while_no_process_is_held(store: Store) -> None:
    document, transcriber = (
        await add(store, "first\f" + "\f".join(["scan"] * 6) + "\flast", "价格.pdf"),
        FakeTranscriber(),
    )
    tools = make_tools(store, transcriber)
    transcriber.processes = tools.processes
    assert await read(store, document, tools) == [1 + MAX_SCANS, 8]
    assert transcriber.max_at_once == MAX_SCANS
    assert set(transcriber.num_free) == {2}
    assert [picture for picture, _, _ in transcriber.asked] == [
        PICTURE + f"{number} in {PAGE_SIDE} x {PAGE_SIDE}".encode() for number in range(2, 8)
    ]
    assert {(owner, language) for _, owner, language in transcriber.asked} == {("ann", "zh")}
    assert await texts_of(store, document) == [
        (1, "text", "first"),
        *((number, "scan", "read") for number in range(2, 8)),
        (8, "text", "last"),
    ]
    assert await codes_of(store, document) == []
    assert tools.stats.num_transcribed == 6


@pytest.mark.parametrize("transcriber", [None, FakeTranscriber()])
async def test_a_scan_that_is_not_read_is_told(store: Store, transcriber: FakeTranscriber | None) -> None:
    if transcriber is not None:
        transcriber.answer = None
    document = await add(store, "one\fscan\fremark")
    await read(store, document, make_tools(store, transcriber))
    assert await texts_of(store, document) == [(1, "text", "one"), (2, "scan", ""), (3, "text", "remark")]
    assert await codes_of(store, document) == [("scan_unread", {"pages": [[2, 2]]}), ("pictures", {"count": 3})]


async def test_a_scan_that_cannot_be_drawn_is_not_read(store: Store) -> None:
    document, transcriber = await add(store, "scan undrawn\ftwo"), FakeTranscriber()
    await read(store, document, make_tools(store, transcriber))
    assert transcriber.asked == []
    assert await codes_of(store, document) == [("scan_unread", {"pages": [[1, 1]]})]


async def test_scans_wait_for_a_model_that_stops(store: Store) -> None:
    document, transcriber = await add(store, "one\fscan\fthree"), FakeTranscriber()
    transcriber.error = EngineStopped()
    with pytest.raises(EngineStopped):
        await read(store, document, make_tools(store, transcriber))
    assert await texts_of(store, document) == [(1, "text", "one")]


async def test_a_document_that_is_deleted_is_not_read_on(store: Store) -> None:
    document, tools = await add(store, "one\fslow two"), make_tools(store)
    task = asyncio.create_task(read(store, document, tools))
    with tools.changes.watch([document.id]) as changed:
        await changed.wait(10)
    await store.library.delete_document("ann", document.id)
    assert isinstance(tools.processes, FakeProcesses)
    tools.processes.gate.set()
    with pytest.raises(DocumentNotFound):
        await task


async def test_what_no_database_takes_is_replaced_in_its_place(store: Store) -> None:
    document = await add(store, "a\0b")
    await read(store, document, make_tools(store))
    assert await texts_of(store, document) == [(1, "text", "a\ufffdb")]


def test_a_transcript_follows_the_text_that_a_scan_has() -> None:
    line = Line(0, 1, 0.1, 0.1, 0.2, 0.2)
    page = Page(number=2, text="x", is_scan=True, lines=(line,), remarks=(Remark("pictures", {"count": 1}),))
    read_page = add_transcript(page, Transcript("whole text", is_whole=False))
    assert (read_page.text, read_page.is_scan, read_page.lines) == ("x\nwhole text", True, (line,))
    assert [remark.code for remark in read_page.remarks] == ["pictures", "scan_cut"]
    assert add_transcript(Page(number=2, text=" ", is_scan=True), Transcript("whole", is_whole=True)).text == "whole"


async def test_a_document_is_read_in_one_go_unless_others_wait(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "STRETCH_S", 0.0)
    document, tools = await add(store, "one\ftwo\fthree"), make_tools(store)
    assert await read(store, document, tools) == [3]
    other = await add(store, "1\f2\f3")
    assert isinstance(tools.processes, FakeProcesses)
    monkeypatch.setattr(FakeProcesses, "num_waiting", 1)
    assert await read(store, other, tools) == [1, 2, 3, 3]
