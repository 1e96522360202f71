"""Markdown documents."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from server.library.readers.markdown import list_blocks
from tests.helpers.reading import list_cells, list_header, list_headings, read_pages, read_text

PIECES = st.sampled_from(
    ["# One\n", "text\n", "\n", "Two\n---\n", "| a | b |\n", "|---|---|\n", "```\n", "~~~\n", "    code\n", "- item\n",
     "> quote\n", "---\n", "\r\n", "Three\r\n===\r\n", "no end", "x" * 4000 + "\n", "####### seven\n", "1. one\n"]
)  # fmt: skip


@settings(max_examples=200)
@given(st.lists(PIECES, max_size=25))
def test_the_blocks_are_the_file(pieces: list[str]) -> None:
    text = "".join(pieces)
    assert "".join(block.text for block in list_blocks(text.splitlines(keepends=True))) == text


def test_the_pages_are_the_file() -> None:
    text = "".join(
        f"# Head {n}\n\n" + f"word{n} " * (n * 10) + "\r\n\r\n| a | b |\n|---|---|\n| {n} | x |\n\n" for n in range(40)
    )
    pages = read_pages(text.encode(), "a.md")
    assert "".join(page.text for page in pages) == text
    assert list_headings(pages) == [(1, f"Head {n}") for n in range(40)]
    assert sum(len(page.tables) for page in pages) == 40


@pytest.mark.parametrize(
    ("text", "headings"),
    [
        ("# A\n## B ##\n###### C #\n", [(1, "A"), (2, "B"), (6, "C")]),
        ("#not\n####### seven\n    # code\n\\# no\n", []),
        ("One\n===\n\nTwo\nlines\n---\n", [(1, "One"), (2, "Two lines")]),
        ("a\n\n---\n\n- item\n---\n", []),
        ("```\n# no\n```\n# yes\n~~~ x\n# no\n```\n# no\n~~~\n", [(1, "yes")]),
        ("---\ntitle: x\n# no\n---\n# yes\n", [(1, "yes")]),
        ("#\n## ##\n# C#\n# a # b ##", [(1, ""), (2, ""), (1, "C#"), (1, "a # b")]),
    ],
)
def test_headings(text: str, headings: list[tuple[int, str]]) -> None:
    assert [
        (block.level, block.title) for block in list_blocks(text.splitlines(keepends=True)) if block.level
    ] == headings


def test_tables() -> None:
    (page,) = read_pages(
        b"text\n| name | price |\n|:-----|---:|\n| a \\| b | 1 |\n| c | 2\n\nafter | no table\n", "a.md"
    )
    assert list_cells(page) == [(0, 0, "name"), (0, 1, "price"), (1, 0, "a | b"), (1, 1, "1"), (2, 0, "c"), (2, 1, "2")]
    assert list_header(page) == ["name", "price"]
    assert page.text[page.tables[0].start : page.tables[0].end].startswith("| name")


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        ("**1,000**", "1,000"),
        ("***`7`***", "7"),
        ("_total_ ", "total"),
        ("**a** b **c**", "**a** b **c**"),
        ("2 * 3 * 4", "2 * 3 * 4"),
        ("* 5 *", "* 5 *"),
        ("**", "**"),
    ],
)
def test_signs_around_a_cell_are_not_its_text(cell: str, text: str) -> None:
    (page,) = read_pages(f"| name | price |\n|---|---|\n| a | {cell} |\n".encode(), "a.md")
    assert list_cells(page)[-1] == (1, 1, text)
    assert cell in page.text


@pytest.mark.parametrize("text", ["| a | b |\n|---|\n", "a\n|-|\n", "| a |\n\n|---|\n", "```\n|a|\n|-|\n```\n"])
def test_what_is_no_table(text: str) -> None:
    assert not [block for block in list_blocks(text.splitlines(keepends=True)) if block.rows]


def test_front_matter_is_text() -> None:
    assert read_text(b"---\ntitle: x\n---\n# Head\n", "a.md") == "---\ntitle: x\n---\n# Head\n"


def test_code_without_end_is_cut() -> None:
    pages = read_pages(b"# A\n\n```\n" + b"line of code\n" * 3000, "a.md")
    assert len(pages) > 5
    assert max(len(page.text) for page in pages) <= 3100


@pytest.mark.parametrize(
    "line", ["# a" + " " * 60_000 + "b", "|-" + " " * 60_000 + "-", "-" + " " * 60_000 + "x", "`" * 60_000 + "x"]
)
def test_long_lines_take_no_longer(line: str) -> None:
    start = time.process_time()
    assert "".join(block.text for block in list_blocks(["a | b\n", f"{line}\n"])).endswith(f"{line}\n")
    assert time.process_time() - start < 1
