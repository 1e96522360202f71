"""The text of a page of a PDF, in the order in which it is read, and where each part of a line is drawn."""

import ctypes
from collections.abc import Iterator
from dataclasses import dataclass

import pypdfium2 as pdfium  # type: ignore[import-untyped]
import pypdfium2.raw as pdfium_c  # type: ignore[import-untyped]

from server.library.readers.pdf_order import Segment, order_segments
from server.library.readers.records import Line

DEVICE = 1_000_000
FAR = 1000

SPACE = 32
FAR_RATIO = 1.2
"""Two words that are farther from each other, in heights of their line, are two cells of a table."""

MAX_LINES = 5000
"""The most parts of lines whose places are told."""

HYPHEN = 2
"""What PDFium has in place of a hyphen at the end of a line, whose end it drops."""

REPLACEMENT = "\ufffd"


@dataclass(frozen=True)
class PageText:
    """A text, and its lines; a row of a table has one for each cell."""

    text: str
    lines: tuple[Line, ...]


def read_text(page: pdfium.PdfPage, text_page: pdfium.PdfTextPage) -> PageText:
    """Return the text of a page. Lines end with a line feed, cells of a row are parted by a tab."""
    placement = Placement(page)
    return join_segments(order_segments(list(_read_segments(text_page, placement))))


def join_segments(rows: list[list[Segment]]) -> PageText:
    """Return rows of segments as one text."""
    parts: list[str] = []
    lines, at = [], 0
    for row in rows:
        for column, segment in enumerate(row):
            if at:
                parts.append("\t" if column else "\n")
                at += 1
            lines.append(Line(at, at + len(segment.text), segment.left, segment.top, segment.right, segment.bottom))
            parts.append(segment.text)
            at += len(segment.text)
    return PageText("".join(parts), tuple(lines[:MAX_LINES]))


class Placement:
    """Turns coordinates of a page into shares of what is shown of it, upright, from its left and top."""

    def __init__(self, page: pdfium.PdfPage) -> None:
        left, top = _place(page, 0, 0)
        across, down = _place(page, FAR, 0), _place(page, 0, FAR)
        self._start = left / DEVICE, top / DEVICE
        self._right = (across[0] - left) / DEVICE / FAR, (across[1] - top) / DEVICE / FAR
        self._up = (down[0] - left) / DEVICE / FAR, (down[1] - top) / DEVICE / FAR

    def place(self, left: float, bottom: float, right: float, top: float) -> tuple[float, float, float, float]:
        """Return the left, top, right and bottom of a rectangle of the page."""
        (x, y), (other_x, other_y) = self._turn(left, bottom), self._turn(right, top)
        return min(x, other_x), min(y, other_y), max(x, other_x), max(y, other_y)

    def _turn(self, x: float, y: float) -> tuple[float, float]:
        turned = (self._start[i] + x * self._right[i] + y * self._up[i] for i in range(2))
        across, down = (round(min(max(each, 0.0), 1.0), 5) for each in turned)
        return across, down


def _place(page: pdfium.PdfPage, x: float, y: float) -> tuple[int, int]:
    across, down = ctypes.c_int(), ctypes.c_int()
    pdfium_c.FPDF_PageToDevice(page, 0, 0, DEVICE, DEVICE, 0, x, y, across, down)
    return across.value, down.value


def _read_segments(text_page: pdfium.PdfTextPage, placement: Placement) -> Iterator[Segment]:
    """Yield lines, or where they are those of a table its cells, in the order of the file."""
    raw, get = text_page.raw, pdfium_c.FPDFText_GetUnicode
    codes = [get(raw, index) for index in range(text_page.count_chars())]
    for start, end in _split_lines(codes):
        for cell_start, cell_end in _split_cells(text_page, codes, start, end):
            text = decode(codes[cell_start:cell_end])
            if text.strip():
                box = _find_box(text_page, cell_start, cell_end - cell_start)
                yield Segment(text.rstrip(" "), *placement.place(*box))


def _split_lines(codes: list[int]) -> Iterator[tuple[int, int]]:
    """Yield where lines start and end, without their line ends but with their hyphens."""
    start = 0
    for at, code in enumerate(codes):
        if code in (10, 13, HYPHEN):
            yield start, at + (code == HYPHEN)
            start = at + 1
    yield start, len(codes)


def _split_cells(text_page: pdfium.PdfTextPage, codes: list[int], start: int, end: int) -> Iterator[tuple[int, int]]:
    """Yield where the parts of a line start and end that are far from each other; PDFium has a space between them."""
    raw, is_generated = text_page.raw, pdfium_c.FPDFText_IsGenerated
    spaces = [at for at in range(start + 1, end - 1) if codes[at] == SPACE and is_generated(raw, at) == 1]
    if spaces:
        left, bottom, right, top = _find_box(text_page, start, end - start)
        far = FAR_RATIO * min(right - left, top - bottom)
        for at in spaces:
            if _find_gap(text_page.get_charbox(at - 1), text_page.get_charbox(at + 1)) > far:
                yield start, at
                start = at + 1
    yield start, end


def _find_gap(one: tuple[float, ...], other: tuple[float, ...]) -> float:
    """Return how far two boxes are from each other, across or down the page."""
    return max(max(one[i] - other[i + 2], other[i] - one[i + 2]) for i in range(2))


def decode(codes: list[int]) -> str:
    """Return a text of Unicode or UTF-16 codes; what is no character is replaced."""
    text = "".join(map(_decode_one, codes))
    if any("\ud800" <= each <= "\udfff" for each in text):
        text = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text


def _decode_one(code: int) -> str:
    if code == HYPHEN:
        return "-"
    if code in (9, 0xA0):
        return " "
    is_control = code < 32 or 0x7F <= code < 0xA0
    return REPLACEMENT if is_control or code in (0xFFFE, 0xFFFF) or code > 0x10FFFF else chr(code)


def _find_box(text_page: pdfium.PdfTextPage, start: int, num_chars: int) -> tuple[float, float, float, float]:
    """Return the left, bottom, right and top of characters, all 0 where PDFium does not know."""
    boxes = [text_page.get_rect(index) for index in range(text_page.count_rects(start, num_chars))]
    if not boxes:
        return 0.0, 0.0, 0.0, 0.0
    lefts, bottoms, rights, tops = zip(*boxes, strict=True)
    return min(lefts), min(bottoms), max(rights), max(tops)
