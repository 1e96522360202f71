"""Tables that go on over a page break."""

import pytest
from msgspec import structs

from server.library.readers.records import Cell, Page, Row, Table
from server.library.tables.grid import TableGrid
from server.library.tables.joining import find_pieces
from server.library.tables.pieces import TablePiece, join_pieces
from server.library.tables.records import ExtractedTable
from tests.helpers.tables import make_page

HEADER = "Product | Price | Stock"
FIRST = make_page(1, HEADER, "Pen | 3 | 10", "Desk | 250 | 7", before="Price list 2024\n", after="\n1 / 2")


def join(*pages: Page) -> list[ExtractedTable]:
    tables: list[list[TablePiece]] = []
    for piece in find_pieces(pages):
        if piece.continues:
            tables[-1].append(piece)
        else:
            tables.append([piece])
    return [join_pieces(pieces) for pieces in tables]


def texts_of(table: ExtractedTable) -> list[str]:
    return [" | ".join(row) for row in TableGrid.of(table).list_texts(has_repeats=False)]


@pytest.mark.parametrize(
    "second",
    [
        make_page(2, "Lamp | 100 | 1", after="\n2 / 2"),
        make_page(2, HEADER, "Lamp | 100 | 1", after="\n2 / 2"),
        make_page(2, HEADER, "Lamp | 100 | 1", before="Price list 2024\n", after="\n2 / 2\nNotes"),
        make_page(2, "Lamp | 100 | 1", before="续表 1\n"),
        make_page(2, HEADER, "Lamp | 100 | 1", before="Table 1 (continued)\n", after="\nPage 2 of 2"),
        make_page(2, "Lamp | 100 | 1", before="Price list 2024\n", after="\n- 2 -"),
    ],
)
def test_a_table_that_goes_on_is_one(second: Page) -> None:
    (table,) = join(FIRST, second)
    assert texts_of(table) == [HEADER, "Pen | 3 | 10", "Desk | 250 | 7", "Lamp | 100 | 1"]
    assert (table.first_page, table.last_page) == (1, 2)
    assert [cell.page for cell in table.cells if cell.text in ("Pen", "Lamp")] == [1, 2]


@pytest.mark.parametrize(
    "second",
    [
        make_page(2, "Lamp | 100", after="\n2 / 2"),
        make_page(2, "Lamp | 100 | 1", before="The prices of the branch in the south are others.\n"),
        make_page(2, "Name | Salary | Age", "Ann | 5,000 | 30", "Bob | 4,000 | 40"),
        make_page(3, "Lamp | 100 | 1"),
    ],
)
def test_another_table_stays_another(second: Page) -> None:
    assert len(join(FIRST, second)) == 2


def test_text_after_a_table_ends_it() -> None:
    first = make_page(1, HEADER, "Pen | 3 | 10", after="\nAll prices are without tax, and change every year.\n1 / 2")
    assert len(join(first, make_page(2, "Lamp | 100 | 1"))) == 2


def test_a_running_title_is_known_from_the_page_behind() -> None:
    pages = [make_page(n, f"Lamp {n} | 100 | 1", before="ACME GmbH\n") for n in (2, 3, 4)]
    assert len(join(FIRST, *pages)) == 1


def test_only_the_last_table_of_a_page_goes_on() -> None:
    first = Page(number=1, text="", tables=(*FIRST.tables, *make_page(1, "a | b | c", "d | e | f").tables))
    joined = join(first, make_page(2, "g | h | 1"))
    assert [len(texts_of(table)) for table in joined] == [3, 3]


def make_part(number: int, first_row: int, *rows: str, sheet: str | None = "Prices", has_header: bool = False) -> Page:
    """Return a part of a sheet; the header of one that is not the first is repeated, but is none of its rows."""
    header = [HEADER] if has_header else []
    page = make_page(number, *header, *rows, sheet=sheet)
    cells = tuple(structs.replace(cell, is_header=cell.row == 0 and has_header) for cell in page.tables[0].cells)
    numbers = tuple(Row(first_row + i, 0, 0) for i in range(len(rows)))
    return structs.replace(page, rows=numbers, tables=(structs.replace(page.tables[0], cells=cells),))


@pytest.mark.parametrize("sheet", ["Prices", None])
def test_the_parts_of_a_sheet_are_one_table_with_its_row_numbers(sheet: str | None) -> None:
    parts = [
        make_part(1, 3, HEADER, "Pen | 3 | 10", sheet=sheet),
        make_part(2, 5, "Lamp | 100 | ", "Desk | 250 | ", sheet=sheet, has_header=True),
        make_part(3, 9, "Bag | 20 | 3", sheet=sheet, has_header=True),
    ]
    (table,) = join(*parts)
    assert texts_of(table) == [HEADER, "Pen | 3 | 10", "Lamp | 100 | ", "Desk | 250 | ", "Bag | 20 | 3"]
    assert table.row_numbers == (3, 4, 5, 6, 9)
    assert [row.number for row in TableGrid.of(table).list_rows()] == [4, 5, 6, 9]


def test_another_sheet_is_another_table() -> None:
    parts = [make_part(1, 1, HEADER, "Pen | 3 | 10"), make_part(2, 1, HEADER, "Ink | 1 | 1", sheet="Old")]
    assert [table.sheet for table in join(*parts)] == ["Prices", "Old"]


def test_a_later_part_alone_has_its_header() -> None:
    (table,) = join(make_part(7, 1200, "Bag | 20 | 3", has_header=True))
    assert texts_of(table) == [HEADER, "Bag | 20 | 3"]
    assert [row.number for row in TableGrid.of(table).list_rows()] == [1200]


def test_a_cut_table_has_whole_rows_alone() -> None:
    piece = find_pieces([make_part(1, 3, HEADER, "Pen | 3 | 10", "Desk | 250 | 7")])[0].cut(8)
    table = join_pieces([piece])
    assert (texts_of(table), table.is_truncated) == ([HEADER, "Pen | 3 | 10"], True)
    assert piece.cut(6) is piece


def test_spans_stay_and_do_not_reach_beyond_a_cut() -> None:
    cells = (Cell("a", 0, 0, 3, 1), Cell("b", 0, 1), Cell("c", 1, 1), Cell("d", 2, 1))
    piece = TablePiece(Page(number=1, text=""), Table(0, 0, cells), 0)
    assert [(cell.text, cell.num_rows) for cell in piece.cut(3).table.cells] == [("a", 2), ("b", 1), ("c", 1)]
