"""Rows of a sheet put together into pages, each with the header's cells, so that it can be understood alone."""

from bisect import bisect_left
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain, islice

from msgspec import structs

from server.library.readers.blocks import TableRow, build_cells
from server.library.readers.cutting import cut_text
from server.library.readers.headers import find_header
from server.library.readers.records import Cell, Page, Row, Table

MAX_ROWS = 200
MAX_CHARACTERS = 16_000
"""A part of a sheet may be longer than a printed page, as a price list may have more rows than a book has lines."""

NUM_HEADER_ROWS = 20


@dataclass(frozen=True)
class SheetRow:
    """A row with its number in the sheet, from 1, its text with the line end, and its cells that are not empty."""

    number: int
    text: str
    cells: tuple[Cell, ...]


def build_sheet_pages(rows: Iterable[SheetRow], sheet: str | None, first_number: int) -> Iterator[Page]:
    """Put rows together into pages, numbered from `first_number`; what has no cells is text alone."""
    rows = iter(rows)
    start = list(islice(rows, NUM_HEADER_ROWS))
    found = find_header([[cell.text for cell in spread(row.cells)] for row in start])
    header = {start[index].number: mark_header(start[index]) for index in range(found.first, found.end)}
    part: list[SheetRow] = []
    num_characters, number = 0, first_number
    for row in chain(start, rows):
        if part and (len(part) == MAX_ROWS or num_characters + len(row.text) > MAX_CHARACTERS):
            yield _build_page(number, sheet, part, header)
            part, num_characters, number = [], 0, number + 1
        if len(row.text) > MAX_CHARACTERS:
            for text in cut_text([row.text], MAX_CHARACTERS):
                yield Page(number=number, text=text, sheet=sheet, rows=(Row(row.number, 0, len(text)),))
                number += 1
            continue
        part.append(row)
        num_characters += len(row.text)
    if part:
        yield _build_page(number, sheet, part, header)


def spread(cells: Iterable[Cell]) -> Iterator[Cell]:
    """Yield a cell for every column up to the last, empty ones for those that there are none of."""
    column = 0
    for cell in cells:
        yield from (Cell("", 0, empty) for empty in range(column, cell.column))
        yield cell
        column = cell.column + 1


def mark_header(row: SheetRow) -> TableRow:
    return TableRow(row.text, tuple(structs.replace(cell, num_rows=1, is_header=True) for cell in row.cells))


def _build_page(number: int, sheet: str | None, part: list[SheetRow], header: dict[int, TableRow]) -> Page:
    numbers = [row.number for row in part if row.cells]
    table_rows = [row for above, row in header.items() if above < part[0].number]
    rows: list[Row] = []
    start = 0
    for row in part:
        end = start + len(row.text)
        if row.cells:
            table_rows.append(header.get(row.number) or TableRow(row.text, _clip_spans(row, numbers)))
            rows.append(Row(row.number, start, end))
        start = end
    tables = (Table(0, start, build_cells(table_rows)),) if rows else ()
    return Page(number=number, text="".join(row.text for row in part), sheet=sheet, rows=tuple(rows), tables=tables)


def _clip_spans(row: SheetRow, numbers: list[int]) -> tuple[Cell, ...]:
    """Let merged cells span only rows that are there, as empty ones are not."""
    if all(cell.num_rows == 1 for cell in row.cells):
        return row.cells
    first = bisect_left(numbers, row.number)
    return tuple(
        structs.replace(cell, num_rows=bisect_left(numbers, row.number + cell.num_rows) - first) for cell in row.cells
    )
