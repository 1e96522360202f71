"""Plain text."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from server.library.readers.cutting import PART_CHARACTERS
from server.library.readers.protocol import ReaderLimits
from server.library.readers.records import Remark
from server.library.readers.text import TextReader
from tests.helpers.reading import list_remarks, open_document, read_pages, read_text, refuse

LETTERS = st.characters(exclude_categories=["Cs", "Cc", "Cn", "Co"], include_characters="\n\r\t")


@settings(max_examples=30)
@given(st.text(LETTERS, min_size=1, max_size=200), st.integers(1, 60))
def test_the_pages_are_the_file(text: str, times: int) -> None:
    text = f"x{text}" * times
    assert read_text(text.encode(), "a.txt") == text


@pytest.mark.parametrize("codec", ["utf-16", "utf-32", "gb18030"])
def test_encodings(codec: str) -> None:
    text = "第一段。\r\n\r\n第二段，很长的一段话。\r" * 100
    assert read_text(text.encode(codec), "a.txt") == text


def test_pages_end_with_paragraphs() -> None:
    pages = read_pages(("A sentence. " * 20 + "\n\n").encode() * 100, "a.txt")
    assert len(pages) > 5
    assert all(page.text.endswith("\n\n") for page in pages)


def test_a_line_without_end() -> None:
    pages = read_pages(b"x" * 100_000, "a.txt")
    assert {len(page.text) for page in pages[:-1]} == {PART_CHARACTERS}


def test_what_is_said() -> None:
    assert list_remarks("价格".encode("gb18030"), "a.txt") == [Remark("encoding", {"encoding": "GB18030"})]
    assert isinstance(open_document(b"text", "a.txt"), TextReader)


def test_too_many_pages() -> None:
    assert refuse(b"word " * 3000, "a.txt", ReaderLimits(max_pages=2)).code == "too_many_pages"
    assert len(read_pages(b"word " * 1000, "a.txt", ReaderLimits(max_pages=2))) == 2
