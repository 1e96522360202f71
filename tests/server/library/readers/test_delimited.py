"""Tables with delimiters."""

import csv
import io
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from server.library.readers.delimited import find_delimiter, split_records
from server.library.readers.protocol import ReaderLimits
from server.library.readers.records import Page
from tests.helpers.reading import list_cells, list_header, list_remarks, read_pages, read_text, refuse

VALUES = st.text(st.characters(exclude_categories=["Cs", "Cc", "Cn", "Co"], include_characters='\n",;'), max_size=12)
TABLES = st.lists(st.lists(VALUES, min_size=2, max_size=4), min_size=1, max_size=8)


def list_rows(page: Page) -> list[tuple[int, str]]:
    return [(row.number, page.text[row.start : row.end]) for row in page.rows]


@settings(max_examples=60)
@given(TABLES)
def test_records_are_as_they_were_written(table: list[list[str]]) -> None:
    file = io.StringIO()
    csv.writer(file).writerows(table)
    text = file.getvalue()
    records = list(split_records(io.StringIO(text, newline=""), ","))
    assert [values for _, values in records] == table
    assert "".join(record for record, _ in records) == text


@settings(max_examples=100)
@given(st.lists(st.sampled_from(['"', ",", "a", "\n", "\r\n", '""', "b"]), max_size=40))
def test_no_character_is_lost_whatever_the_quotes(pieces: list[str]) -> None:
    text = "".join(pieces)
    assert "".join(record for record, _ in split_records(io.StringIO(text, newline=""), ",")) == text


def test_rows_have_the_numbers_of_their_records() -> None:
    (page,) = read_pages(b'name,note\r\na,"two\r\nlines"\r\n\r\nb,"x, y"\r\n', "a.csv")
    assert list_rows(page) == [(1, "name,note\r\n"), (2, 'a,"two\r\nlines"\r\n'), (4, 'b,"x, y"\r\n')]
    assert list_cells(page)[2:] == [(1, 0, "a"), (1, 1, "two lines"), (2, 0, "b"), (2, 1, "x, y")]
    assert list_header(page) == ["name", "note"]


@pytest.mark.parametrize(
    ("text", "delimiter"),
    [
        ("a,b\n1,2\n", ","),
        ("Name;Preis\na;1,5\nb;2,5\n", ";"),
        ("a\tb, c\n1\t2\n", "\t"),
        ("a|b|c\n1|2,5|3\n", "|"),
        ('a,b\n"x;y;z",2\n"x;y;z",3\n', ","),
        ("a;b,c;d\n1;2;3\n1;2;3\n", ";"),
    ],
)
def test_delimiters(text: str, delimiter: str) -> None:
    assert find_delimiter(text.splitlines(keepends=True), "csv") == delimiter


def test_a_quote_that_never_ends_takes_only_its_line() -> None:
    (page,) = read_pages(b'name,size\na,"5 inch\nb,6\nc,7\n', "a.csv")
    assert [row.number for row in page.rows] == [1, 2, 3, 4]
    assert (2, 1, "6") in list_cells(page)


def test_many_quotes_without_ends_take_no_longer() -> None:
    lines = (f'"a{n},b\n' if n % 1000 == 0 else f"a{n},b\n" for n in range(100_000))
    start = time.process_time()
    assert sum(1 for _ in split_records(lines, ",")) > 40_000
    assert time.process_time() - start < 5


def test_ragged_and_empty_rows() -> None:
    (page,) = read_pages(b"a,b,c\n1\n1,2,3,4\n\n,,\nx,y,z\n", "a.csv")
    assert [row.number for row in page.rows] == [1, 2, 3, 6]
    assert page.text == "a,b,c\n1\n1,2,3,4\n\n,,\nx,y,z\n"


def test_later_pages_have_the_header_in_their_table_only() -> None:
    pages = read_pages(b"name,price\n" + b"some product,1\n" * 1000, "a.csv")
    assert len(pages) > 3
    assert all(list_header(page) == ["name", "price"] for page in pages)
    assert [page.text.count("name,price") for page in pages] == [1] + [0] * (len(pages) - 1)
    assert [row.number for page in pages for row in page.rows] == list(range(1, 1002))


@pytest.mark.parametrize("codec", ["utf-8", "utf-8-sig", "utf-16", "gb18030"])
def test_encodings(codec: str) -> None:
    text = "名称,价格\n交换机,5\n路由器,6\n"
    assert read_text(text.encode(codec), "a.csv") == text
    assert bool(list_remarks(text.encode(codec), "a.csv")) == (codec in ("gb18030", "utf-16"))


def test_big5() -> None:
    text = "名稱,價格,說明\n網路交換器,5,二十四個埠\n無線路由器,6,雙頻\n"
    assert read_text(text.encode("big5"), "a.csv") == text


def test_huge_values_and_rows_are_cut() -> None:
    pages = read_pages(b"a,b\n1," + b"x" * 100_000 + b"\nlast,2\n", "a.csv")
    assert max(len(page.text) for page in pages) <= 16_000
    assert {row.number for page in pages[1:-1] for row in page.rows} == {2}
    assert list_rows(pages[-1]) == [(3, "last,2\n")]


def test_too_many_cells() -> None:
    assert refuse(b"a,b\n" * 100, "a.csv", ReaderLimits(max_cells=150)).code == "too_many_cells"
