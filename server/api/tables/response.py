"""The answers of `/tables`."""

from collections.abc import Sequence
from typing import Literal

import msgspec
from msgspec import Struct

from server.library.tables.formats import write_csv, write_markdown
from server.library.tables.grid import TableGrid
from server.library.tables.listing import StoredTable
from server.library.tables.numbers import format_quantity
from server.library.tables.plan import Plan
from server.library.tables.records import TableRow
from server.library.tables.result import Result

TableFormat = Literal["json", "csv", "markdown"]


class ShownCell(Struct, omit_defaults=True):
    """A cell, which may span several rows or columns. Both count from 0."""

    text: str
    row: int
    column: int
    num_rows: int = 1
    num_columns: int = 1
    page: int | None = None
    is_header: bool = False


class ShownTable(Struct):
    """A table. `header` are the names of its columns; its first `num_header_rows` rows are titles and header.

    `truncated` says that there are more rows than `num_rows`. It has `cells`, `csv` or `markdown`, by the format.
    """

    id: str
    pages: list[int]
    sheet: str | None
    header: list[str]
    num_header_rows: int
    num_rows: int
    num_columns: int
    truncated: bool
    cells: list[ShownCell] | msgspec.UnsetType = msgspec.UNSET
    csv: str | msgspec.UnsetType = msgspec.UNSET
    markdown: str | msgspec.UnsetType = msgspec.UNSET


class TableList(Struct):
    """The tables of a document or a picture. `truncated` says that there are more tables, or more rows of the last."""

    tables: list[ShownTable]
    truncated: bool


class ShownRow(Struct):
    """A row that a result came from: its number in the sheet, or in the table from 1, and its texts."""

    row: int
    page: int
    values: list[str]


class ShownValue(Struct):
    """A computed number. `value` is exact, in digits; `text` has the unit and thousands separators."""

    column: str | None
    function: str
    value: str
    unit: str
    text: str


class ShownGroup(Struct):
    """The numbers of a group; `name` is null where the whole table is one."""

    name: str | None
    num_rows: int
    values: list[ShownValue]


class ShownResult(Struct):
    """What was computed, of how many rows, and how many rows of totals and cells without numbers were left out."""

    plan: Plan
    groups: list[ShownGroup]
    num_rows: int
    num_totals: int
    num_unread: int


class TableAnswered(Struct):
    """The answer to a question about a table. `result` is null where nothing was computed: the model read the table.

    `header` are the names of the columns of `rows`.
    """

    answer: str
    result: ShownResult | None
    header: list[str]
    rows: list[ShownRow]


def show_table(table_id: str, stored: StoredTable, table_format: TableFormat) -> ShownTable:
    """Return a table in a format. Takes tens of milliseconds for a large one."""
    table, grid = stored.table, TableGrid.of(stored.table)
    shown = ShownTable(
        id=table_id,
        pages=list(range(table.first_page, table.last_page + 1)),
        sheet=table.sheet,
        header=list(grid.columns),
        num_header_rows=grid.num_header_rows,
        num_rows=table.num_rows,
        num_columns=table.num_columns,
        truncated=table.is_truncated,
    )
    if table_format == "csv":
        shown.csv = write_csv(grid)
    elif table_format == "markdown":
        shown.markdown = write_markdown(grid)
    else:
        shown.cells = _list_cells(grid)
    return shown


def _list_cells(grid: TableGrid) -> list[ShownCell]:
    return [
        ShownCell(
            text=cell.text,
            row=cell.row,
            column=cell.column,
            num_rows=cell.num_rows,
            num_columns=cell.num_columns,
            page=cell.page,
            is_header=cell.row < grid.num_header_rows,
        )
        for cell in grid.table.cells
    ]


def show_result(plan: Plan, result: Result) -> ShownResult:
    groups = [
        ShownGroup(
            group.name,
            group.num_rows,
            [
                ShownValue(
                    value.aggregate.column,
                    value.aggregate.function,
                    f"{each.value:f}",
                    each.unit,
                    format_quantity(each),
                )
                for value in group.values
                for each in value.quantities
            ],
        )
        for group in result.groups
    ]
    return ShownResult(plan, groups, result.num_rows, result.num_totals, result.num_unread)


def show_rows(rows: Sequence[TableRow]) -> list[ShownRow]:
    return [ShownRow(row.number, row.page, list(row.texts)) for row in rows]
