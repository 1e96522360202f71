"""Where cells of tables are."""

from hypothesis import given
from hypothesis import strategies as st

from server.library.readers.html_tables import MAX_COLUMNS, TableBuilder

SPANS = st.tuples(st.integers(0, 5), st.integers(0, 5))


def build(rows: list[list[tuple[int, int]]]) -> TableBuilder:
    table = TableBuilder()
    for row in rows:
        table.add_row()
        for num_rows, num_columns in row:
            table.add_cell("x", num_rows, num_columns, False)
    return table


@given(st.lists(st.lists(SPANS, max_size=5), max_size=6))
def test_no_cell_is_lost(rows: list[list[tuple[int, int]]]) -> None:
    built = build(rows).build()
    assert [len(row.cells or ()) for row in built] == [len(row) for row in rows]


@given(st.lists(st.lists(st.tuples(st.just(1), st.integers(1, 3)), max_size=5), max_size=6))
def test_the_text_of_a_row_has_each_cell_in_its_column(rows: list[list[tuple[int, int]]]) -> None:
    for row in build(rows).build():
        texts = row.text.rstrip("\n").split("\t")
        assert all(texts[cell.column] == "x" for cell in row.cells or ())


def test_cells_make_way_for_those_above() -> None:
    table = build([[(3, 1), (1, 1)], [(1, 1)], [(1, 2)], [(1, 1)]])
    assert [[cell.column for cell in row] for row in table.rows] == [[0, 1], [1], [1], [0]]


def test_a_group_ends_spans() -> None:
    table = build([[(0, 1), (1, 1)]])
    table.end_group()
    table.add_row()
    table.add_cell("y", 1, 1, False)
    assert table.rows[1][0].column == 0


def test_absurd_spans_are_bounded() -> None:
    table = build([[(1, 10**9)] * 100, [(10**9, 1)]])
    assert max(cell.column + cell.num_columns for row in table.rows for cell in row) <= MAX_COLUMNS


def test_a_cell_without_a_row_begins_one() -> None:
    table = TableBuilder()
    table.add_cell("a", 1, 1, True)
    assert [row.text for row in table.build()] == ["a\n"]


def test_a_row_without_text_has_none() -> None:
    table = TableBuilder()
    table.add_row()
    table.add_cell("", 1, 1, False)
    assert [row.text for row in table.build()] == [""]
