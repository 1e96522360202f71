"""Blocks put together into pages."""

from hypothesis import given
from hypothesis import strategies as st

from server.library.readers.blocks import Block, TableRow, build_cells, build_pages
from server.library.readers.cutting import PART_CHARACTERS
from server.library.readers.records import Cell

LINES = st.integers(0, 2500).map(lambda length: "x" * length + "\n")


def build_row(text: str, is_header: bool = False) -> TableRow:
    return TableRow(f"{text}\n", (Cell(text, 0, 0, is_header=is_header),))


BLOCKS = st.one_of(
    LINES.map(Block),
    st.integers(1, 6).map(lambda level: Block("head\n", level, "head")),
    st.lists(LINES.map(lambda line: build_row(line[:-1])), min_size=1, max_size=4).map(
        lambda rows: Block("".join(row.text for row in rows), rows=tuple(rows))
    ),
)


@given(st.lists(BLOCKS, max_size=12))
def test_the_pages_are_the_blocks(blocks: list[Block]) -> None:
    pages = list(build_pages(blocks))
    assert "".join(page.text for page in pages) == "".join(block.text for block in blocks)
    assert sum(len(page.headings) for page in pages) == sum(bool(block.level) for block in blocks)
    assert all(len(page.text) <= PART_CHARACTERS for page in pages)


def test_there_is_always_a_page() -> None:
    (page,) = build_pages([])
    assert page.text == ""


def test_headings_above_are_those_that_the_beginning_is_under() -> None:
    text = Block("x" * 2900 + "\n")
    heads = [Block(f"{title}\n", level, title) for level, title in ((1, "A"), (2, "B"), (3, "C"), (2, "D"))]
    pages = list(build_pages([heads[0], heads[1], text, text, heads[2], text, heads[3], text]))
    above = [[heading.text for heading in page.headings_above] for page in pages]
    assert above == [[], ["A", "B"], ["A", "B"], ["A"]]
    assert [[heading.text for heading in page.headings] for page in pages] == [["A", "B"], [], ["C"], ["D"]]


def test_a_heading_goes_with_what_comes_after_it() -> None:
    pages = list(build_pages([Block("x" * 1400 + "\n"), Block("H\n", 1, "H"), Block("y" * 2900 + "\n")]))
    assert [page.text[0] for page in pages] == ["x", "H"]


def test_every_part_of_a_table_has_its_header() -> None:
    rows = (build_row("head", is_header=True), *(build_row(f"{n} " + "x" * 900) for n in range(7)))
    pages = list(build_pages([Block("".join(row.text for row in rows), rows=rows)]))
    assert len(pages) == 3
    for page in pages:
        (table,) = page.tables
        assert (table.cells[0].text, table.cells[0].row, table.cells[0].is_header) == ("head", 0, True)
        assert [cell.row for cell in table.cells] == list(range(len(table.cells)))
    assert [page.text.count("head") for page in pages] == [1, 0, 0]


def test_a_table_of_headers_alone_repeats_none() -> None:
    rows = tuple(build_row(f"{number} " + "x" * 900, is_header=True) for number in range(12))
    pages = list(build_pages([Block("".join(row.text for row in rows), rows=rows)]))
    assert sum(len(page.tables[0].cells) for page in pages) == 12


def test_rows_that_are_longer_than_a_page_are_text_in_their_place() -> None:
    rows = (
        build_row("head", True),
        *(build_row(name + "x" * length) for name, length in zip("abcde", (9, 7000, 7000, 9, 4000), strict=True)),
    )
    text = "".join(row.text for row in rows)
    pages = list(build_pages([Block(text, rows=rows)]))
    assert "".join(page.text for page in pages) == text
    assert [[cell.text[0] for cell in table.cells] for page in pages for table in page.tables] == [
        ["h", "a"],
        ["h", "d"],
    ]


def test_spans_end_with_the_table_and_lines_that_are_no_rows_do_not_count() -> None:
    rows = (TableRow("a\n", (Cell("a", 0, 0, num_rows=9),)), TableRow("---\n"), TableRow("b\n", (Cell("b", 0, 1),)))
    assert [(cell.row, cell.num_rows) for cell in build_cells(rows)] == [(0, 2), (1, 1)]
