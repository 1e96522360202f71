"""Tables below one another in a sheet."""

import pytest

from server.library.readers.records import Cell, Page, Row, Table
from server.library.tables.joining import find_pieces
from server.library.tables.pieces import TablePiece
from server.library.tables.stacked import split_stacked

FIRST = ["Item | Price", "Pen | 3", "Ink | 5"]
SECOND = ["Store | Stock | Note", "North | 70 | x", "South | 90 |"]


def make_sheet(*blocks: list[str], number: int = 1, first_row: int = 1) -> Page:
    """Return a page of a sheet with a blank row between blocks of rows."""
    cells: list[Cell] = []
    rows: list[Row] = []
    place = first_row
    for block in blocks:
        for row in block:
            texts = [text.strip() for text in row.split("|")]
            cells += [Cell(text, len(rows), column) for column, text in enumerate(texts)]
            rows.append(Row(place, 0, 1))
            place += 1
        place += 1
    return Page(number=number, text="-", tables=(Table(0, 1, tuple(cells)),), sheet="S", rows=tuple(rows))


def split(*blocks: list[str]) -> list[list[str]]:
    page = make_sheet(*blocks)
    return [[cell.text for cell in piece.table.cells if cell.column == 0] for piece in _split(page)]


def _split(page: Page) -> list[TablePiece]:
    return split_stacked(TablePiece.of(page, page.tables[0], 0))


def test_a_table_with_a_header_of_its_own_is_another() -> None:
    assert split(FIRST, SECOND) == [["Item", "Pen", "Ink"], ["Store", "North", "South"]]
    assert split(FIRST, ["Table 2 |", *SECOND]) == [["Item", "Pen", "Ink"], ["Table 2", "Store", "North", "South"]]


@pytest.mark.parametrize(
    "block",
    [
        ["Cap | 4", "Bag | 9"],
        ["Cap | sold out", "Bag | 9"],
        ["Note: with tax |"],
        ["Total | 8"],
        ["Cap | -", "Bag | 9", "Cup | 2"],
    ],
)
def test_what_goes_on_the_table_stays_in_it(block: list[str]) -> None:
    assert len(split(FIRST, block)) == 1


def test_rows_keep_their_numbers_in_the_sheet() -> None:
    pieces = _split(make_sheet(FIRST, SECOND, first_row=4))
    assert [piece.row_numbers for piece in pieces] == [(4, 5, 6), (8, 9, 10)]
    assert [min(cell.row for cell in piece.table.cells) for piece in pieces] == [0, 0]


def test_the_last_of_them_goes_on_over_the_next_part_of_the_sheet() -> None:
    pages = (make_sheet(FIRST, SECOND), make_sheet(["West | 5 | y"], number=2, first_row=8))
    pieces = find_pieces(pages)
    assert [(piece.index, piece.continues) for piece in pieces] == [(0, False), (1, False), (0, True)]
