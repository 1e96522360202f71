"""Documents of the knowledge base from their files to what the store has of them."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import BinaryIO

import pytest

from server.knowledge.sheets.deriver import SheetDeriver
from server.library.changes import Changes
from server.library.errors import ReadingError
from server.library.jobs import ReadingJobs
from server.library.library import Library, LibraryLimits
from server.library.readers.opening import open_reader
from server.library.readers.protocol import Reader, ReaderLimits, Refused
from server.library.readers.records import Opened, Page
from server.library.reading_tools import Derivation, ReadingTools
from server.library.stats import ReadingStats
from server.settings.settings import Settings
from server.store.library_records import KNOWLEDGE, DocumentRole, LibraryDocument, Passage
from server.store.store import Store
from tests.helpers.fake_reading import make_text_file

pytestmark = pytest.mark.anyio

SHOP = "商品编号,名称,材质,搭配\nA1,白衬衫,棉,B2\nB2,长裤,麻,\n" + "".join(f"C{n},帽子{n},草,A1\n" for n in range(500))
FAQ = "问题,答案\n怎么退货？,七天内\n运费多少？,八元\n"


class OpenedHere:
    """A document that is read in this process."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader

    @property
    def opened(self) -> Opened:
        return self._reader.opened

    async def read_pages(self, first: int = 1) -> AsyncIterator[Page]:
        for page in self._reader.read_pages(first):
            yield page

    async def render(self, number: int, max_width: int, max_height: int) -> bytes:
        raise NotImplementedError


class HereProcesses:
    """Opens documents without processes."""

    num_waiting = 0

    @asynccontextmanager
    async def open(
        self, file: BinaryIO, name: str, owner: str, password: str | None = None
    ) -> AsyncIterator[OpenedHere]:
        assert owner == KNOWLEDGE
        file.seek(0)
        try:
            reader = open_reader(file, name, ReaderLimits(), password)
        except Refused as error:
            raise ReadingError(error.refusal) from error
        yield OpenedHere(reader)


class DyingDeriver(SheetDeriver):
    """Ends as a server that is killed does, when it has stored passages and what was derived."""

    async def derive(self, document: LibraryDocument, num_pages: int) -> Derivation:
        await super().derive(document, num_pages)
        raise SystemError("killed")


def make_library(store: Store) -> Library:
    return Library(store.library, HereProcesses(), LibraryLimits.of(Settings()), deriver=SheetDeriver(store))


async def add(
    store: Store, library: Library, text: str, name: str = "a.csv", role: DocumentRole | None = None
) -> LibraryDocument:
    collection = await store.knowledge.open_collection("shop")
    with make_text_file(text) as file:
        return await library.add(KNOWLEDGE, collection, name, file, role=role)


async def read(store: Store, text: str, name: str = "a.csv", role: DocumentRole | None = None) -> LibraryDocument:
    library = make_library(store)
    document = await add(store, library, text, name, role)
    async with library.read_in_background():
        (ready,) = await library.wait_until_read(KNOWLEDGE, [document.id], 30)
    return ready


async def list_passages(store: Store, document: LibraryDocument) -> list[Passage]:
    return await store.library.list_passages([document.id], limit=10_000)


async def test_a_sheet_is_ready_with_what_it_says(store: Store) -> None:
    document = await read(store, SHOP)
    assert (document.state, document.role, document.warnings) == ("ready", "products", [])
    state = (await store.knowledge.get_states(["shop"]))["shop"]
    assert state.document_ids == {document.id}
    graph = await store.knowledge.walk_graph([state.id], ["A1"], max_steps=1, max_edges=5)
    assert [each.value for each in graph.attributes if each.key == "A1"] == ["棉"]
    passages = {passage.id: passage for passage in await list_passages(store, document)}
    assert {passages[each.passage_id].text for each in graph.attributes if each.key == "A1"} == {"A1,白衬衫,棉,B2"}
    assert {"A1,白衬衫,棉,B2"} <= {passages[edge.passage_id].text for edge in graph.edges}
    assert all(passage.heading == "商品编号 | 名称 | 材质 | 搭配" for passage in passages.values())
    assert len(passages) == 502


async def test_questions_have_their_rows_as_passages(store: Store) -> None:
    document = await read(store, FAQ)
    assert document.role == "faq"
    passages = {passage.id: passage.text for passage in await list_passages(store, document)}
    faqs = await store.knowledge.list_faqs([document.id])
    assert [passages[each.passage_id] for each in faqs] == ["怎么退货？,七天内", "运费多少？,八元"]


async def test_what_is_no_sheet_is_a_document(store: Store) -> None:
    document = await read(store, "# 退货\n\n七天内可以退货。\n", "a.md")
    assert document.role == "document"
    assert [passage.text for passage in await list_passages(store, document)] == ["# 退货\n\n七天内可以退货。\n"]


async def test_nothing_is_derived_of_what_is_given_as_a_document(store: Store) -> None:
    document = await read(store, SHOP, role="document")
    assert document.role == "document"
    state = (await store.knowledge.get_states(["shop"]))["shop"]
    assert (await store.knowledge.count_graph(state.id)).entities == {}


@pytest.mark.parametrize(
    ("text", "role", "code"), [(SHOP, "faq", "no_faq_columns"), (FAQ, "products", "no_product_columns")]
)
async def test_what_is_not_what_it_was_given_as_fails(store: Store, text: str, role: DocumentRole, code: str) -> None:
    document = await read(store, text, role=role)
    assert (document.state, document.role, document.error) == ("failed", role, {"code": code, "values": {}})
    assert (await store.knowledge.get_states(["shop"]))["shop"].document_ids == frozenset()


async def test_rows_of_no_use_are_warned_of(store: Store) -> None:
    document = await read(store, "问题,答案\n怎么退货？,七天内\n运费？,\n")
    assert document.warnings == [{"code": "faq_without_answer", "values": {"count": 1, "rows": "3"}}]


async def test_after_a_kill_everything_is_there_once(store: Store) -> None:
    library = make_library(store)
    document = await add(store, library, SHOP)
    tools = ReadingTools(store.library, HereProcesses(), None, Changes(), ReadingStats(), DyingDeriver(store))
    taken = await store.library.take_unread(60)
    assert taken is not None
    with pytest.raises(SystemError):
        await ReadingJobs(tools, 1)._read_to_end(taken)
    stored = await store.library.get_document(KNOWLEDGE, document.id)
    assert (stored.state, stored.num_pages_read) == ("reading", 3)
    await store.library.release_lease(document.id)
    async with library.read_in_background():
        (ready,) = await library.wait_until_read(KNOWLEDGE, [document.id], 30)
    assert (ready.state, len(await list_passages(store, ready))) == ("ready", 502)
    state = (await store.knowledge.get_states(["shop"]))["shop"]
    counts = await store.knowledge.count_graph(state.id)
    assert counts.entities == {"product": 502}
    assert counts.relations == {"belongs_with": 501}
    positions = [passage.position for passage in await list_passages(store, ready)]
    assert positions == list(range(502))


async def test_a_document_that_is_deleted_meanwhile_is_let_go(store: Store) -> None:
    library = make_library(store)
    document = await add(store, library, SHOP)
    await library.delete(KNOWLEDGE, document.id)
    async with library.read_in_background():
        await store.library.add_pages(document.id, [], None)
    assert (await store.knowledge.get_collection("shop")).num_passages == 0
