"""Tables without ruling lines, where the alignment of the text leaves no doubt that it is one."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import fmean, median
from typing import Any

from server.library.readers.pdf_cells import Box, write_text
from server.library.readers.records import Cell

MIN_ROWS = 3
GAP = 0.9
"""The least distance between two columns, in heights of a line."""

MAX_LEADING = 2.6
"""The most distance of a line from the one before, in its height."""

MAX_CELL_CHARACTERS = 60
MIN_FILLED = 0.6
PAGE_NUMBER = re.compile(
    r"[-–—·\s]*(?:第|page)?\s*\d{1,4}\s*页?(?:\s*(?:/|of|共)\s*\d{1,4}\s*页?)?[-–—·\s]*", re.IGNORECASE
)
NUMBER = re.compile(r"[-+(¥￥$€£]*\s*\d[\d,.\s]*\d?\s*\)?\s*(?:%|‰|[^\d\s]{1,4})?")

Char = dict[str, Any]


@dataclass(frozen=True)
class Segment:
    """Characters of a line without a gap among them."""

    chars: tuple[Char, ...]
    left: float
    right: float


@dataclass(frozen=True)
class TextLine:
    segments: tuple[Segment, ...]
    top: float
    bottom: float


def find_aligned_tables(chars: Sequence[Char], obstacles: Sequence[Box]) -> list[tuple[Box, tuple[Cell, ...]]]:
    """Return the tables that characters make up, with their boxes; none goes across a box of `obstacles`."""
    found = []
    for run in find_runs(leave_page_numbers(list_lines(chars)), obstacles):
        columns = merge_intervals(segment for line in run for segment in line.segments)
        rows = join_rows([place_texts(line, columns) for line in run])
        if is_clear(rows, run, columns):
            box = (columns[0][0], run[0].top, columns[-1][1], run[-1].bottom)
            cells = (Cell(text, r, c) for r, row in enumerate(rows) for c, text in enumerate(row))
            found.append((box, tuple(cells)))
    return found


def list_lines(chars: Sequence[Char]) -> list[TextLine]:
    """Return the lines of text from the top down, each cut where there are wide gaps."""
    rows: list[list[Char]] = []
    for char in sorted(chars, key=lambda char: (char["top"] + char["bottom"]) / 2):
        middle = (char["top"] + char["bottom"]) / 2
        if rows and middle < rows[-1][0]["bottom"] and middle > rows[-1][0]["top"]:
            rows[-1].append(char)
        else:
            rows.append([char])
    return [line for line in map(_cut_line, rows) if line.segments]


def _cut_line(chars: list[Char]) -> TextLine:
    top, bottom = min(char["top"] for char in chars), max(char["bottom"] for char in chars)
    gap = GAP * median(char["bottom"] - char["top"] for char in chars)
    segments: list[list[Char]] = []
    for char in sorted((char for char in chars if char["text"].strip()), key=lambda char: char["x0"]):
        if segments and char["x0"] - max(each["x1"] for each in segments[-1][-3:]) <= gap:
            segments[-1].append(char)
        else:
            segments.append([char])
    return TextLine(tuple(_to_segment(each) for each in segments), top, bottom)


def _to_segment(chars: list[Char]) -> Segment:
    return Segment(tuple(chars), min(char["x0"] for char in chars), max(char["x1"] for char in chars))


def leave_page_numbers(lines: list[TextLine]) -> list[TextLine]:
    """Leave out the number of the page above and below all else, which may stand under a column of a table."""
    first, last = (int(bool(lines) and _is_page_number(lines[at])) for at in (0, -1))
    return lines[first : len(lines) - last]


def _is_page_number(line: TextLine) -> bool:
    texts = [write_text(list(segment.chars)) for segment in line.segments]
    return len(texts) == 1 and PAGE_NUMBER.fullmatch(texts[0]) is not None


def find_runs(lines: Sequence[TextLine], obstacles: Sequence[Box]) -> Iterator[list[TextLine]]:
    """Yield lines in a row that keep to the same columns, three at least."""
    run: list[TextLine] = []
    for line in lines:
        if run and not _continues(run, line, obstacles):
            if len(run) >= MIN_ROWS:
                yield run
            run = []
        if run or len(line.segments) > 1:
            run.append(line)
    if len(run) >= MIN_ROWS:
        yield run


def _continues(run: Sequence[TextLine], line: TextLine, obstacles: Sequence[Box]) -> bool:
    if line.top - run[-1].bottom > MAX_LEADING * (line.bottom - line.top):
        return False
    if any(run[-1].bottom <= box[1] + 1 and box[3] <= line.top + 1 for box in obstacles):
        return False
    columns = merge_intervals(segment for each in (*run, line) for segment in each.segments)
    most = max(len(each.segments) for each in (*run, line))
    return len(columns) >= max(most, 2) and (len(line.segments) > 1 or line.segments[0].left > columns[0][1])


def merge_intervals(segments: Iterator[Segment]) -> list[tuple[float, float]]:
    """Return what segments cover from the left to the right: the columns, between which nothing is drawn."""
    merged: list[tuple[float, float]] = []
    for segment in sorted(segments, key=lambda segment: segment.left):
        if merged and segment.left <= merged[-1][1] + 1:
            merged[-1] = (merged[-1][0], max(merged[-1][1], segment.right))
        else:
            merged.append((segment.left, segment.right))
    return merged


def place_texts(line: TextLine, columns: Sequence[tuple[float, float]]) -> list[str]:
    """Return the text that a line has in each column."""
    return [
        write_text([c for segment in line.segments if left <= segment.left <= right for c in segment.chars])
        for left, right in columns
    ]


def join_rows(rows: list[list[str]]) -> list[list[str]]:
    """Return rows with those joined that only go on texts of the one before: their first column is empty."""
    joined: list[list[str]] = []
    for row in rows:
        goes_on = (
            joined and not row[0] and all(joined[-1][i] and not is_number(text) for i, text in enumerate(row) if text)
        )
        if goes_on:
            joined[-1] = [f"{above} {text}".strip() for above, text in zip(joined[-1], row, strict=True)]
        else:
            joined.append(row)
    return joined


def is_clear(rows: Sequence[Sequence[str]], run: Sequence[TextLine], columns: Sequence[tuple[float, float]]) -> bool:
    """Whether rows are a table beyond doubt, and not text in columns or a table of contents."""
    texts = [text for row in rows for text in row]
    filled = [text for text in texts if text]
    if len(rows) < MIN_ROWS or len(filled) < MIN_FILLED * len(texts):
        return False
    if max(map(len, filled)) > MAX_CELL_CHARACTERS:
        return False
    numeric = [i for i in range(1, len(columns)) if _is_numeric([row[i] for row in rows])]
    if len(columns) == 2:
        return bool(numeric) and not _is_ascending([row[1] for row in rows])
    return bool(numeric) or not _is_prose(run, columns)


def is_number(text: str) -> bool:
    return NUMBER.fullmatch(text) is not None


def _is_numeric(texts: Sequence[str]) -> bool:
    filled = [text for text in texts if text]
    return len(filled) > 1 and sum(map(is_number, filled)) >= 0.6 * len(filled)


def _is_ascending(texts: Sequence[str]) -> bool:
    """Whether all texts are whole numbers in order, as the pages of a table of contents are."""
    if not all(text.isdecimal() for text in texts):
        return False
    numbers = [int(text) for text in texts]
    return numbers == sorted(numbers)


def _is_prose(run: Sequence[TextLine], columns: Sequence[tuple[float, float]]) -> bool:
    """Whether most lines fill their columns, as text in columns does."""
    shares = [
        (segment.right - segment.left) / (right - left)
        for line in run
        for segment in line.segments
        for left, right in columns
        if left <= segment.left <= right and right > left
    ]
    return fmean(shares) > 0.8
