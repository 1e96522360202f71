"""Chinese text is not drawn blank: with a font of the system, else it is said."""

import json
import subprocess
import sys
from pathlib import Path

import pypdfium2 as pdfium  # type: ignore[import-untyped]
import pytest

from scripts.documents.pdf_writer import CHINESE, EMBEDDED, text_page, write_pdf
from server.library.readers.pdf_drawing import draw
from server.library.readers.pdf_fonts import has_cjk_font, is_cjk, lacks_cjk_font
from tests.helpers.paths import ROOT

WITHOUT_FONTS = """
import ctypes, io, json, sys
import pypdfium2, pypdfium2.raw as c
from server.library.readers.opening import open_reader
from server.library.readers.protocol import ReaderLimits

c.FPDF_DestroyLibrary()
folders = (ctypes.c_char_p * 2)(sys.argv[1].encode(), None)
config = c.FPDF_LIBRARY_CONFIG(version=2)
config.m_pUserFontPaths = ctypes.cast(folders, type(config.m_pUserFontPaths))
c.FPDF_InitLibraryWithConfig(config)
with open(sys.argv[2], "rb") as file:
    reader = open_reader(file, "a", ReaderLimits())
    print(json.dumps([[page.text, [remark.code for remark in page.remarks]] for page in reader.read_pages(1)]))
"""


def test_chinese_text_without_a_font_of_its_own_is_drawn() -> None:
    if not has_cjk_font():
        pytest.skip("the system has no Chinese font: make fonts")
    with pdfium.PdfDocument(write_pdf([text_page(["合同总价为人民币"], CHINESE), text_page([""])])) as document:
        ink = [sum(draw(page, 600, 800).convert("L").histogram()[:128]) for page in document]
    assert ink[0] > 200
    assert ink[1] == 0


def test_where_there_is_no_font_it_is_said_once(tmp_path: Path) -> None:
    latin = text_page(["only Latin"])
    pages = [latin, text_page(["合同"], EMBEDDED), text_page(["总价"], CHINESE), text_page(["人民币"], CHINESE), latin]
    (tmp_path / "a.pdf").write_bytes(write_pdf(pages))
    (tmp_path / "fonts").mkdir()
    command = [sys.executable, "-c", WITHOUT_FONTS, str(tmp_path / "fonts"), str(tmp_path / "a.pdf")]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert json.loads(done.stdout) == [
        ["only Latin", []],
        ["合同", []],
        ["总价", ["no_cjk_font"]],
        ["人民币", []],
        ["only Latin", []],
    ]


def test_only_fonts_that_are_not_embedded_are_missed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("server.library.readers.pdf_fonts.has_cjk_font", lambda: False)
    with pdfium.PdfDocument(write_pdf([text_page(["合同"], CHINESE), text_page(["合同"], EMBEDDED)])) as document:
        assert [lacks_cjk_font(page.get_textpage()) for page in document] == [True, False]


@pytest.mark.parametrize(
    ("letter", "expected"), [("中", True), ("か", True), ("한", True), ("𠀀", True), ("a", False), ("，", False)]
)
def test_letters(letter: str, expected: bool) -> None:
    assert is_cjk(ord(letter)) is expected


def test_the_makefile_and_the_image_bring_a_small_font() -> None:
    for name in ("Makefile", "deploy/Dockerfile"):
        assert "fonts-wqy-microhei" in (ROOT / name).read_text(encoding="utf-8")
