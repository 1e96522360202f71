"""The tables of documents: those that readers found, those that are looked for in PDFs, and those the model reads."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from typing import BinaryIO, Protocol

import msgspec
from msgspec import Struct, structs

from server.library.errors import ReadingError, refusing
from server.library.processes import OpenDocument, ReadingProcesses
from server.library.readers.records import Page, Table
from server.library.readers.tasks import FindTables, TablesFound
from server.library.tables.joining import PieceFinder
from server.library.tables.model import TableModel
from server.library.tables.picture_tables import read_picture_tables
from server.library.tables.pieces import TablePiece
from server.library.tables.placing import place_on_page
from server.library.tables.records import ExtractedTable, PageTables
from server.library.transcription import NUM_SLICES, PAGE_SIDE
from server.store.errors import PageNotFound
from server.store.library_records import LibraryDocument
from server.store.store import Store
from server.turn.pictures import PictureSource


class DocumentFiles(Protocol):
    """Where the files of documents come from, and pictures of their pages."""

    async def open_file(self, document: LibraryDocument) -> BinaryIO:
        """Return the file of a document, which whoever asked for it closes."""
        ...

    async def render_page(self, owner: str, document_id: str, number: int, max_width: int, max_height: int) -> bytes:
        """Return a PNG or JPEG of a page that fits into a box of pixels."""
        ...


class LoadedPage(Struct, frozen=True):
    """A page with its tables. `is_known` says that nothing more can be found out about them."""

    page: Page
    is_known: bool
    is_truncated: bool = False


class DocumentTables:
    """Finds the tables of stored documents, page by page. What takes long to find is stored.

    Every method raises `DocumentRefused`, `DocumentsBusy` and `DatabaseUnreachable`.
    """

    def __init__(self, store: Store, processes: ReadingProcesses, files: DocumentFiles) -> None:
        self._store = store
        self._processes = processes
        self._files = files

    async def read_pieces(
        self, document: LibraryDocument, numbers: Sequence[int], model: TableModel | None = None
    ) -> AsyncGenerator[list[TablePiece]]:
        """Yield what each of the pages, which are in order, has of tables. Pages that are not there have none.

        Without a model those of scanned pages are not read. Raises what `model` raises.
        """
        if document.kind == "pdf":
            await self._look_for_tables(document, numbers)
        finder = PieceFinder()
        last: LoadedPage | None = None
        async with aclosing(self._read_pages(document, numbers, model)) as pages:
            async for loaded in pages:
                if last is not None:
                    yield await _find(finder, last, loaded)
                last = loaded
        if last is not None:
            yield await _find(finder, last)

    async def load_page(self, document: LibraryDocument, number: int) -> Page | None:
        """Return a page with its tables as far as they are known; None where it is not there."""
        loaded = await self._load(document, number)
        return None if loaded is None else loaded.page

    async def count_characters(self, document: LibraryDocument) -> int:
        """Return how many characters were read of a document."""
        return await self._store.library.count_characters([document.id])

    async def list_scans(self, document: LibraryDocument, numbers: Sequence[int]) -> list[int]:
        """Return which of the pages are pictures whose tables the model has not read yet."""
        if document.kind not in ("pdf", "picture"):
            return []
        loaded = [(number, await self._load(document, number)) for number in numbers]
        return [number for number, page in loaded if page is not None and page.page.is_scan and not page.is_known]

    async def _read_pages(
        self, document: LibraryDocument, numbers: Sequence[int], model: TableModel | None
    ) -> AsyncGenerator[LoadedPage]:
        for number in numbers:
            loaded = await self._load(document, number)
            if loaded is None:
                continue
            if loaded.page.is_scan and not loaded.is_known and model is not None:
                loaded = await self._read_scan(document, loaded.page, model)
            yield loaded

    async def _load(self, document: LibraryDocument, number: int) -> LoadedPage | None:
        """Return a page with its tables as far as they are known; None where it is not there."""
        try:
            body = await self._store.library.get_page(document.id, number)
        except PageNotFound:
            return None
        page = await asyncio.to_thread(msgspec.json.decode, body, type=Page)
        found = await self._store.extractions.load_page(document.id, number) if is_looked_for(document) else None
        if found is None:
            return LoadedPage(page, is_known=False)
        tables = msgspec.json.decode(found, type=PageTables)
        return LoadedPage(structs.replace(page, tables=tables.tables), True, tables.is_truncated)

    async def _look_for_tables(self, document: LibraryDocument, numbers: Sequence[int]) -> None:
        """Look for the tables of a PDF's pages that nobody has looked at for that."""
        loaded = [await self._load(document, number) for number in numbers]
        unknown = [each.page for each in loaded if each is not None and not each.is_known and not each.page.is_scan]
        if not unknown:
            return
        with await self._files.open_file(document) as file, refusing():
            async with self._processes.open(file, document.name, document.owner, document.password) as opened:
                for page in unknown:
                    await self._put(document, page.number, await _find_on_page(opened, page))

    async def _read_scan(self, document: LibraryDocument, page: Page, model: TableModel) -> LoadedPage:
        picture = await self._files.render_page(document.owner, document.id, page.number, PAGE_SIDE, PAGE_SIDE)
        found = await read_picture_tables(PictureSource(picture, NUM_SLICES), model, page.number)
        tables = PageTables(
            tuple(_to_table(table, page) for table in found), any(table.is_truncated for table in found)
        )
        await self._put(document, page.number, tables)
        return LoadedPage(structs.replace(page, tables=tables.tables), True, tables.is_truncated)

    async def _put(self, document: LibraryDocument, number: int, tables: PageTables) -> None:
        await self._store.extractions.put_page(document.id, number, msgspec.json.encode(tables))


def is_looked_for(document: LibraryDocument) -> bool:
    """Whether the tables of a document are not what its reader found."""
    return document.kind in ("pdf", "picture")


async def _find(finder: PieceFinder, loaded: LoadedPage, following: LoadedPage | None = None) -> list[TablePiece]:
    """Return the tables of a page; the last one goes on where the page is truncated."""
    pieces = await asyncio.to_thread(finder.find, loaded.page, None if following is None else following.page)
    if loaded.is_truncated and pieces:
        pieces[-1] = pieces[-1].truncate()
    return pieces


async def _find_on_page(opened: OpenDocument, page: Page) -> PageTables:
    """Return the tables of a page; a page that is damaged has none."""
    try:
        answer = await opened.ask(FindTables(page.number))
    except ReadingError as error:
        if error.refusal.code != "broken":
            raise
        return PageTables(is_truncated=True)
    assert isinstance(answer, TablesFound), "the answer to that task"
    return PageTables(tuple(place_on_page(table, page) for table in answer.tables))


def _to_table(table: ExtractedTable, page: Page) -> Table:
    """Return a table of a picture as one of the page that the picture is of, all of whose text is the table's."""
    return Table(0, len(page.text), tuple(cell.to_cell() for cell in table.cells))
