"""Documents read in this process, as the process that reads them does it."""

import io
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from server.library.readers.opening import open_reader
from server.library.readers.protocol import Reader, ReaderLimits, Refused
from server.library.readers.records import Cell, Opened, Page, Refusal, Remark


def open_document(
    data: bytes, name: str = "a", limits: ReaderLimits | None = None, password: str | None = None
) -> Reader:
    return open_reader(io.BytesIO(data), name, limits or ReaderLimits(), password)


def read_pages(
    data: bytes, name: str = "a", limits: ReaderLimits | None = None, password: str | None = None
) -> list[Page]:
    """Read all pages, and check what is true of those of any document."""
    reader = open_document(data, name, limits, password)
    pages = list(reader.read_pages(1))
    assert [page.number for page in pages] == list(range(1, len(pages) + 1))
    for page in pages:
        check_places(page)
    assert list(reader.read_pages(2)) == pages[1:]
    reader.close()
    return pages


def check_places(page: Page) -> None:
    """Check that what is said of a page's text is within it."""
    for heading in page.headings:
        assert heading.text in " ".join(page.text[heading.start :].split())
    for table in page.tables:
        assert 0 <= table.start <= table.end <= len(page.text)
        places = [(cell.row + row, cell.column + column) for cell in table.cells for row, column in list_spanned(cell)]
        assert len(places) == len(set(places)), "cells overlap"
    ends = [(row.start, row.end) for row in page.rows]
    assert ends == sorted(ends)


def list_spanned(cell: Cell) -> list[tuple[int, int]]:
    return [(row, column) for row in range(cell.num_rows) for column in range(cell.num_columns)]


def read_text(data: bytes, name: str = "a", password: str | None = None) -> str:
    return "".join(page.text for page in read_pages(data, name, password=password))


def list_remarks(data: bytes, name: str = "a") -> list[Remark]:
    reader = open_document(data, name)
    return [*reader.opened.remarks, *(remark for page in reader.read_pages(1) for remark in page.remarks)]


def refuse(data: bytes, name: str = "a", limits: ReaderLimits | None = None, password: str | None = None) -> Refusal:
    """Return why a document is refused, when it is opened or while it is read."""
    with pytest.raises(Refused) as caught:
        list(open_document(data, name, limits, password).read_pages(1))
    return caught.value.refusal


def list_headings(pages: list[Page]) -> list[tuple[int, str]]:
    return [(heading.level, heading.text) for page in pages for heading in page.headings]


def list_cells(page: Page, table: int = 0) -> list[tuple[int, int, str]]:
    return [(cell.row, cell.column, cell.text) for cell in page.tables[table].cells]


def list_spans(page: Page, table: int = 0) -> dict[str, tuple[int, int]]:
    """Return the rows and columns of the cells that span several."""
    return {
        cell.text: (cell.num_rows, cell.num_columns)
        for cell in page.tables[table].cells
        if cell.num_rows * cell.num_columns > 1
    }


def list_header(page: Page, table: int = 0) -> list[str]:
    return [cell.text for cell in page.tables[table].cells if cell.is_header]


LIMITS = ReaderLimits()


@contextmanager
def opened_reader(
    data: bytes, name: str = "a", limits: ReaderLimits = LIMITS, password: str | None = None
) -> Iterator[Reader]:
    """Open a document with the reader of its kind, and close it."""
    reader = open_reader(io.BytesIO(data), name, limits, password)
    try:
        yield reader
    finally:
        reader.close()


def read_document(
    data: bytes, name: str = "a", limits: ReaderLimits = LIMITS, password: str | None = None, first: int = 1
) -> tuple[Opened, list[Page]]:
    with opened_reader(data, name, limits, password) as reader:
        return reader.opened, list(reader.read_pages(first))
