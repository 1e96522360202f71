"""PDFs as documents: pages, scans, headings, forms, and what is wrong with them."""

import io
import zlib

import pytest
from PIL import Image

from scripts.documents.pdf_writer import Bookmark, PdfPage, scan_page, text_page, write_pdf, write_text
from server.library.readers.protocol import DrawingReader, ReaderLimits
from server.library.readers.records import Heading, Refusal, Remark
from tests.helpers.pictures import encode, open_noise
from tests.helpers.reading import opened_reader, read_document
from tests.helpers.refusals import refusal_of

JPEG = encode(open_noise((60, 80)), "JPEG")
PAGES = [text_page([f"Text of page {number}"] * 3) for number in range(1, 9)]
PDF = write_pdf(PAGES)

FIELD = b"<< /Type /Annot /Subtype /Widget /FT /Tx /T (a) /V (Ann Miller) /Rect [100 600 300 620] /F 4 "
FIELD += b"/AP << /N 2 0 R >> >>"
DRAWN = b"<< /Type /XObject /Subtype /Form /BBox [0 0 200 20] /Resources << /Font << /F1 3 0 R >> >> %s >>"
FONT = b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>"
FORM = [(FIELD, None), (DRAWN, b"BT /F1 12 Tf 2 5 Td (Ann Miller) Tj ET"), (FONT, None)]
SCRIPT = (b"<< /S /JavaScript /JS (app.alert\\(1\\)) >>", None)


def read_pages(*pages: PdfPage) -> list[tuple[str, bool]]:
    return [(page.text, page.is_scan) for page in read_document(write_pdf(pages))[1]]


def test_pages() -> None:
    opened, pages = read_document(PDF)
    assert (opened.kind, opened.num_pages, opened.remarks) == ("pdf", 8, ())
    assert [page.number for page in pages] == list(range(1, 9))
    assert pages[4].text == "\n".join(["Text of page 5"] * 3)
    assert len(pages[4].lines) == 3
    assert [page.number for page in read_document(PDF, first=7)[1]] == [7, 8]


def test_scans_and_texts_may_be_mixed() -> None:
    assert read_pages(text_page(["Some text"]), scan_page(JPEG, (60, 80)), PdfPage(), text_page(["More"])) == [
        ("Some text", False),
        ("", True),
        ("", False),
        ("More", False),
    ]


def test_a_scan_may_have_a_stamp() -> None:
    assert read_pages(scan_page(JPEG, (60, 80), write_text(["Page 3 of 300"]))) == [("Page 3 of 300", True)]


def test_a_scan_whose_text_was_read_is_text() -> None:
    hidden = b"3 Tr " + write_text(["The text of the scan, which a program has read before"] * 3)
    ((text, is_scan),) = read_pages(scan_page(JPEG, (60, 80), hidden))
    assert not is_scan
    assert text.startswith("The text of the scan")


def test_a_page_with_a_logo_is_text() -> None:
    logo = PdfPage(
        b"q 80 0 0 60 50 750 cm /Im Do Q " + write_text(["Annual report of 2026"]), jpeg=JPEG, jpeg_size=(60, 80)
    )
    assert read_pages(logo) == [("Annual report of 2026", False)]


def test_a_page_of_lines_is_a_scan_and_a_white_one_is_not() -> None:
    drawing = b"".join(b"%d 100 m %d 700 l S " % (x, x + 9) for x in range(50, 500, 10))
    assert read_pages(PdfPage(drawing)) == [("", True)]
    assert read_pages(PdfPage(b"1 1 1 rg 0 0 595 842 re f")) == [("", False)]
    assert read_pages(PdfPage(b"0 0 0 rg 900 900 50 50 re f")) == [("", False)]


FORM_PAGE = b"<< /Type /Page /MediaBox [0 0 595 842] /Contents 2 0 R /Resources << /XObject << /Fm 3 0 R >> >> >>"
FONTS_AND_PICTURE = b"/Font << /F1 4 0 R >> /XObject << /Im 5 0 R >>"
PICTURE = b"<< /Type /XObject /Subtype /Image /Width 60 /Height 80 /ColorSpace /DeviceRGB /BitsPerComponent 8 "
PICTURE += b"/Filter /DCTDecode %s >>"


