"""Tables of HTML: where each cell is, with spans of rows and columns."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from msgspec import structs

from server.library.readers.blocks import TableRow
from server.library.readers.headers import find_header
from server.library.readers.records import Cell

MAX_COLUMNS = 16_384
MAX_COLUMN_SPAN = 1000
MAX_ROW_SPAN = 65_534
"""The HTML standard's own bounds of spans (4.9.11)."""

NUM_HEADER_ROWS = 20
"""The header is looked for among so many rows."""


@dataclass
class TableBuilder:
    """Takes the rows and cells of a table in their order, and puts each cell into the first column that is free."""

    rows: list[list[Cell]] = field(default_factory=list)
    _taken: dict[int, int] = field(default_factory=dict)
    _column: int = 0

    def add_row(self) -> None:
        self.rows.append([])
        self._column = 0
        self._taken = {column: end for column, end in self._taken.items() if end > len(self.rows) - 1}

    def add_cell(self, text: str, num_rows: int, num_columns: int, is_header: bool) -> None:
        """Add a cell to the last row; `num_rows` 0 spans all rows that follow."""
        if not self.rows:
            self.add_row()
        row, column = len(self.rows) - 1, self._find_free_column()
        if column >= MAX_COLUMNS:
            return
        num_columns = max(1, min(num_columns, MAX_COLUMN_SPAN, MAX_COLUMNS - column))
        num_rows = min(num_rows, MAX_ROW_SPAN) if num_rows > 0 else MAX_ROW_SPAN
        self.rows[row].append(Cell(text, row, column, num_rows, num_columns, is_header))
        self._column = column + num_columns
        if num_rows > 1:
            self._taken.update(dict.fromkeys(range(column, self._column), row + num_rows))

    def end_group(self) -> None:
        """End the spans of a group of rows, which do not reach into the next."""
        self._taken = {}

    def build(self) -> tuple[TableRow, ...]:
        """Return the rows: the cells of a row joined by tabs, with nothing where a cell is spanned or missing."""
        num_columns = max((cell.column + cell.num_columns for row in self.rows for cell in row), default=0)
        rows = _mark_header(self.rows, num_columns)
        return tuple(TableRow(_join_cells(row), tuple(row)) for row in rows)

    def _find_free_column(self) -> int:
        column = self._column
        while column in self._taken:
            column += 1
        return column


def _join_cells(row: Sequence[Cell]) -> str:
    """Join the texts of cells by tabs so that each is in its column. A row without text has none."""
    parts: list[str] = []
    column = 0
    for cell in row:
        parts.append("\t" * (cell.column - column) + cell.text)
        column = cell.column
    text = "".join(parts).rstrip("\t")
    return f"{text}\n" if text.strip() else ""


def _mark_header(rows: list[list[Cell]], num_columns: int) -> list[list[Cell]]:
    """Mark the row that looks like the header where no cell is marked."""
    if any(cell.is_header for row in rows for cell in row):
        return rows
    header = find_header([_spread(row, num_columns) for row in rows[:NUM_HEADER_ROWS]])
    return [
        [structs.replace(cell, is_header=True) for cell in row] if number in header else row
        for number, row in enumerate(rows)
    ]


def _spread(row: list[Cell], num_columns: int) -> list[str]:
    texts = [""] * num_columns
    for cell in row:
        if cell.column < len(texts):
            texts[cell.column] = cell.text
    return texts
