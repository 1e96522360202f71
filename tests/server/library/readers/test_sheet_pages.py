"""Rows of sheets put together into pages."""

from hypothesis import given
from hypothesis import strategies as st

from server.library.readers.records import Cell
from server.library.readers.sheet_pages import MAX_CHARACTERS, MAX_ROWS, SheetRow, build_sheet_pages
from tests.helpers.reading import check_places, list_cells, list_header, list_spans


def build_row(number: int, *texts: str) -> SheetRow:
    cells = tuple(Cell(text, 0, column) for column, text in enumerate(texts) if text)
    return SheetRow(number, "\t".join(texts) + "\n", cells)


@given(st.lists(st.lists(st.integers(0, 9000).map(lambda length: "x" * length), max_size=3), max_size=30))
def test_the_pages_are_the_rows(table: list[list[str]]) -> None:
    rows = [build_row(number, *texts) for number, texts in enumerate(table, 1)]
    pages = list(build_sheet_pages(rows, "S", 5))
    assert "".join(page.text for page in pages) == "".join(row.text for row in rows)
    assert [page.number for page in pages] == list(range(5, 5 + len(pages)))
    assert {row.number for page in pages for row in page.rows} >= {row.number for row in rows if row.cells}
    for page in pages:
        check_places(page)
        assert len(page.text) <= MAX_CHARACTERS


def test_pages_have_so_many_rows_and_the_header() -> None:
    rows = [
        build_row(1, "Prices"),
        build_row(3, "name", "price"),
        *(build_row(n, f"p{n}", str(n)) for n in range(4, 500)),
    ]
    pages = list(build_sheet_pages(rows, "S", 1))
    assert [len(page.rows) for page in pages] == [MAX_ROWS, MAX_ROWS, 98]
    assert [list_header(page) for page in pages] == [["name", "price"]] * 3
    assert list_cells(pages[1])[:4] == [(0, 0, "name"), (0, 1, "price"), (1, 0, "p202"), (1, 1, "202")]
    assert pages[1].rows[0].number == 202
    assert {page.sheet for page in pages} == {"S"}


def test_spans_count_only_rows_that_are_there() -> None:
    tall = SheetRow(1, "a\n", (Cell("a", 0, 0, num_rows=5, num_columns=2),))
    (page,) = build_sheet_pages([tall, build_row(3, "", "", "b"), build_row(9, "c")], "S", 1)
    assert list_spans(page) == {"a": (2, 2)}
    assert list_cells(page) == [(0, 0, "a"), (1, 2, "b"), (2, 0, "c")]


def test_no_rows_are_no_pages() -> None:
    assert list(build_sheet_pages([], "S", 1)) == []
