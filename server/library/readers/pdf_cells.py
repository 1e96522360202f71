"""Cells of a table on a page: where they are in its rows and columns, and the text of their characters."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from pdfplumber.utils.text import extract_text

Box = tuple[float, float, float, float]
"""Left, top, right and bottom, in points from the left and the top of a page."""

NEAR = 3.0
CJK = r"[\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef\u3000-\u303f]"
BROKEN_LINE = re.compile(rf"(?<={CJK})\s*\n\s*|\s*\n\s*(?={CJK})")


@dataclass(frozen=True)
class PlacedCell:
    """A box with the rows and columns that it covers."""

    box: Box
    row: int
    column: int
    num_rows: int
    num_columns: int


def place_cells(boxes: Iterable[Box]) -> list[PlacedCell]:
    """Return boxes with their places in the grid of all their sides, by row and column."""
    listed = list(boxes)
    xs = join_near([x for box in listed for x in (box[0], box[2])])
    ys = join_near([y for box in listed for y in (box[1], box[3])])
    placed = []
    for box in listed:
        column, end_column = find_nearest(xs, box[0]), find_nearest(xs, box[2])
        row, end_row = find_nearest(ys, box[1]), find_nearest(ys, box[3])
        if end_column > column and end_row > row:
            placed.append(PlacedCell(box, row, column, end_row - row, end_column - column))
    return sorted(placed, key=lambda cell: (cell.row, cell.column))


def join_near(values: Sequence[float]) -> list[float]:
    """Return values in order, those that are near each other as one."""
    joined: list[float] = []
    for value in sorted(values):
        if not joined or value - joined[-1] > NEAR:
            joined.append(value)
    return joined


def find_nearest(values: Sequence[float], value: float) -> int:
    return min(range(len(values)), key=lambda index: abs(values[index] - value))


def write_text(chars: Sequence[dict[str, Any]]) -> str:
    """Return the text of a cell on one line: lines are joined by a space, but not within Chinese text."""
    if not chars:
        return ""
    text: str = extract_text(list(chars), x_tolerance_ratio=0.2)
    return BROKEN_LINE.sub("", text.strip()).replace("\n", " ").strip()
