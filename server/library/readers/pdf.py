"""PDFs, with PDFium, which is not thread-safe and trusts nobody's files less than it should: one a process."""

from collections.abc import Iterator
from typing import BinaryIO

import pypdfium2 as pdfium  # type: ignore[import-untyped]
import pypdfium2.raw as pdfium_c  # type: ignore[import-untyped]

from server.library.readers.pdf_contents import has_fields, is_scan, is_unreadable, read_contents
from server.library.readers.pdf_drawing import draw, encode_picture
from server.library.readers.pdf_fonts import lacks_cjk_font
from server.library.readers.pdf_opening import has_scripts, open_document
from server.library.readers.pdf_outline import read_outline
from server.library.readers.pdf_text import PageText, read_text
from server.library.readers.protocol import Refused, Source
from server.library.readers.records import Opened, Page, Refusal, Remark

MAX_TRIES = 100
"""How many pages may be unreadable at the beginning of a document that is read at all."""


class PdfReader:
    """A PDF. A page is open only while it is read or drawn."""

    def __init__(self, source: Source) -> None:
        self._limits = source.limits
        self._document, self._is_damaged = open_document(source)
        num_pages = len(self._document)
        if num_pages > self._limits.max_pages:
            raise Refused(Refusal("too_many_pages", {"limit": self._limits.max_pages}))
        self._refuse_unreadable(num_pages)
        self._outline = read_outline(self._document)
        self._is_blank_told = False
        self.opened = Opened("pdf", num_pages, tuple(self._list_remarks(source.file)))

    def _refuse_unreadable(self, num_pages: int) -> None:
        for number in range(1, min(num_pages, MAX_TRIES) + 1):
            page = self._load(number)
            if page is not None:
                page.close()
                return
        raise Refused(Refusal("broken", {"cause": "pages"}))

    def _list_remarks(self, file: BinaryIO) -> Iterator[Remark]:
        if self._is_damaged:
            yield Remark("damaged")
        num_attachments = self._document.count_attachments()
        if num_attachments > 0:
            yield Remark("attachments", {"count": num_attachments})
        if pdfium_c.FPDFDoc_GetJavaScriptActionCount(self._document) > 0 or has_scripts(file):
            yield Remark("scripts")
        if self._document.get_formtype() == pdfium_c.FORMTYPE_XFA_FULL:
            yield Remark("xfa")

    def read_pages(self, first: int) -> Iterator[Page]:
        above = self._outline.list_above
        for number in range(first, len(self._document) + 1):
            page = self._load_with_fields(number)
            if page is None:
                yield Page(number=number, text="", headings_above=above(number), remarks=_remark(number, "page"))
                continue
            try:
                read = self._read(number, page)
            finally:
                page.close()
            yield read

    def _read(self, number: int, page: pdfium.PdfPage) -> Page:
        text_page = page.get_textpage()
        if text_page.count_chars() > self._limits.max_page_chars:
            raise Refused(Refusal("too_much_text", {"limit": self._limits.max_page_chars}))
        read = read_text(page, text_page)
        if is_unreadable(read.text):
            read = PageText("", ())
        is_seen = is_scan(page, read.text)
        is_missing = self._is_damaged and not read.text and not is_seen
        return Page(
            number=number,
            text=read.text,
            is_scan=is_seen,
            headings_above=self._outline.list_above(number),
            headings=self._outline.find_headings(number, read.text),
            lines=read.lines,
            remarks=_remark(number, "page_missing") if is_missing else self._check_fonts(text_page),
        )

    def _check_fonts(self, text_page: pdfium.PdfTextPage) -> tuple[Remark, ...]:
        """Return a remark for the first page that would be drawn blank."""
        if self._is_blank_told or not lacks_cjk_font(text_page):
            return ()
        self._is_blank_told = True
        return (Remark("no_cjk_font"),)

    def render(self, number: int, max_width: int, max_height: int) -> bytes:
        """Return a page as a PNG, one with a large picture as a JPEG."""
        if not 1 <= number <= len(self._document):
            raise IndexError(number)
        page = self._load_with_fields(number)
        if page is None:
            raise Refused(Refusal("broken", {"cause": "page"}))
        try:
            return encode_picture(draw(page, max_width, max_height), read_contents(page).is_photo)
        finally:
            page.close()

    def _load_with_fields(self, number: int) -> pdfium.PdfPage | None:
        """Open a page so that its text and its drawing have what was filled into its form."""
        page = self._load(number)
        if page is None or not has_fields(page):
            return page
        pdfium_c.FPDFPage_Flatten(page, pdfium_c.FLAT_NORMALDISPLAY)
        page.close()
        return self._load(number)

    def _load(self, number: int) -> pdfium.PdfPage | None:
        try:
            return self._document[number - 1]
        except pdfium.PdfiumError:
            return None

    def close(self) -> None:
        self._document.close()


def _remark(number: int, cause: str) -> tuple[Remark, ...]:
    return (Remark("page_unreadable", {"page": number, "cause": cause}),)
