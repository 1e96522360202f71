"""Tables made of rows of texts."""

from collections.abc import Sequence

from server.library.readers.records import Cell, Page, Table
from server.library.tables.records import ExtractedTable, TableCell


def make_table(*rows: str, num_header_rows: int = 0, spans: Sequence[tuple[int, int, int, int]] = ()) -> ExtractedTable:
    """Return a table of rows such as `A | 1`. `spans` are row, column and size of cells that cover several places."""
    texts = split_rows(rows)
    sizes = {(row, column): (height, width) for row, column, height, width in spans}
    covered = {
        (row + i, column + j)
        for (row, column), (height, width) in sizes.items()
        for i in range(height)
        for j in range(width)
        if i or j
    }
    cells = (
        TableCell(text, r, c, *sizes.get((r, c), (1, 1)), 1, r < num_header_rows)
        for r, row in enumerate(texts)
        for c, text in enumerate(row)
        if (r, c) not in covered
    )
    return ExtractedTable(cells=tuple(cells), num_rows=len(rows), num_columns=max(map(len, texts)))


def make_page(number: int, *rows: str, before: str = "", after: str = "", sheet: str | None = None) -> Page:
    """Return a page with one table, and lines before and after it."""
    cells = tuple(Cell(text, r, c) for r, row in enumerate(split_rows(rows)) for c, text in enumerate(row))
    body = "\n".join(rows)
    text = f"{before}{body}{after}"
    return Page(number=number, text=text, tables=(Table(len(before), len(before) + len(body), cells),), sheet=sheet)


def split_rows(rows: Sequence[str]) -> list[list[str]]:
    return [[text.strip() for text in row.split("|")] for row in rows]
