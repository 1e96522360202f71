"""Whether Chinese text can be drawn for which a PDF brings no font."""

import functools
import unicodedata

import pypdfium2 as pdfium  # type: ignore[import-untyped]
import pypdfium2.raw as pdfium_c  # type: ignore[import-untyped]

from server.library.readers.pdf_drawing import draw

PROBE = b"""%PDF-1.4
1 0 obj <</Type/Catalog/Pages 2 0 R>> endobj
2 0 obj <</Type/Pages/Kids[3 0 R]/Count 1>> endobj
3 0 obj <</Type/Page/Parent 2 0 R/MediaBox[0 0 40 20]/Contents 4 0 R/Resources<</Font<</F 5 0 R>>>>>> endobj
4 0 obj <</Length 36>> stream
BT /F 20 Tf 0 2 Td <4E2D6587> Tj ET
endstream endobj
5 0 obj <</Type/Font/Subtype/Type0/BaseFont/STSong-Light/Encoding/UniGB-UCS2-H/DescendantFonts[6 0 R]>> endobj
6 0 obj <</Type/Font/Subtype/CIDFontType0/BaseFont/STSong-Light/FontDescriptor 7 0 R/DW 1000
/CIDSystemInfo<</Registry(Adobe)/Ordering(GB1)/Supplement 4>>>> endobj
7 0 obj <</Type/FontDescriptor/FontName/STSong-Light/Flags 6/FontBBox[-25 -254 1000 880]/ItalicAngle 0/Ascent 880
/Descent -120/CapHeight 880/StemV 93>> endobj
trailer <</Root 1 0 R/Size 8>>
%%EOF
"""
"""A page with two Chinese characters in a font that it does not bring."""

DARK = 128

LATE_BLOCKS = 0x2E80
"""Where the blocks of Chinese, Japanese and Korean begin."""


@functools.cache
def has_cjk_font() -> bool:
    """Whether PDFium finds a font of the system for Chinese text: it draws some, and looks whether that is blank.

    PDFium looks in /usr/share/fonts, /usr/local/share/fonts and the folders of X11.
    """
    with pdfium.PdfDocument(PROBE) as document:
        page = document[0]
        num_dark = sum(draw(page, 80, 40).convert("L").histogram()[:DARK])
        page.close()
    return num_dark > 0


def lacks_cjk_font(text_page: pdfium.PdfTextPage) -> bool:
    """Whether a page has Chinese text that is drawn blank."""
    return not has_cjk_font() and any(_is_unembedded(text_page, index) for index in _find_cjk(text_page))


def _find_cjk(text_page: pdfium.PdfTextPage) -> list[int]:
    get, raw = pdfium_c.FPDFText_GetUnicode, text_page.raw
    return [at for at in range(text_page.count_chars()) if is_cjk(get(raw, at))]


def is_cjk(code: int) -> bool:
    """Whether a code is that of a Chinese, Japanese or Korean letter."""
    return LATE_BLOCKS <= code <= 0x10FFFF and unicodedata.category(chr(code)) == "Lo"


def _is_unembedded(text_page: pdfium.PdfTextPage, index: int) -> bool:
    drawn = pdfium_c.FPDFText_GetTextObject(text_page, index)
    font = pdfium_c.FPDFTextObj_GetFont(drawn) if drawn else None
    return bool(font) and pdfium_c.FPDFFont_GetIsEmbedded(font) == 0