def write_form(content: bytes) -> bytes:
    """Return a PDF whose page is composed elsewhere, as programs do that stamp pages or put them together."""
    form = b"<< /Type /XObject /Subtype /Form /BBox [0 0 595 842] /Resources << " + FONTS_AND_PICTURE + b" >> %s >>"
    more = [(FORM_PAGE, None), (b"<< %s >>", b"/Fm Do"), (form, content), (FONT, None), (PICTURE, JPEG)]
    return write_pdf([PdfPage()], more=more).replace(b"/Kids [", b"/Kids [1 0 R ")


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (write_text(["Annual report"]), ("Annual report", False)),
        (b"q 595 0 0 842 0 0 cm /Im Do Q", ("", True)),
        (b"q 595 0 0 842 0 0 cm /Im Do Q " + write_text(["Page 1 of 9 (copy)"]), ("Page 1 of 9 (copy)", True)),
        (b"", ("", False)),
    ],
)
def test_a_page_that_is_composed_elsewhere_is_seen_into(content: bytes, expected: tuple[str, bool]) -> None:
    page = read_document(write_form(content))[1][0]
    assert (page.text, page.is_scan) == expected


def test_a_picture_of_one_colour_is_a_scan() -> None:
    white = encode(Image.new("RGB", (60, 80), "white"), "JPEG")
    assert read_pages(scan_page(white, (60, 80)), scan_page(b"no picture", (60, 80))) == [("", True), ("", True)]


def test_a_page_of_characters_without_meaning_is_a_scan() -> None:
    text = ("\ue001\ue002" * 40).encode("utf-16-be").hex().encode()
    private = PdfPage(b"50 50 m 400 400 l S BT /F2 12 Tf 72 700 Td <%s> Tj ET" % text)
    assert read_pages(private) == [("", True)]


def test_bookmarks_are_headings() -> None:
    pages = [text_page(["1 Tea", "about tea", "1.1 Green tea", "more"]), text_page(["x"]), text_page(["2 Water"])]
    bookmarks = [Bookmark("Tea", 1, [Bookmark("Green tea", 1)]), Bookmark("Water", 3)]
    _, read = read_document(write_pdf(pages, bookmarks))
    assert read[0].headings == (Heading(0, 1, "Tea"), Heading(16, 2, "Green tea"))
    assert read[0].text[16:].startswith("1.1 Green tea")
    assert read[1].headings_above == (Heading(0, 1, "Tea"), Heading(0, 2, "Green tea"))
    assert read[2].headings == (Heading(0, 1, "Water"),)
    assert [page.headings_above for page in read_document(write_pdf(pages, bookmarks), first=2)[1]] == [
        page.headings_above for page in read[1:]
    ]


def test_what_is_filled_into_a_form_is_read() -> None:
    page = PdfPage(write_text(["Name:"]), annotations=[b"1 0 R"])
    data = write_pdf([page], catalog=b"/AcroForm << /Fields [1 0 R] >>", more=FORM)
    assert read_document(data)[1][0].text == "Name:\nAnn Miller"


def test_annotations_are_drawn() -> None:
    data = write_pdf([PdfPage(annotations=[b"1 0 R"])], catalog=b"/AcroForm << /Fields [1 0 R] >>", more=FORM)
    with opened_reader(data) as reader:
        assert isinstance(reader, DrawingReader)
        assert sum(Image.open(io.BytesIO(reader.render(1, 300, 300))).convert("L").histogram()[:128])


@pytest.mark.parametrize("catalog", [b"/OpenAction 1 0 R", b"/Names << /JavaScript << /Names [(a) 1 0 R] >> >>"])
def test_scripts_are_told(catalog: bytes) -> None:
    assert read_document(write_pdf(PAGES, catalog=catalog, more=[SCRIPT]))[0].remarks == (Remark("scripts"),)


def test_forms_that_cannot_be_seen_are_told() -> None:
    catalog = b"/NeedsRendering true /AcroForm << /Fields [] /XFA 1 0 R >>"
    data = write_pdf(PAGES, catalog=catalog, more=[(b"<< %s >>", b"<xdp:xdp/>")])
    assert read_document(data)[0].remarks == (Remark("xfa"),)


def test_attachments_are_told() -> None:
    attached = [
        (b"<< /Type /Filespec /F (a.txt) /EF << /F 2 0 R >> >>", None),
        (b"<< /Type /EmbeddedFile %s >>", b"a"),
    ]
    data = write_pdf(PAGES, catalog=b"/Names << /EmbeddedFiles << /Names [(a.txt) 1 0 R] >> >>", more=attached)
    assert read_document(data)[0].remarks == (Remark("attachments", {"count": 1}),)


