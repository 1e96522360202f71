"""How a PDF is opened: with its password, and as far as it goes where it is damaged."""

import os
from typing import BinaryIO

import pypdfium2 as pdfium  # type: ignore[import-untyped]
import pypdfium2.raw as pdfium_c  # type: ignore[import-untyped]

from server.library.readers.pdf_repair import repair
from server.library.readers.protocol import Refused, Source
from server.library.readers.records import Refusal

END = b"%%EOF"
END_BYTES = 4096

SCRIPTS = (b"/JavaScript", b"/JS ", b"/JS(")
PIECE = 1 << 20

REPAIRABLE = (pdfium_c.FPDF_ERR_FORMAT, pdfium_c.FPDF_ERR_SUCCESS)
"""The errors of PDFium where nothing leads to a page: the second is none, and stands for a document without pages."""


def open_document(source: Source) -> tuple[pdfium.PdfDocument, bool]:
    """Open a PDF, and say whether it is damaged. Raises `Refused`."""
    try:
        return pdfium.PdfDocument(source.file, source.password), not _has_end(source.file)
    except pdfium.PdfiumError as error:
        document = _open_repaired(source.file) if error.err_code in REPAIRABLE else None
        if document is None:
            raise Refused(_explain(error.err_code, source.password)) from error
        return document, True


def _open_repaired(file: BinaryIO) -> pdfium.PdfDocument | None:
    file.seek(0)
    repaired = repair(file.read())
    try:
        return None if repaired is None else pdfium.PdfDocument(repaired)
    except pdfium.PdfiumError:
        return None


def _explain(code: int | None, password: str | None) -> Refusal:
    """Return what an error of PDFium means, which is none where a document has no pages."""
    if code == pdfium_c.FPDF_ERR_PASSWORD:
        return Refusal("wrong_password" if password else "encrypted")
    if code == pdfium_c.FPDF_ERR_SUCCESS:
        return Refusal("empty")
    return Refusal("broken", {"cause": "encryption" if code == pdfium_c.FPDF_ERR_SECURITY else "pdf"})


def _has_end(file: BinaryIO) -> bool:
    num_bytes = file.seek(0, os.SEEK_END)
    file.seek(max(num_bytes - END_BYTES, 0))
    return END in file.read(END_BYTES)


def has_scripts(file: BinaryIO) -> bool:
    """Whether a PDF has scripts outside its compressed parts. None are ever run: this PDFium cannot."""
    file.seek(0)
    before = b""
    while piece := file.read(PIECE):
        if any(each in before + piece for each in SCRIPTS):
            return True
        before = piece[-16:]
    return False
