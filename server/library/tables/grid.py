"""The rows and columns of a table with its spans resolved, and the names of its columns."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from string import ascii_uppercase

from server.library.tables.header import Places, count_header_rows, name_columns
from server.library.tables.records import ExtractedTable, TableCell, TableRow


@dataclass(frozen=True)
class TableGrid:
    """Which cell covers each place of a table; None where no cell does. The first `num_header_rows` are its header."""

    table: ExtractedTable
    places: Places
    num_header_rows: int

    @classmethod
    def of(cls, table: ExtractedTable) -> "TableGrid":
        places = _place(table)
        return cls(table, places, count_header_rows(places))

    @classmethod
    def without_header(cls, table: ExtractedTable) -> "TableGrid":
        """Return the grid of the part of a table that goes on one on an earlier page."""
        return cls(table, _place(table), 0)

    @property
    def columns(self) -> tuple[str, ...]:
        """The names of the columns, no two of them alike: those of several header rows joined, letters for none."""
        headers = name_columns(self.places[: self.num_header_rows])
        return make_unique(headers.get(column) or name_by_letter(column) for column in range(self.table.num_columns))

    def list_texts(self, *, has_repeats: bool) -> Iterator[list[str]]:
        """Yield the texts of each row; a cell that spans several places is at its first, or at all of them."""
        for index, row in enumerate(self.places):
            yield [
                cell.text if cell is not None and (has_repeats or _begins(cell, index, column)) else ""
                for column, cell in enumerate(row)
            ]

    def list_rows(self) -> Iterator[TableRow]:
        """Yield the rows below the header that are not empty."""
        for index in range(self.num_header_rows, self.table.num_rows):
            row = self.places[index]
            if any(cell is not None and cell.text for cell in row):
                yield self._to_row(index, row)

    def _to_row(self, index: int, row: Sequence[TableCell | None]) -> TableRow:
        numbers = self.table.row_numbers
        repeated = (c for c, cell in enumerate(row) if cell is not None and not _begins(cell, index, c))
        pages = (cell.page for cell in row if cell is not None and cell.row == index)
        return TableRow(
            numbers[index] if index < len(numbers) else index + 1,
            next(pages, self.table.first_page),
            tuple("" if cell is None else cell.text for cell in row),
            frozenset(repeated),
        )


def _place(table: ExtractedTable) -> Places:
    places: list[list[TableCell | None]] = [[None] * table.num_columns for _ in range(table.num_rows)]
    for cell in table.cells:
        for row in places[cell.row : cell.row + cell.num_rows]:
            for column in range(cell.column, min(cell.column + cell.num_columns, table.num_columns)):
                row[column] = cell
    return places


def name_by_letter(column: int) -> str:
    """Return the name of a column without a header, as sheets name it: A, B, ... Z, AA."""
    name = ""
    column += 1
    while column:
        column, letter = divmod(column - 1, len(ascii_uppercase))
        name = ascii_uppercase[letter] + name
    return name


def make_unique(names: Iterable[str]) -> tuple[str, ...]:
    """Return names with a number behind each that was there before."""
    found: dict[str, None] = {}
    for name in names:
        number, candidate = 1, name
        while candidate in found:
            number += 1
            candidate = f"{name} ({number})"
        found[candidate] = None
    return tuple(found)


def _begins(cell: TableCell, row: int, column: int) -> bool:
    return (cell.row, cell.column) == (row, column)
