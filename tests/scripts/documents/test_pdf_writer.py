"""What the writer of PDFs writes, PDFium reads."""

import io

import pypdfium2  # type: ignore[import-untyped]
import pytest
from PIL import Image

from scripts.documents.pdf_writer import CHINESE, Bookmark, scan_page, table_page, text_page, write_pdf


def read(data: bytes, password: str | None = None) -> list[str]:
    document = pypdfium2.PdfDocument(data, password=password)
    try:
        return [page.get_textpage().get_text_range().strip() for page in document]
    finally:
        document.close()


def encode(size: tuple[int, int]) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", size, (200, 0, 0)).save(file, "JPEG")
    return file.getvalue()


def test_texts_in_two_fonts() -> None:
    data = write_pdf([text_page(["Terms (1)", "back\\slash"]), text_page(["售价299元"], CHINESE)])
    assert read(data) == ["Terms (1)\r\nback\\slash", "售价299元"]


def test_a_scan_covers_its_page() -> None:
    document = pypdfium2.PdfDocument(write_pdf([scan_page(encode((30, 40)), (30, 40))]))
    drawn = document[0].render(scale=0.1).to_pil().convert("RGB")
    document.close()
    red, green, _ = drawn.getpixel((drawn.width // 2, drawn.height // 2))
    assert red > 150 > 50 > green


def test_a_table_has_all_its_cells() -> None:
    (text,) = read(write_pdf([table_page([["a", "b"], ["1", "22"]])]))
    assert text.split() == ["a", "b", "1", "22"]


def test_bookmarks_with_children() -> None:
    pages = [text_page([str(number)]) for number in range(3)]
    document = pypdfium2.PdfDocument(write_pdf(pages, [Bookmark("one", 0, [Bookmark("two", 2)])]))
    assert [(each.level, each.get_title()) for each in document.get_toc()] == [(0, "one"), (1, "two")]
    document.close()


def test_a_password_is_needed_and_no_other_one_is_taken() -> None:
    data = write_pdf([text_page(["secret"])], password="sesame")
    assert read(data, "sesame") == ["secret"]
    for password in (None, "other"):
        with pytest.raises(pypdfium2.PdfiumError):
            read(data, password)
