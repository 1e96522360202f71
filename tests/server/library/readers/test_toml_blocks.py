"""The blocks of TOML files."""

import tomllib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from server.library.readers.toml_blocks import TomlBlock, list_blocks, list_inline_tables

PIECES = st.sampled_from(
    ["[[product]]\n", "[[product.variant]]\r\n", "# a comment\n", "\n", 'a{n} = "[[no]]"\n', "b{n} = [\n[1],\n[2]]\n",
     'c{n} = """\n[[no]]\n# no"""\n', "d{n} = '''\n[no]\n'''\n", "e{n} = {{ f = [ 1, {{ g = ']' }} ] }} # [[no]]\n",
     '[h{n}."x.]y"] # [z]\n', "i{n}.j = '\"'\n", "  [ k{n} . l ]\n", 'm{n} = """a\\"""" \n', "n{n} = ''\n"]
)  # fmt: skip


def headers_of(text: str) -> list[tuple[tuple[str, ...], bool, str]]:
    return [(block.path, block.is_item, text[block.start : block.end]) for block in list_blocks(text) if block.path]


@settings(max_examples=300)
@given(st.lists(PIECES, max_size=25))
def test_the_blocks_are_the_file_and_each_can_be_read_alone(pieces: list[str]) -> None:
    text = "[[product]]\n" + "".join(piece.format(n=number) for number, piece in enumerate(pieces))
    tomllib.loads(text)
    blocks = list_blocks(text)
    assert "".join(text[block.start : block.end] for block in blocks) == text
    for block in blocks:
        assert "no" not in block.path
        tomllib.loads(text[block.start : block.end])
    num_headers = sum(piece.strip().startswith("[") for piece in pieces) + 1
    assert len(blocks) == num_headers


def test_headers_have_their_keys() -> None:
    text = "[a.\"b.c\".'d']\nx = 1\n[[ e . f ]]\n"
    assert headers_of(text) == [
        (("a", "b.c", "d"), False, "[a.\"b.c\".'d']\nx = 1\n"),
        (("e", "f"), True, "[[ e . f ]]\n"),
    ]


def test_comments_right_above_a_header_belong_to_it() -> None:
    text = "# the file\n\nx = 1\n# shirts\n  # all of them\n[[product]]\ny = 2\n\n# no more\n"
    first, second = list_blocks(text)
    assert text[first.start : first.end] == "# the file\n\nx = 1\n"
    assert text[second.start : second.header_start] == "# shirts\n  # all of them\n"


def test_what_is_above_the_first_header_is_a_block_if_there_is_anything() -> None:
    assert list_blocks("") == []
    assert list_blocks("a = 1\n") == [TomlBlock(0, 6)]
    assert [block.path for block in list_blocks("[a]\n")] == [("a",)]


@pytest.mark.parametrize(
    ("text", "tables"),
    [
        ('p = [ {a = "}"}, {b = {c = 1}} ]\n', ['{a = "}"}', "{b = {c = 1}}"]),
        ("p = 1 # {no}\n", []),
        ("p = [\n  { a = [1, 2] }, # }\n  { a = '{' },\n]\n", ["{ a = [1, 2] }", "{ a = '{' }"]),
    ],
)
def test_inline_tables(text: str, tables: list[str]) -> None:
    assert [text[start:end] for start, end in list_inline_tables(text, 0, len(text))] == tables
