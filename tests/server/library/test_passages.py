"""Passages have all of a page's text, cut where a reader would cut it."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.library.passages import MAX_CHARACTERS, MAX_WIDE_CHARACTERS, cut_passages
from server.library.readers.records import Cell, Heading, Page, Row, Table
from server.store.library_records import NewPassage

ENGLISH = "The shirt is blue and has white stripes. It costs 20 yuan, and ships within two days. "
CHINESE = "这件衬衫是蓝色的，有白色条纹。价格为二十元，两天内发货。"


def texts(page: Page) -> list[str]:
    return [passage.text for passage in cut_passages(page)]


def check_partition(page: Page, passages: list[NewPassage]) -> None:
    """The passages have the page's text, in order, and say rightly where."""
    assert "".join(passage.text for passage in passages) == page.text
    done = 0
    for passage in passages:
        assert passage.start == done
        assert passage.page == page.number
        assert page.text[passage.start : passage.end] == passage.text
        assert passage.text or page.is_scan
        done = passage.end
    assert done == len(page.text)


@st.composite
def pages(draw: st.DrawFn) -> Page:
    words = st.sampled_from(
        ["shirt", "AB-123", "。", ". ", "\n", "\n\n", "衬衫", " ", "\t", "！”", "…", "\u00e9", "长" * 90]
    )
    text = "".join(draw(st.lists(words, max_size=400)))
    places = st.integers(0, len(text) + 2)
    headings = tuple(Heading(at, draw(st.integers(1, 4)), "A") for at in draw(st.lists(places, max_size=6)))
    tables = tuple(
        Table(min(ends), max(ends), (Cell("a", 0, 0),))
        for ends in draw(st.lists(st.tuples(places, places), max_size=3))
    )
    return Page(number=3, text=text, headings=headings, tables=tables, is_scan=draw(st.booleans()))


@given(pages())
def test_no_character_is_lost_or_invented(page: Page) -> None:
    passages = cut_passages(page)
    check_partition(page, passages)
    if page.text.strip():
        assert all(passage.text.strip() for passage in passages)
    if not page.is_scan:
        assert all(len(passage.text.strip()) <= MAX_CHARACTERS for passage in passages)


@given(st.lists(st.text(st.sampled_from("ab,价格\n "), max_size=300), min_size=1, max_size=60))
def test_a_sheet_is_cut_at_its_rows(lines: list[str]) -> None:
    rows, text = [], ""
    for number, line in enumerate(lines, 7):
        rows.append(Row(number, len(text), len(text) + len(line)))
        text += line + "\n"
    page = Page(number=1, text=text, sheet="Prices", rows=tuple(rows))
    passages = cut_passages(page)
    check_partition(page, passages)
    starts = {row.start for row in rows}
    for passage, later in itertools.pairwise(passages):
        assert passage.kind == "table"
        assert passage.sheet == "Prices"
        if later.start not in starts:  # only a row that is too long by itself is cut within
            assert any(row.start < later.start < row.end and row.end - row.start > 200 for row in rows)
        else:
            assert passage.last_row is not None
            assert later.first_row is not None
            assert passage.last_row < later.first_row


def test_texts_are_cut_at_sentences_and_not_too_short() -> None:
    for sentence, limit, endings in ((ENGLISH, MAX_CHARACTERS, ". "), (CHINESE, MAX_WIDE_CHARACTERS, "。")):
        found = texts(Page(number=1, text=sentence * 60))
        assert all(limit // 4 <= len(text) <= limit for text in found)
        assert all(text.endswith(endings) for text in found)
        assert sum(len(text) for text in found[:-1]) / (len(found) - 1) > limit / 2


def test_a_paragraph_goes_before_a_sentence() -> None:
    first = ENGLISH * 6
    assert texts(Page(number=1, text=f"{first}\n\n{ENGLISH * 8}"))[0] == f"{first}\n\n"


def test_a_text_without_any_place_to_cut_is_cut_all_the_same() -> None:
    assert [len(text) for text in texts(Page(number=1, text="x" * 1700))] == [800, 700, 200]


def test_headings_begin_passages_and_are_their_path() -> None:
    text = "Shirts\nBlue\nA blue shirt.\nRed\nA red shirt.\n"
    headings = tuple(Heading(text.index(name), level, name) for name, level in (("Shirts", 1), ("Blue", 2), ("Red", 2)))
    found = cut_passages(Page(number=1, text=text, headings=headings))
    assert [(passage.text, passage.heading) for passage in found] == [
        ("Shirts\nBlue\nA blue shirt.\n", "Shirts > Blue"),
        ("Red\nA red shirt.\n", "Shirts > Red"),
    ]


def test_a_page_goes_on_under_the_headings_above_it() -> None:
    above = (Heading(0, 1, "Shirts"), Heading(9, 2, " Blue\nones "))
    page = Page(number=2, text="They are cheap.\nHats\nNone.", headings=(Heading(16, 1, "Hats"),), headings_above=above)
    assert [passage.heading for passage in cut_passages(page)] == ["Shirts > Blue ones", "Hats"]


def test_a_table_is_a_passage_with_its_caption() -> None:
    rows = "".join(f"AB-{number}\t{number}0\n" for number in range(9))
    text = f"{ENGLISH * 3}\n{rows}It ends here."
    start = text.index("AB-0")
    found = cut_passages(Page(number=1, text=text, tables=(Table(start, start + len(rows), ()),)))
    assert [(passage.kind, passage.text) for passage in found] == [
        ("text", f"{ENGLISH * 3}\n"),
        ("table", rows),
        ("text", "It ends here."),
    ]
    text = f"Prices\n{rows}"
    (whole,) = cut_passages(Page(number=1, text=text, tables=(Table(7, len(text), ()),)))
    assert (whole.kind, whole.text) == ("table", text)


def test_a_long_table_is_cut_between_rows() -> None:
    rows = "".join(f"AB-{number:03}\ta shirt with stripes\t{number}0 yuan\n" for number in range(90))
    found = texts(Page(number=1, text=rows, tables=(Table(0, len(rows), ()),)))
    assert len(found) > 3
    assert all(text.endswith(" yuan\n") and text.startswith("AB-") for text in found)


@pytest.mark.parametrize("text", ["", "  text"])
def test_a_scan_is_one_passage(text: str) -> None:
    (passage,) = cut_passages(Page(number=4, text=text, is_scan=True))
    assert (passage.kind, passage.text, passage.page) == ("scan", text, 4)


def test_blank_text_joins_its_neighbour() -> None:
    assert texts(Page(number=1, text="")) == []
    assert texts(Page(number=1, text=" \n ")) == [" \n "]
    assert texts(Page(number=1, text=" " * 3000 + "a" + " " * 3000)) == [" " * 3000 + "a" + " " * 3000]
