"""Telling apart the tables that a sheet has below one another, with blank rows between."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise

from msgspec import structs

from server.library.readers.records import Cell
from server.library.tables.numbers import is_blank, is_year, read_quantity
from server.library.tables.pieces import TablePiece

MAX_TITLES = 2
"""So many rows with one text may be above the header of a table."""

MIN_ROWS = 2
"""So many rows with numbers are below a header: a single row of texts may have no numbers by chance."""

CellRows = Sequence[Mapping[int, Cell]]
"""The cells with a text of each row, by their columns."""


def split_stacked(piece: TablePiece) -> list[TablePiece]:
    """Return the tables of a part of a sheet: each but the first begins below a blank row, with a header of its own."""
    numbers = piece.row_numbers
    gaps = [row for row in range(1, len(numbers)) if numbers[row] > numbers[row - 1] + 1 > 1]
    if not gaps:
        return [piece]
    rows = _list_rows(piece)
    starts = [0, *(row for row in gaps if _begins_table(rows, row)), piece.num_rows]
    return [_take(piece, start, end) for start, end in pairwise(starts)]


def _list_rows(piece: TablePiece) -> CellRows:
    rows: list[dict[int, Cell]] = [{} for _ in range(max(piece.num_rows, len(piece.row_numbers)))]
    for cell in piece.table.cells:
        if cell.text.strip():
            rows[cell.row][cell.column] = cell
    return rows


def _begins_table(rows: CellRows, start: int) -> bool:
    """Whether a row, or one below titles that begin there, has names where the table above has numbers or nothing."""
    header = next((row for row in range(start, min(start + MAX_TITLES + 1, len(rows))) if len(rows[row]) > 1), None)
    if header is None or header + MIN_ROWS >= len(rows):
        return False
    names = rows[header]
    if not all(_is_name(cell.text) for cell in names.values()):
        return False
    below = rows[header + 1 : header + 1 + MIN_ROWS]
    has_numbers = all(any(column in names and _is_number(row[column]) for column in row) for row in below)
    above = next(row for row in rows[start - 1 :: -1] if row)
    is_new = any(column not in above or _is_number(above[column]) for column in names)
    return has_numbers and is_new


def _is_name(text: str) -> bool:
    return not is_blank(text) and (is_year(text) or read_quantity(text) is None)


def _is_number(cell: Cell) -> bool:
    return read_quantity(cell.text) is not None


def _take(piece: TablePiece, start: int, end: int) -> TablePiece:
    """Return the rows from `start` to `end` as a part of its own."""
    table = structs.replace(piece.table, cells=tuple(_move(piece.table.cells, start, end)))
    return replace(piece, table=table, row_numbers=piece.row_numbers[start:end])


def _move(cells: Sequence[Cell], start: int, end: int) -> Iterator[Cell]:
    for cell in cells:
        if start <= cell.row < end:
            yield structs.replace(cell, row=cell.row - start, num_rows=min(cell.num_rows, end - cell.row))
