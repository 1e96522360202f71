"""Documents in which there is nothing are refused when they are opened."""

import io

import pytest
from pptx import Presentation

from scripts.broken.office_writer import paragraph, text_cell, write_docx, write_ods, write_xlsx
from server.library.readers import opening
from server.library.readers.records import Refusal
from tests.helpers.reading import read_pages, read_text, refuse


def write_slides(num_slides: int, title: str = "") -> bytes:
    presentation = Presentation()
    for _ in range(num_slides):
        presentation.slides.add_slide(presentation.slide_layouts[5]).shapes.title.text = title
    file = io.BytesIO()
    presentation.save(file)
    return file.getvalue()


BLANK = {
    "a.docx": write_docx(paragraph("") * 3),
    "a.xlsx": write_xlsx({"A": "<sheetData/>", "B": "<sheetData/>"}),
    "a.ods": write_ods({"A": ""}),
    "a.pptx": write_slides(0),
    "b.pptx": write_slides(2),
    "a.html": b"<html><head><title></title></head><body><p> </p></body></html>",
    "a.txt": b"\xef\xbb\xbf\n\n",
}


@pytest.mark.parametrize("name", BLANK)
def test_a_document_without_text_is_refused(name: str) -> None:
    assert refuse(BLANK[name], name) == Refusal("blank")


def test_text_on_a_later_page_is_enough() -> None:
    first = '<sheetData><row r="1"><c r="A1"/></row></sheetData>'
    second = f'<sheetData><row r="1">{text_cell("A1", "kettle")}</row></sheetData>'
    assert read_text(write_xlsx({"A": first, "B": second}), "a.xlsx") == "kettle\n"


def test_what_is_said_of_a_document_is_not_nothing() -> None:
    formula = '<sheetData><row r="1"><c r="A1"><f>1+1</f></c></row></sheetData>'
    (page,) = read_pages(write_xlsx({"A": formula}), "a.xlsx")
    assert [remark.code for remark in page.remarks] == ["formulas"]


def test_long_documents_are_not_looked_through(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(opening, "MAX_BLANK_BYTES", 10)
    assert len(read_pages(BLANK["b.pptx"], "b.pptx")) == 2
