"""The text of a page, and where its lines are drawn."""

import io

import pypdfium2 as pdfium  # type: ignore[import-untyped]
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scripts.documents.pdf_writer import A4, CHINESE, EMBEDDED, PdfPage, table_page, text_page, write_pdf, write_text
from server.library.readers.pdf_drawing import draw
from server.library.readers.pdf_text import PageText, decode, read_text
from server.library.readers.records import Line


def read(page: PdfPage) -> PageText:
    with pdfium.PdfDocument(write_pdf([page])) as document:
        opened = document[0]
        return read_text(opened, opened.get_textpage())


def test_lines_of_text() -> None:
    read_page = read(text_page(["Hello (world)", "", "Price: 12.50"]))
    assert read_page.text == "Hello (world)\nPrice: 12.50"
    assert [read_page.text[line.start : line.end] for line in read_page.lines] == ["Hello (world)", "Price: 12.50"]


@pytest.mark.parametrize("font", [CHINESE, EMBEDDED])
def test_chinese(font: str) -> None:
    assert read(text_page(["合同总价为人民币", "第一章"], font)).text == "合同总价为人民币\n第一章"


def test_hyphens_and_line_ends_are_left_as_they_are() -> None:
    read_page = read(text_page(["An exam-", "ple of it"]))
    assert read_page.text == "An exam-\nple of it"
    assert [(line.start, line.end) for line in read_page.lines] == [(0, 8), (9, 18)]


def test_cells_of_a_row_are_on_one_line() -> None:
    assert read(table_page([["Name", "Price"], ["Tea", "3.50"]])).text == "Name\tPrice\nTea\t3.50"


def test_a_page_without_text() -> None:
    assert read(PdfPage()) == PageText("", ())


@pytest.mark.parametrize("rotation", [0, 90, 180, 270])
@pytest.mark.parametrize("crop", [None, (60, 500, 400, 800), (-50, -50, 700, 900)])
@pytest.mark.parametrize("box", [(0, 0, *A4), (-100, 50, 500, 1000)])
def test_lines_are_where_their_ink_is(rotation: int, crop: tuple[float, ...] | None, box: tuple[float, ...]) -> None:
    page = PdfPage(write_text(["MMMMMMMM"], size=20, left=100, top=700), rotation=rotation, crop=crop, box=box)
    data = write_pdf([page])
    with pdfium.PdfDocument(data) as document:
        opened = document[0]
        (line,) = read_text(opened, opened.get_textpage()).lines
        image = draw(opened, 1000, 1000).convert("L").point(lambda shade: 255 * (shade < 128))
    left, top, right, bottom = image.getbbox() or (0, 0, 0, 0)
    drawn = (left / image.width, top / image.height, right / image.width, bottom / image.height)
    assert (line.left, line.top, line.right, line.bottom) == pytest.approx(drawn, abs=0.01)


def test_what_is_drawn_outside_the_page_stays_within_its_shares() -> None:
    for line in read(PdfPage(write_text(["far away"], left=560, top=835), crop=(0, 0, 570, 836))).lines:
        assert all(0 <= share <= 1 for share in (line.left, line.top, line.right, line.bottom))


def test_lines_drawn_from_below_are_read_from_above() -> None:
    lines = [write_text([f"line {number}"], top=700 - 20 * number) for number in range(9)]
    assert read(PdfPage(b"".join(reversed(lines)))).text == "\n".join(f"line {number}" for number in range(9))


def test_a_foot_that_is_drawn_first_is_read_last() -> None:
    page = write_text(["foot"], top=40) + write_text(["first", "second"])
    assert read(PdfPage(page)).text == "first\nsecond\nfoot"


def test_columns_are_read_one_after_the_other() -> None:
    columns = write_text(["left one", "left two"]), write_text(["right one", "right two"], left=300)
    expected = "left one\nleft two\nright one\nright two"
    assert read(PdfPage(columns[0] + columns[1])).text == expected
    assert read(PdfPage(columns[1] + columns[0])).text == expected


@pytest.mark.parametrize(
    ("codes", "text"),
    [
        ([0x41, 0, 0x42], "A\ufffdB"),
        ([0xD83D, 0xDE00], "😀"),
        ([0x1F600], "😀"),
        ([0xD83D, 0x41], "\ufffdA"),
        ([0xDE00], "\ufffd"),
        ([2], "-"),
        ([9, 0xA0, 0x20], "   "),
        ([0x1B, 0x7F, 0xFFFE, 0x110000], "\ufffd" * 4),
        ([], ""),
    ],
)
def test_codes_become_characters(codes: list[int], text: str) -> None:
    assert decode(codes) == text


@given(st.lists(st.integers(0, 0x120000), max_size=30))
def test_any_codes_become_text_that_can_be_stored(codes: list[int]) -> None:
    text = decode(codes)
    assert "\0" not in text
    assert text.encode().decode() == text


@settings(max_examples=20, deadline=None)
@given(st.lists(st.text("abcXYZ 0189.,;:", min_size=1, max_size=30), max_size=20))
def test_no_character_is_lost_or_made_up(lines: list[str]) -> None:
    read_page = read(text_page(lines))
    assert "".join(read_page.text.split()) == "".join("".join(lines).split())
    check_lines(read_page.text, read_page.lines)


def check_lines(text: str, lines: tuple[Line, ...]) -> None:
    """Lines follow on each other, with one character between them."""
    end = -1
    for line in lines:
        assert line.start == end + 1
        assert text[line.start : line.end].strip()
        end = line.end
    assert end == len(text) or not lines


def test_a_text_page_can_come_from_any_file() -> None:
    with pdfium.PdfDocument(io.BytesIO(write_pdf([text_page(["a"])]))) as document:
        opened = document[0]
        assert read_text(opened, opened.get_textpage()).text == "a"
