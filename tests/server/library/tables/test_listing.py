"""The list of the tables of a document, and all rows of those that are cut off in it, read a page at a time."""

from collections.abc import AsyncGenerator, Sequence
from typing import cast

import pytest
from msgspec import structs

from server.library.readers.records import Cell, Page, Row
from server.library.tables import listing
from server.library.tables.document_rows import DocumentRows, list_rows
from server.library.tables.extraction import DocumentTables
from server.library.tables.joining import find_pieces
from server.library.tables.listing import list_tables, open_rows
from server.library.tables.model import TableModel
from server.library.tables.pieces import TablePiece
from server.library.tables.records import TableSource
from server.store.library_records import LibraryDocument
from tests.helpers.tables import make_page

pytestmark = pytest.mark.anyio


class FakeTables:
    """Finds the tables of pages that it is given, and keeps the numbers of those that were asked for."""

    def __init__(self, *pages: Page) -> None:
        self._pages = pages
        self.asked: list[int] = []

    async def read_pieces(
        self, _document: object, numbers: Sequence[int], _model: TableModel | None = None
    ) -> AsyncGenerator[list[TablePiece]]:
        pieces = find_pieces([page for page in self._pages if page.number in numbers])
        for number in numbers:
            self.asked.append(number)
            yield [piece for piece in pieces if piece.page.number == number]


class FakeDocument:
    id, name = "d1", "list.pdf"

    def __init__(self, num_pages: int) -> None:
        self.num_pages_read = num_pages


LONG = (
    make_page(1, "Item | Price", "Pen | 3", "Ink | 5"),
    make_page(2, "Item | Price", "Cap | 7"),
    make_page(3, "Item | Price", "Bag | 9", after="\nThe end of the list, and of all that is said about it.\n"),
    make_page(4, "Town | People", "Oslo | 700"),
)


def open_tables(*pages: Page) -> tuple[DocumentTables, LibraryDocument, FakeTables]:
    fake = FakeTables(*pages)
    return cast("DocumentTables", fake), cast("LibraryDocument", FakeDocument(len(pages))), fake


async def read(rows: DocumentRows) -> list[tuple[int, int, tuple[str, ...]]]:
    return [(row.number, row.page, row.texts) async for batch in rows.read() for row in batch]


async def test_rows_go_on_over_pages_and_end_where_the_table_does() -> None:
    tables, document, fake = open_tables(*LONG)
    rows = DocumentRows(tables, document, TableSource("d1", "list.pdf", 1, 0), ("Item", "Price"))
    assert await read(rows) == [
        (2, 1, ("Pen", "3")),
        (3, 1, ("Ink", "5")),
        (4, 2, ("Cap", "7")),
        (5, 3, ("Bag", "9")),
    ]
    assert await read(rows) == await read(rows)
    assert max(fake.asked) == 4


async def test_a_table_that_is_not_there_has_no_rows() -> None:
    tables, document, _ = open_tables(*LONG)
    assert await read(DocumentRows(tables, document, TableSource("d1", "list.pdf", 1, 7), ("Item", "Price"))) == []


def test_rows_have_as_many_columns_as_the_whole_table() -> None:
    (wide,) = find_pieces([make_page(1, "a | b | c", "1 | 2 | 3")])
    assert [row.texts for row in list_rows(wide, 0, 2)] == [("1", "2")]
    assert [row.texts for row in list_rows(wide, 0, 4)] == [("1", "2", "3", "")]


def test_rows_of_a_sheet_keep_their_numbers() -> None:
    page = make_page(1, "a | b", "1 | 2", sheet="S")
    page = structs.replace(page, rows=(Row(8, 0, 1), Row(9, 1, 2)))
    (piece,) = find_pieces([page])
    assert [row.number for row in list_rows(piece, 100, 2)] == [9]


async def test_tables_are_joined_over_pages() -> None:
    tables, document, _ = open_tables(*LONG)
    stored, is_all = await list_tables(tables, document, range(1, 5))
    assert is_all
    assert [(each.table.num_rows, each.table.first_page, each.table.last_page) for each in stored] == [
        (5, 1, 3),
        (2, 4, 4),
    ]


async def test_a_table_with_too_many_cells_is_cut_and_all_of_its_rows_are_read_from_the_document(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(listing, "MAX_CELLS", 7)
    tables, document, _ = open_tables(*LONG)
    (cut,), is_all = await list_tables(tables, document, range(1, 5))
    assert (is_all, cut.table.is_truncated, cut.table.num_rows) == (False, True, 3)
    rows = await open_rows(cut, tables, document)
    assert isinstance(rows, DocumentRows)
    assert [texts[0] for _, _, texts in await read(rows)] == ["Pen", "Ink", "Cap", "Bag"]


async def test_no_more_than_so_many_tables_are_listed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listing, "MAX_TABLES", 1)
    tables, document, _ = open_tables(*LONG)
    stored, is_all = await list_tables(tables, document, range(1, 5))
    assert (len(stored), is_all) == (1, False)


def test_cells_that_span_past_a_cut_are_clipped() -> None:
    (piece,) = find_pieces([make_page(1, "a | b", "1 | 2", "3 | 4")])
    tall = structs.replace(piece.table, cells=(Cell("a", 0, 0, 3, 1), *piece.table.cells[1:2], *piece.table.cells[3:]))
    cut = TablePiece(piece.page, tall, 0).cut(3)
    assert cut.is_truncated
    assert next((cell.text, cell.num_rows) for cell in cut.table.cells) == ("a", 2)
