"""Documents with damage anywhere: they are read or refused, and nothing else happens."""

import contextlib
import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pptx import Presentation

from scripts.broken.office_writer import define_list, paragraph, text_cell, use_list, write_docx, write_ods, write_xlsx
from scripts.broken.texts import CHINESE
from scripts.broken.xls_writer import XlsSheet, write_xls
from server.library.readers.protocol import ReaderLimits
from tests.helpers.reading import open_document


def write_slides() -> bytes:
    slides = Presentation()
    slides.slides.add_slide(slides.slide_layouts[5])
    file = io.BytesIO()
    slides.save(file)
    return file.getvalue()


NUMBERING = define_list(0, ("decimal", "%1.")) + use_list(1, 0)
CELLS = "".join(text_cell(f"{letter}1", letter) for letter in "ABC")
ODS_CELL = '<table:table-cell office:value-type="string"><text:p>x</text:p></table:table-cell>'
WHOLE = {
    "docx": write_docx(paragraph("text", number=(1, 0)) * 20, numbering=NUMBERING),
    "xlsx": write_xlsx({"A": f"<sheetData><row r='1'>{CELLS}</row></sheetData>"}),
    "xls": write_xls(XlsSheet("A", [["a", 1.5, 2, True]] * 5)),
    "ods": write_ods({"A": f"<table:table-row>{ODS_CELL}</table:table-row>" * 5}),
    "pptx": write_slides(),
    "html": f"<html><body><h1>{CHINESE}</h1><table><tr><td rowspan=2>a<td>b<tr><td>c</table></body></html>".encode(),
    "csv": f'name,note,price\na,"{CHINESE}",1\nb,c,2\n'.encode("gb18030"),
    "md": f"# {CHINESE}\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n```\ncode\n```\n".encode(),
}


@settings(max_examples=25)
@given(place=st.floats(0, 0.9999), value=st.integers(1, 255), is_cut=st.booleans())
@pytest.mark.parametrize("kind", WHOLE)
def test_damage_anywhere(kind: str, place: float, value: int, is_cut: bool) -> None:
    data = bytearray(WHOLE[kind])
    at = int(place * len(data))
    data[at] ^= value
    with contextlib.suppress(Exception):  # any is taken for damage; what ends the process is no `Exception`
        list(open_document(bytes(data[:at] if is_cut else data), f"a.{kind}", ReaderLimits()).read_pages(1))
