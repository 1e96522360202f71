"""Which rows are the header, and the names of the columns."""

import pytest

from server.library.tables.grid import TableGrid, make_unique, name_by_letter
from server.library.tables.records import ExtractedTable
from tests.helpers.tables import make_table


def header_of(table: ExtractedTable) -> tuple[int, tuple[str, ...]]:
    grid = TableGrid.of(table)
    return grid.num_header_rows, grid.columns


@pytest.mark.parametrize(
    ("table", "num_rows", "columns"),
    [
        (make_table("品名 | 单价", "笔 | 3", "本 | 5"), 1, ("品名", "单价")),
        (make_table("笔 | 3", "本 | 5"), 0, ("A", "B")),
        (make_table("品名 | 2023 | 2024", "笔 | 3 | 4"), 1, ("品名", "2023", "2024")),
        (make_table("2024年销售 | | ", "品名 | 单价 | 数量", "笔 | 3 | 4"), 2, ("品名", "单价", "数量")),
        (make_table("A | B | A", "x | 1 | 2"), 1, ("A", "B", "A (2)")),
        (make_table("Name | Mail", "Ann | a@b.c"), 1, ("Name", "Mail")),
        (make_table(" | 单价", "笔 | 3", "本 | 4"), 0, ("A", "B")),
        (make_table("品名 | 价格", "笔 | 面议", "本 | 100"), 1, ("品名", "价格")),
        (make_table("合计 | 5"), 0, ("A", "B")),
    ],
)
def test_a_header_that_is_not_marked(table: ExtractedTable, num_rows: int, columns: tuple[str, ...]) -> None:
    assert header_of(table) == (num_rows, columns)


def test_a_marked_header_may_hold_numbers() -> None:
    assert header_of(make_table("月 | 1 | 2", "笔 | 3 | 4", num_header_rows=1)) == (1, ("月", "1", "2"))


def test_names_of_several_header_rows_are_joined() -> None:
    table = make_table(
        "品名 | 2024 | | 2023 | ",
        " | Q1 | Q2 | Q1 | Q2",
        "笔 | 1 | 2 | 3 | 4",
        spans=[(0, 0, 2, 1), (0, 1, 1, 2), (0, 3, 1, 2)],
    )
    assert header_of(table) == (2, ("品名", "2024 / Q1", "2024 / Q2", "2023 / Q1", "2023 / Q2"))


def test_groups_whose_cells_are_not_joined() -> None:
    table = make_table("品名 | 2024 | | 2023 | ", " | Q1 | Q2 | Q1 | Q2", "笔 | 1 | 2 | 3 | 4")
    assert header_of(table) == (2, ("品名", "2024 / Q1", "2024 / Q2", "2023 / Q1", "2023 / Q2"))


def test_a_marked_row_of_groups_has_the_names_below_it_too() -> None:
    table = make_table(
        "品名 | 价格 | ", " | 含税 | 未税", "笔 | 3 | 2", num_header_rows=1, spans=[(0, 0, 2, 1), (0, 1, 1, 2)]
    )
    assert header_of(table) == (2, ("品名", "价格 / 含税", "价格 / 未税"))


def test_names_without_a_header_are_letters_and_no_two_are_alike() -> None:
    assert [name_by_letter(i) for i in (0, 25, 26, 701, 702)] == ["A", "Z", "AA", "ZZ", "AAA"]
    assert make_unique(["a", "a", "a (2)", "a"]) == ("a", "a (2)", "a (2) (2)", "a (3)")
