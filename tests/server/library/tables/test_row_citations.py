"""Citations of the rows that a result came from."""

from typing import Any

import pytest

from server.library.readers.records import Page, Row, Table
from server.library.tables.records import TableRow
from server.library.tables.row_citations import cite_rows
from server.store.library_records import LibraryDocument

pytestmark = pytest.mark.anyio

DOCUMENT = LibraryDocument("d", 1, "ann", "p.csv", "csv", "", 1, None, "ready", 2, 2, (), None, 0.0)


class Pages:
    """Pages by their number."""

    def __init__(self, *pages: Page) -> None:
        self._pages = {page.number: page for page in pages}

    async def load_page(self, document: LibraryDocument, number: int) -> Page | None:  # noqa: ARG002
        return self._pages.get(number)


async def cite(rows: list[TableRow], *pages: Page) -> list[dict[str, Any]]:
    tables: Any = Pages(*pages)
    return await cite_rows(tables, DOCUMENT, rows)


def make_sheet(number: int, first_row: int, lines: list[str]) -> Page:
    text = "".join(f"{line}\n" for line in lines)
    starts = [sum(len(line) + 1 for line in lines[:i]) for i in range(len(lines))]
    rows = tuple(Row(first_row + i, start, start + len(lines[i]) + 1) for i, start in enumerate(starts))
    return Page(number=number, text=text, sheet="S", rows=rows)


def rows_of(page: int, *numbers: int) -> list[TableRow]:
    return [TableRow(number, page, (f"item {number}",)) for number in numbers]


async def test_rows_in_a_row_are_one_citation() -> None:
    sheet = make_sheet(1, 1, [f"item {n}" for n in range(1, 7)])
    found = await cite(rows_of(1, 2, 3, 5), sheet)
    assert [(each["number"], each["sheet"], each["rows"], each["quote"]) for each in found] == [
        (1, "S", [2, 3], "item 2\nitem 3"),
        (2, "S", [5, 5], "item 5"),
    ]
    assert all(sheet.text[each["start"] : each["end"]] == each["quote"] for each in found)


async def test_quotes_and_citations_are_bounded() -> None:
    sheets = [make_sheet(n, 100 * n, ["x" * 90] * 20) for n in range(1, 9)]
    found = await cite([row for n in range(1, 9) for row in rows_of(n, *range(100 * n, 100 * n + 20))], *sheets)
    assert [each["page"] for each in found] == [1, 2, 3, 4, 5]
    assert {len(each["quote"]) for each in found} == {181}
    assert found[0]["rows"] == [100, 119]


async def test_a_row_of_a_page_without_numbers_is_the_line_that_has_most_of_it() -> None:
    text = "Prices\nPen 3 10\nLamp 100 2\nThe end of Lamp"
    page = Page(number=4, text=text, tables=(Table(7, 28, ()),))
    (found,) = await cite([TableRow(3, 4, ("Lamp", "100", "2"))], page)
    assert (found["page"], found["quote"], found["name"]) == (4, "Lamp 100 2", "p.csv")
    assert text[found["start"] : found["end"]] == found["quote"]


async def test_a_page_that_is_gone_is_not_cited() -> None:
    assert await cite(rows_of(1, 2)) == []
