"""Tables as CSV and Markdown."""

import csv
import io
import re

from hypothesis import given
from hypothesis import strategies as st

from server.library.tables.formats import write_csv, write_markdown
from server.library.tables.grid import TableGrid
from server.library.tables.records import ExtractedTable, TableCell
from tests.helpers.tables import make_table

SPANNED = make_table("品名 | 2024 | ", " | Q1 | Q2", "笔 | 1 | 2", spans=[(0, 0, 2, 1), (0, 1, 1, 2)])


def of_texts(rows: list[list[str]]) -> TableGrid:
    cells = tuple(TableCell(text, r, c) for r, row in enumerate(rows) for c, text in enumerate(row))
    return TableGrid.of(ExtractedTable(cells=cells, num_rows=len(rows), num_columns=len(rows[0])))


def test_a_cell_over_several_places_is_at_the_first() -> None:
    assert write_csv(TableGrid.of(SPANNED)) == "品名,2024,\r\n,Q1,Q2\r\n笔,1,2\r\n"


def test_markdown_has_one_header_row() -> None:
    assert write_markdown(TableGrid.of(SPANNED)) == (
        "| 品名 | 2024 / Q1 | 2024 / Q2 |\n| --- | --- | --- |\n| 笔 | 1 | 2 |\n"
    )


def test_nothing_in_a_cell_acts_as_markdown() -> None:
    written = write_markdown(of_texts([["a|b", "c"], ["<b>*x*", "line\nbreak"]]))
    assert written.splitlines()[-1] == r"| \<b\>\*x\* | line<br>break |"
    assert written.splitlines()[0].count("|") == 3 + len(re.findall(r"\\\|", written.splitlines()[0]))


def test_formulas_are_guarded_and_numbers_are_not() -> None:
    grid = of_texts([["=1+1", "-5.50", "@x", "+3", "-cmd|' /C calc'!A0", "(5)"]])
    assert next(csv.reader(io.StringIO(write_csv(grid)))) == [
        "'=1+1",
        "-5.50",
        "'@x",
        "+3",
        "'-cmd|' /C calc'!A0",
        "(5)",
    ]


texts = st.text(st.characters(exclude_categories=("Cs", "Cc"), exclude_characters="=+-@"), max_size=12)


@given(
    rows=st.integers(1, 4).flatmap(lambda n: st.lists(st.lists(texts, min_size=n, max_size=n), min_size=1, max_size=5))
)
def test_csv_is_read_back_as_it_was(rows: list[list[str]]) -> None:
    assert list(csv.reader(io.StringIO(write_csv(of_texts(rows)), newline=""))) == rows


@given(rows=st.lists(st.lists(texts, min_size=2, max_size=2), min_size=2, max_size=5))
def test_markdown_has_all_cells_of_all_rows(rows: list[list[str]]) -> None:
    lines = write_markdown(of_texts(rows)).splitlines()
    num_columns = {len(re.findall(r"(?<!\\)(?:\\\\)*\|", line)) - 1 for line in lines}
    assert num_columns == {2}
