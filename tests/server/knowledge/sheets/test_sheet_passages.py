"""The passages of sheets: each row its own, all within the text of their pages."""

import csv
import io

from hypothesis import given, settings
from hypothesis import strategies as st

from server.knowledge.sheets import sheet_passages
from server.knowledge.sheets.records import Span
from server.knowledge.sheets.sheet_passages import cut_rows
from server.library.readers.records import Heading, Page
from tests.helpers.sheets import check_passages, read_sheet

CELL = st.text("ab白 1,;\"\n|'-", max_size=8)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(CELL, CELL, CELL), max_size=12))
def test_any_sheet_has_its_text_in_its_passages(rows: list[tuple[str, str, str]]) -> None:
    """`read_sheet` checks that each passage is the text at its place, and that what is derived has passages."""
    written = io.StringIO()
    csv.writer(written).writerows([("商品编号", "名称", "材质"), *rows, ("Z9", "last", "x")])
    sheet = read_sheet(written.getvalue(), role="products")
    assert sheet.keys()[-1] == "Z9"
    for entity in sheet.reading.derived.entities:
        assert any(entry == entity.passage for _, entry in sheet.passages)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(CELL, CELL), max_size=8), st.booleans())
def test_any_markdown_table_has_its_text_in_its_passages(rows: list[tuple[str, str]], is_named: bool) -> None:
    lines = [f"| {one} | {other} |".replace("\n", " ") for one, other in rows]
    title = "## Goods\n\n" if is_named else ""
    sheet = read_sheet(
        f"{title}| 编号 | 名称 |\n|---|---|\n" + "\n".join([*lines, "| Z9 | last |"]) + "\n\nEnd.\n", "a.md"
    )
    assert sheet.keys()[-1] == "Z9"


def test_what_is_between_spans_is_cut_as_ever() -> None:
    page = Page(number=1, text="# Head\nbefore\nrow one\nrow two\nafter\n", headings=(Heading(0, 1, "Head"),))
    spans = [Span(1, 14, 22, 0, "a | b", is_row=True), Span(1, 22, 30, 1, "a | b", is_row=True)]
    passages = cut_rows(page, spans)
    check_passages([page], [passage for passage, _ in passages])
    assert [(passage.text.strip(), entry, passage.heading) for passage, entry in passages] == [
        ("# Head\nbefore", None, "Head"),
        ("row one", 0, "Head > a | b"),
        ("row two", 1, "Head > a | b"),
        ("after", None, "Head"),
    ]


def test_headers_and_bare_lines_are_in_no_passage() -> None:
    page = Page(number=1, text="a | b\n--|--\n1 | 2\n")
    passages = cut_rows(page, [Span(1, 0, 6), Span(1, 12, 18, 0)])
    assert [passage.text for passage, _ in passages] == ["1 | 2"]


def test_a_long_row_is_cut_and_its_first_part_is_its_place() -> None:
    text = "word " * 1000
    passages = cut_rows(Page(number=1, text=text), [Span(1, 0, len(text), 7)])
    assert len(passages) > 3
    assert "".join(passage.text for passage, _ in passages) == text.rstrip()
    assert max(len(passage.text) for passage, _ in passages) <= sheet_passages.MAX_CHARACTERS
    assert {entry for _, entry in passages} == {7}


def test_spans_that_overlap_are_one() -> None:
    page = Page(number=1, text="one two")
    assert [(passage.text, entry) for passage, entry in cut_rows(page, [Span(1, 0, 7, 0), Span(1, 4, 7, 1)])] == [
        ("one two", 0)
    ]
