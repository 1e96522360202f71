"""Tables in PDFs, with pdfplumber: from their ruling lines, with spans, or from clearly aligned text."""

from collections.abc import Sequence
from io import BytesIO
from typing import Any, BinaryIO, cast

import pdfplumber
from pdfplumber.page import Page as PlumberPage
from pdfplumber.pdf import PDF
from pdfplumber.table import Table as PlumberTable
from pdfplumber.utils.text import dedupe_chars

from server.library.readers.found_table import FoundTable
from server.library.readers.pdf_aligned_tables import find_aligned_tables
from server.library.readers.pdf_cells import Box, place_cells, write_text
from server.library.readers.records import Cell

NEAR = 3.0
"""Lines that are no farther apart, in points, are one."""

MAX_PAGE_OBJECTS = 50_000
"""A page with more lines and rectangles is a drawing, in which looking for tables would take minutes."""


class PdfTables:
    """Finds the tables of a PDF's pages. What a page takes is freed after it."""

    def __init__(self, file: BinaryIO, password: str | None = None) -> None:
        file.seek(0)
        self._pdf: PDF = pdfplumber.open(cast("BytesIO", file), password=password or "", unicode_norm=None)

    def find(self, number: int) -> tuple[FoundTable, ...]:
        """Return the tables of a page from the top down; none where there is no such page."""
        if not 1 <= number <= len(self._pdf.pages):
            return ()
        page = self._pdf.pages[number - 1]
        try:
            return _find_tables(page)
        finally:
            page.close()

    def close(self) -> None:
        """Free what is held; the file stays open."""
        self._pdf.flush_cache()


def _find_tables(page: PlumberPage) -> tuple[FoundTable, ...]:
    chars = dedupe_chars([char for char in page.chars if char.get("upright", True)])
    found: list[tuple[Box, tuple[Cell, ...]]] = []
    if len(page.edges) <= MAX_PAGE_OBJECTS:
        for table in _find_ruled(page):
            cells = _read_cells(table, chars)
            if _is_table(cells):
                found.append((table.bbox, cells))
    outside = [char for char in chars if not any(_holds(box, char) for box, _ in found)]
    found += find_aligned_tables(outside, [box for box, _ in found])
    found.sort(key=lambda entry: (entry[0][1], entry[0][0]))
    return tuple(_to_found(page, box, cells) for box, cells in found)


def _find_ruled(page: PlumberPage) -> list[PlumberTable]:
    """Return the tables between lines; those open at their sides are closed where their lines end."""
    tables = page.find_tables()
    sides = [side for table in tables for side in _find_open_sides(page, table)]
    return page.find_tables({"explicit_vertical_lines": sides}) if sides else tables


def _find_open_sides(page: PlumberPage, table: PlumberTable) -> list[dict[str, Any]]:
    """Return vertical lines for the sides at which the horizontal lines of a table reach farther than its cells."""
    left, top, right, bottom = table.bbox
    levels = {round(cell[1]) for cell in table.cells} | {round(cell[3]) for cell in table.cells}
    lines = [
        edge
        for edge in page.edges
        if edge["orientation"] == "h"
        and min(abs(edge["top"] - level) for level in levels) <= NEAR
        and edge["x0"] < right
        and edge["x1"] > left
    ]
    if not lines:
        return []
    ends = min(edge["x0"] for edge in lines), max(edge["x1"] for edge in lines)
    return [
        {
            "object_type": "line",
            "x0": x,
            "x1": x,
            "top": top,
            "bottom": bottom,
            "height": bottom - top,
            "width": 0,
            "orientation": "v",
        }
        for x, side in zip(ends, (left, right), strict=True)
        if abs(x - side) > NEAR
    ]


def _read_cells(table: PlumberTable, chars: Sequence[dict[str, Any]]) -> tuple[Cell, ...]:
    """Return the cells of a table with their texts; a character is in the one cell that has its middle."""
    placed = place_cells(table.cells)
    inside = [char for char in chars if _holds(table.bbox, char)]
    texts: list[list[dict[str, Any]]] = [[] for _ in placed]
    for char in inside:
        index = next((i for i, cell in enumerate(placed) if _holds(cell.box, char)), None)
        if index is not None:
            texts[index].append(char)
    return tuple(
        Cell(write_text(mine), cell.row, cell.column, cell.num_rows, cell.num_columns)
        for cell, mine in zip(placed, texts, strict=True)
    )


def _is_table(cells: Sequence[Cell]) -> bool:
    """Whether cells are more than a frame around a text: two rows and two columns at least, and some text."""
    rows, columns = {cell.row for cell in cells}, {cell.column for cell in cells}
    return len(rows) > 1 and len(columns) > 1 and sum(bool(cell.text) for cell in cells) > 1


def _holds(box: Box, char: dict[str, Any]) -> bool:
    x, y = (char["x0"] + char["x1"]) / 2, (char["top"] + char["bottom"]) / 2
    return bool(box[0] <= x < box[2] and box[1] <= y < box[3])


def _to_found(page: PlumberPage, box: Box, cells: tuple[Cell, ...]) -> FoundTable:
    left, top, right, bottom = page.cropbox
    width, height = (right - left) or 1, (bottom - top) or 1
    return FoundTable(
        cells, (box[0] - left) / width, (box[1] - top) / height, (box[2] - left) / width, (box[3] - top) / height
    )
