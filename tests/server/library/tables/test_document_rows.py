"""The rows of a part of a table are the same, whichever way they are made."""

import pytest
from msgspec import structs

from server.library.readers.records import Cell, Page, Row, Table
from server.library.tables.document_rows import list_rows
from server.library.tables.grid import TableGrid
from server.library.tables.joining import find_pieces
from server.library.tables.pieces import TablePiece, join_pieces
from server.library.tables.records import TableRow

HEADER = (Cell("name", 0, 0, is_header=True), Cell("price", 0, 1, is_header=True))


def make_part(*cells: Cell, number: int = 2, row_numbers: tuple[int, ...] = (8, 9, 11)) -> TablePiece:
    """Return the part of a sheet on its second page, behind the header that each part repeats."""
    first = Page(
        number=1, text="h\na\n", rows=(Row(1, 0, 2), Row(2, 2, 4)), tables=(Table(0, 4, (*HEADER, Cell("a", 1, 0))),)
    )
    rows = tuple(Row(each, 0, 0) for each in row_numbers)
    moved = tuple(structs.replace(cell, row=cell.row + 1) for cell in cells)
    page = Page(number=number, text="", rows=rows, tables=(Table(0, 0, (*HEADER, *moved)),))
    return find_pieces([first, page])[-1]


def list_by_grid(piece: TablePiece, num_columns: int) -> list[TableRow]:
    table = join_pieces([piece])
    rows = TableGrid.without_header(structs.replace(table, num_columns=max(table.num_columns, num_columns))).list_rows()
    return [structs.replace(row, texts=row.texts[:num_columns]) for row in rows]


@pytest.mark.parametrize("num_columns", [1, 2, 5])
def test_rows_without_spans_are_those_of_the_grid(num_columns: int) -> None:
    piece = make_part(Cell(" kettle ", 0, 0), Cell("20", 0, 1), Cell("", 1, 0), Cell("x", 2, 1), Cell("note", 2, 3))
    rows = list_rows(piece, 100, num_columns)
    assert piece.continues
    assert rows == list_by_grid(piece, num_columns)
    assert [(row.number, row.page) for row in rows] == [(8, 2), (11, 2)]


def test_a_cell_that_spans_rows_is_in_each() -> None:
    piece = make_part(Cell("all", 0, 0, num_rows=3), Cell("1", 0, 1), Cell("2", 1, 1), Cell("3", 2, 1))
    rows = list_rows(piece, 100, 2)
    assert [row.texts for row in rows] == [("all", "1"), ("all", "2"), ("all", "3")]
    assert [row.repeated for row in rows] == [frozenset(), {0}, {0}]


def test_rows_of_no_sheet_are_counted_on() -> None:
    piece = make_part(Cell("a", 0, 0), Cell("b", 1, 0), Cell("c", 2, 0))
    bare = TablePiece(piece.page, piece.table, 0, continues=True)
    assert [row.number for row in list_rows(bare, 40, 2)] == [41, 42, 43]
