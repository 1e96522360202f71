"""Tables drawn on pages of PDFs, with lines around their cells or without."""

from collections.abc import Collection, Mapping, Sequence
from typing import Literal

from scripts.documents.pdf_writer import CHINESE, LATIN, PdfPage, write_pdf, write_text

Lines = Literal["all", "open", "horizontal", "none"]
Spans = Mapping[tuple[int, int], tuple[int, int]]
LEFT, TOP, HEIGHT = 60, 760, 22


def draw_table(
    rows: Sequence[str], lines: Lines = "all", spans: Spans | None = None, top: float = TOP, width: float = 110
) -> bytes:
    """Return the content that draws rows such as `Pen | 3`. With "open" there are no lines at the sides.

    `spans` are the heights and widths of cells that cover several places, in rows and columns.
    """
    texts = [[text.strip() for text in row.split("|")] for row in rows]
    spans = spans or {}
    covered = {(r + i, c + j) for (r, c), (h, w) in spans.items() for i in range(h) for j in range(w) if i or j}
    drawn = [b"0.5 w\n"]
    num_columns = max(map(len, texts))
    for r, row in enumerate(texts):
        for c, text in enumerate(row):
            if (r, c) in covered:
                continue
            height, span = spans.get((r, c), (1, 1))
            x, y = LEFT + c * width, top - (r + height) * HEIGHT
            drawn += _draw_sides(lines, (x, y, x + span * width, y + height * HEIGHT), c == 0, c + span == num_columns)
            drawn.append(draw_text(text, x + 5, y + height * HEIGHT - 15))
    return b"".join(drawn)


def _draw_sides(
    lines: Lines, box: tuple[float, float, float, float], is_first: bool, is_last: bool
) -> Collection[bytes]:
    left, bottom, right, top = box
    level = [(left, bottom, right, bottom), (left, top, right, top)] if lines != "none" else []
    upright = [(left, bottom, left, top)] * (lines == "all" or (lines == "open" and not is_first))
    upright += [(right, bottom, right, top)] * (lines == "all" or (lines == "open" and not is_last))
    return [b"%g %g m %g %g l S\n" % line for line in (*level, *upright)]


def draw_text(text: str, left: float, top: float, size: float = 10) -> bytes:
    """Return the content that draws a line of text, in a Chinese font where it has to be."""
    return write_text([text], LATIN if text.isascii() else CHINESE, size, left, top) if text else b""


def make_pdf(*contents: bytes) -> bytes:
    """Return a PDF with a page for each content."""
    return write_pdf([PdfPage(content) for content in contents])