def test_passwords() -> None:
    data = write_pdf(PAGES, password="open sesame")
    assert refusal_of(lambda: read_document(data)) == Refusal("encrypted")
    assert refusal_of(lambda: read_document(data, password="")) == Refusal("encrypted")
    assert refusal_of(lambda: read_document(data, password="shut")) == Refusal("wrong_password")
    assert read_document(data, password="open sesame")[1][0].text.startswith("Text of page 1")
    assert read_document(PDF, password="needless")[0].num_pages == 8


def test_limits() -> None:
    limits = ReaderLimits(max_pages=7)
    assert refusal_of(lambda: read_document(PDF, limits=limits)) == Refusal("too_many_pages", {"limit": 7})
    limits = ReaderLimits(max_pages=8, max_page_chars=10)
    assert refusal_of(lambda: read_document(PDF, limits=limits)) == Refusal("too_much_text", {"limit": 10})


def test_what_is_no_pdf_is_broken() -> None:
    assert refusal_of(lambda: read_document(b"%PDF-1.7\nnothing")) == Refusal("broken", {"cause": "pdf"})


def test_pages_that_are_not_there_are_told() -> None:
    number = PDF.index(b" 0 obj\n<< /Type /Page ", PDF.index(b"/Type /Page /Parent") + 20)
    damaged = PDF[:number] + b" 0 obj\n<< /Type /Pfff " + PDF[number + len(b" 0 obj\n<< /Type /Page ") :]
    opened, pages = read_document(damaged)
    assert opened.num_pages == len(pages) == 8
    assert pages[0].text.startswith("Text of page 1")


@pytest.mark.parametrize("share", [0.6, 0.8, 0.95])
def test_a_cut_document_is_read_as_far_as_it_goes(share: float) -> None:
    opened, pages = read_document(PDF[: int(len(PDF) * share)])
    assert Remark("damaged") in opened.remarks
    read = [page.number for page in pages if page.text]
    assert read == list(range(1, len(read) + 1))
    assert len(read) >= 2
    for page in pages[len(read) :]:
        assert page.remarks == (
            Remark("page_unreadable", {"page": page.number, "cause": page.remarks[0].values["cause"]}),
        )


def test_a_document_that_is_cut_before_its_first_page_is_broken() -> None:
    assert refusal_of(lambda: read_document(PDF[: PDF.index(b"/Type /Page /")])).code == "broken"


@pytest.mark.parametrize(
    ("page", "box", "size"),
    [
        (PdfPage(), (100, 1000), (100, 142)),
        (PdfPage(), (1000, 100), (71, 100)),
        (PdfPage(rotation=90), (1000, 100), (142, 100)),
        (PdfPage(crop=(0, 0, 100, 100)), (50, 50), (50, 50)),
        (PdfPage(box=(0, 0, 1e7, 10)), (100, 100), (100, 1)),
        (PdfPage(box=(0, 0, 0.01, 0.01)), (100, 100), (100, 100)),
        (PdfPage(box=(5, 5, 5, 5)), (100, 1000), (100, 129)),
    ],
)
def test_a_drawing_fills_its_box_in_one_direction(page: PdfPage, box: tuple[int, int], size: tuple[int, int]) -> None:
    with opened_reader(write_pdf([page])) as reader:
        assert isinstance(reader, DrawingReader)
        assert Image.open(io.BytesIO(reader.render(1, *box))).size == size


def test_texts_are_drawn_as_png_and_scans_as_jpeg() -> None:
    with opened_reader(write_pdf([text_page(["a"]), scan_page(JPEG, (60, 80))])) as reader:
        assert isinstance(reader, DrawingReader)
        text, scan = (Image.open(io.BytesIO(reader.render(number, 200, 200))) for number in (1, 2))
        assert (text.format, text.mode, text.getpixel((0, 0))) == ("PNG", "L", 255)
        assert (scan.format, scan.mode) == ("JPEG", "RGB")
        for number in (0, 3):
            with pytest.raises(IndexError):
                reader.render(number, 9, 9)


def test_a_page_whose_content_is_damaged_is_read_as_far_as_it_goes() -> None:
    content = zlib.compress(write_text(["A line that is whole"] * 50))
    damaged = write_pdf([PdfPage(write_text(["A line that is whole"] * 50))])
    place = damaged.index(content) + len(content) // 2
    _, (page,) = read_document(damaged[:place] + bytes(9) + damaged[place + 9 :])
    assert page.number == 1
