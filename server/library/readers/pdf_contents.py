"""What is drawn on a page of a PDF beside its text, which tells a scan from a page without anything."""

from dataclasses import dataclass
from itertools import islice

import pypdfium2 as pdfium  # type: ignore[import-untyped]
import pypdfium2.raw as pdfium_c  # type: ignore[import-untyped]

from server.library.readers.pdf_drawing import draw
from server.library.readers.pdf_text import REPLACEMENT, Placement

FEW_CHARS, ALMOST_NO_CHARS = 50, 12
"""A page with fewer characters is a scan where pictures cover much, or a little, of it."""

MUCH, LITTLE = 0.3, 0.02
MANY_PATHS, SOME_PATHS = 100, 20
"""So many lines and areas are drawn letters, or a drawing."""

PICTURES = (pdfium_c.FPDF_PAGEOBJ_IMAGE, pdfium_c.FPDF_PAGEOBJ_SHADING)
MAX_OBJECTS = 5000
MAX_DEPTH = 4
FIELDS = (pdfium_c.FPDF_ANNOT_WIDGET, pdfium_c.FPDF_ANNOT_FREETEXT)
MAX_UNREADABLE = 0.5
PROBE_SIDE = 128


@dataclass(frozen=True)
class Contents:
    """How much of a page pictures cover, and how many lines and areas there are."""

    covered: float
    num_paths: int

    @property
    def is_photo(self) -> bool:
        """Whether pictures are most of what there is to see."""
        return self.covered >= MUCH


def is_scan(page: pdfium.PdfPage, text: str) -> bool:
    """Whether there is more to be read on a page than its text, which is little or none."""
    num_chars = sum(not each.isspace() for each in text)
    if num_chars >= FEW_CHARS:
        return False
    contents = read_contents(page)
    if num_chars >= ALMOST_NO_CHARS:
        return contents.is_photo or contents.num_paths >= MANY_PATHS
    if num_chars:
        return contents.covered >= LITTLE or contents.num_paths >= SOME_PATHS
    return _is_drawn(page, contents)


def has_fields(page: pdfium.PdfPage) -> bool:
    """Whether a page has fields of a form, or text that was added to it, which its own text does not have."""
    num_annotations = min(pdfium_c.FPDFPage_GetAnnotCount(page), MAX_OBJECTS)
    return any(_find_subtype(page, index) in FIELDS for index in range(num_annotations))


def _find_subtype(page: pdfium.PdfPage, index: int) -> int:
    annotation = pdfium_c.FPDFPage_GetAnnot(page, index)
    try:
        return int(pdfium_c.FPDFAnnot_GetSubtype(annotation))
    finally:
        pdfium_c.FPDFPage_CloseAnnot(annotation)


def is_unreadable(text: str) -> bool:
    """Whether much of a text is no characters, as of fonts that do not say what their glyphs mean."""
    num_chars = sum(not each.isspace() for each in text)
    num_unreadable = sum(each == REPLACEMENT or "\ue000" <= each <= "\uf8ff" for each in text)
    return num_unreadable > MAX_UNREADABLE * num_chars


def read_contents(page: pdfium.PdfPage) -> Contents:
    """Return what is drawn on a page. Of many thousand objects only the first are looked at."""
    placement, covered, form_area, num_paths = Placement(page), 0.0, 0.0, 0
    for each in islice(page.get_objects(max_depth=MAX_DEPTH), MAX_OBJECTS):
        num_paths += each.type == pdfium_c.FPDF_PAGEOBJ_PATH
        if each.level == 0:  # what follows with a higher level is in it
            form_area = _find_area(each, placement) if each.type == pdfium_c.FPDF_PAGEOBJ_FORM else 0.0
        if each.type in PICTURES:
            covered += form_area if each.level else _find_area(each, placement)
            form_area = 0.0
    return Contents(min(covered, 1.0), num_paths)


def _find_area(drawn: pdfium.PdfObject, placement: Placement) -> float:
    try:
        left, top, right, bottom = placement.place(*drawn.get_bounds())
    except pdfium.PdfiumError:
        return 0.0
    return (right - left) * (bottom - top)


def _is_drawn(page: pdfium.PdfPage, contents: Contents) -> bool:
    """Whether a page without text shows anything: a white area, or something outside the page, is nothing."""
    if contents.covered >= LITTLE:
        return True
    if not pdfium_c.FPDFPage_CountObjects(page) and not pdfium_c.FPDFPage_GetAnnotCount(page):
        return False
    shades = draw(page, PROBE_SIDE, PROBE_SIDE).convert("L").histogram()
    return sum(map(bool, shades)) > 1
