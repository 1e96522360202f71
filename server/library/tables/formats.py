"""Tables as CSV and as Markdown."""

import csv
import io
import re
from collections.abc import Iterable, Sequence

from server.library.tables.grid import TableGrid

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
"""What spreadsheet programs take for the beginning of a formula."""

SPECIAL = re.compile(r"([\\|`*_\[\]<>])")


def write_csv(grid: TableGrid) -> str:
    """Return a table as CSV (RFC 4180); a cell that spans several places is at the first, the others are empty.

    A text that a spreadsheet program would run as a formula gets an apostrophe before it; numbers stay as they are.
    """
    file = io.StringIO()
    csv.writer(file, lineterminator="\r\n").writerows(
        [guard_formula(text) for text in texts] for texts in grid.list_texts(has_repeats=False)
    )
    return file.getvalue()


def guard_formula(text: str) -> str:
    """Return a text as a cell that no spreadsheet program runs as a formula."""
    is_number = text[:1] in ("+", "-") and not re.search(r"[A-Za-z(=!|]", text)
    return f"'{text}" if text.startswith(FORMULA_STARTS) and not is_number else text


def write_markdown(grid: TableGrid) -> str:
    """Return a table as Markdown; its header is one row, and a cell that spans several places is at the first."""
    return write_markdown_rows(grid.columns, list(grid.list_texts(has_repeats=False))[grid.num_header_rows :])


def write_markdown_rows(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return rows of texts as a Markdown table."""
    lines = [header, *rows]
    written = [f"| {' | '.join(map(_escape, line))} |" for line in lines]
    written.insert(1, f"| {' | '.join(['---'] * len(header))} |")
    return "\n".join(written) + "\n"


def _escape(text: str) -> str:
    """Return a text on one line in which nothing acts as Markdown."""
    return SPECIAL.sub(r"\\\1", text).replace("\r\n", "<br>").replace("\n", "<br>").replace("\r", "<br>")
