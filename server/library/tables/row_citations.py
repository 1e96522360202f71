"""Citations of the rows that a result came from, in the form that clients see those of any answer."""

from collections.abc import Sequence
from itertools import groupby
from typing import Any

from server.library.readers.records import Page, Row
from server.library.tables.extraction import DocumentTables
from server.library.tables.records import TableRow
from server.store.library_records import LibraryDocument

MAX_CITATIONS = 5
"""How many pages are cited at most."""

MAX_QUOTE = 200


async def cite_rows(
    tables: DocumentTables, document: LibraryDocument, rows: Sequence[TableRow]
) -> list[dict[str, Any]]:
    """Return citations of rows of a document, numbered from 1: one for each page, or for rows in a row of a sheet.

    Quotes are as the page has them.
    """
    found: list[dict[str, Any]] = []
    ordered = sorted(rows, key=lambda row: (row.page, row.number))
    for number, of_page in groupby(ordered, key=lambda row: row.page):
        page = await tables.load_page(document, number) if len(found) < MAX_CITATIONS else None
        if page is not None:
            found += _cite(page, list(of_page))
    shown = {"document": document.id, "name": document.name}
    return [{"number": place, **shown, **each} for place, each in enumerate(found[:MAX_CITATIONS], start=1)]


def _cite(page: Page, rows: Sequence[TableRow]) -> list[dict[str, Any]]:
    """Return where on a page rows are."""
    numbers = {row.number for row in rows}
    own = [row for row in page.rows if row.number in numbers]
    if not own:
        return [{"page": page.number, **_quote(page, *_find_line(page, rows[0]))}]
    sheet = {} if page.sheet is None else {"sheet": page.sheet}
    return [
        {
            "page": page.number,
            **sheet,
            "rows": [run[0].number, run[-1].number],
            **_quote(page, run[0].start, _find_end(run)),
        }
        for run in _split_runs(own)
    ]


def _split_runs(rows: Sequence[Row]) -> list[list[Row]]:
    """Return rows in lists of those that follow one another."""
    runs: list[list[Row]] = []
    for row in rows:
        if runs and row.start <= runs[-1][-1].end + 1:
            runs[-1].append(row)
        else:
            runs.append([row])
    return runs


def _find_end(rows: Sequence[Row]) -> int:
    """Return the end of the last of some rows that fits into a quote with the first."""
    return max((row.end for row in rows if row.end - rows[0].start <= MAX_QUOTE), default=rows[0].end)


def _find_line(page: Page, row: TableRow) -> tuple[int, int]:
    """Return where on a page the line is that has the most texts of a row; the beginning of its table for none."""
    texts = [text for text in row.texts if text.strip()]
    spans = [(table.start, table.end) for table in page.tables if table.end > table.start] or [(0, len(page.text))]
    best, found = 0, (spans[0][0], min(spans[0][1], spans[0][0] + MAX_QUOTE))
    for start, end in spans:
        place = start
        for line in page.text[start:end].splitlines(keepends=True):
            count = sum(text in line for text in texts)
            if count > best:
                best, found = count, (place, place + len(line))
            place += len(line)
    return found


def _quote(page: Page, start: int, end: int) -> dict[str, Any]:
    """Return a quote without white space at its ends, and where it is."""
    text = page.text[start : min(end, start + MAX_QUOTE)]
    start += len(text) - len(text.lstrip())
    quote = text.strip()
    return {"quote": quote, "start": start, "end": start + len(quote)}
