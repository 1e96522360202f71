"""Cut PDFs get a way to their pages."""

import re
import zlib

import pypdfium2 as pdfium  # type: ignore[import-untyped]
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scripts.documents.pdf_writer import text_page, write_pdf
from server.library.readers import pdf_repair
from server.library.readers.pdf_repair import repair

PDF = write_pdf([text_page([f"Page {number}"]) for number in range(1, 5)])
CUT = PDF[: PDF.index(b"/Type /Catalog") - 10]


def read(data: bytes | None) -> list[str]:
    assert data is not None
    with pdfium.PdfDocument(data) as document:
        return [page.get_textpage().get_text_range() for page in document]


def test_a_document_without_its_end_is_read() -> None:
    with pytest.raises(pdfium.PdfiumError):
        pdfium.PdfDocument(CUT)
    assert read(repair(CUT)) == ["Page 1", "Page 2", "Page 3", "Page 4"]


def test_one_without_a_tree_of_pages_gets_one() -> None:
    assert read(repair(CUT.replace(b"/Type /Pages", b"/Type /Other"))) == ["Page 1", "Page 2", "Page 3", "Page 4"]


def pack(data: bytes) -> bytes:
    """Return a PDF whose pages, and their tree, are packed into a stream of objects."""
    packed = re.findall(rb"(?s)(\d+) 0 obj\n(<< /Type /Pages? .*?)\nendobj\n", data)
    head, content = b"", b""
    for number, body in packed:
        head += b"%s %d " % (number, len(content))
        content += body + b" "
        data = data.replace(b"%s 0 obj\n%s\nendobj\n" % (number, body), b"")
    stream = zlib.compress(head + content)
    written = b"99 0 obj\n<< /Type /ObjStm /N %d /First %d /Filter /FlateDecode /Length %d >>\n"
    written += b"stream\n%s\nendstream\nendobj\n"
    return data + written % (len(packed), len(head), len(stream), stream)


def test_pages_that_are_packed_are_found() -> None:
    packed = pack(CUT[: CUT.rfind(b"endobj") + len(b"endobj\n")])
    assert b"/Type /Page " not in packed
    assert read(repair(packed)) == ["Page 1", "Page 2", "Page 3", "Page 4"]


@pytest.mark.parametrize("damage", [(b"/First ", b"/Fisrt "), (b"/Filter", b"/Filtre"), (b"/First 3", b"/First 9")])
def test_a_damaged_stream_of_objects_is_left_out(damage: tuple[bytes, bytes]) -> None:
    packed = pack(CUT[: CUT.rfind(b"endobj") + len(b"endobj\n")])
    repaired = repair(packed.replace(*damage))
    assert repaired is None or repaired.startswith(packed[:1000])


def test_a_stream_of_objects_is_no_bomb(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pdf_repair, "MAX_PACKED_BYTES", 10)
    assert repair(pack(CUT[: CUT.rfind(b"endobj") + len(b"endobj\n")])) is None


def test_what_has_no_pages_is_not_repaired() -> None:
    assert repair(b"%PDF-1.7\n1 0 obj\n<< /Type /Catalog >>\nendobj") is None
    assert repair(b"") is None


def test_an_encrypted_one_cannot_be_repaired() -> None:
    assert repair(write_pdf([text_page(["a"])], password="a")) is None


@settings(max_examples=50, deadline=None)
@given(st.binary(max_size=300))
def test_anything_is_repaired_or_not(rubbish: bytes) -> None:
    assert repair(rubbish) is None or b"obj" in rubbish
    repaired = repair(CUT + rubbish)
    assert repaired is not None
    assert repaired.startswith(CUT[:1000])
