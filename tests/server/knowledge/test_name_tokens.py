"""Names and texts as tokens."""

import pytest

from server.knowledge.name_tokens import NameTokens

TOKENS = NameTokens()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("TS-101", ["ts", "101"]),
        ("ＴＳ１０１", ["ts", "101"]),
        ("Blue shirts", ["blue", "shirt"]),
        ("Scarves and knives", ["scarf", "and", "knife"]),
        ("條紋襯衫", ["条", "纹", "衬", "衫"]),
        ("version 3.5", ["version", "3.5"]),
        ("One. Two, three!", ["one", ".", "two", ",", "three", "."]),
        ("the shirt's colour", ["the", "shirt", "colour"]),
        ("", []),
    ],
)
def test_a_text_is_read_as_words_numbers_and_characters(text: str, words: list[str]) -> None:
    assert [token.text for token in TOKENS.read(text).tokens] == words


@pytest.mark.parametrize(
    ("name", "forms"),
    [
        ("T-shirt", {("t", "shirt"), ("tshirt",)}),
        ("Shirt, blue", {("shirt", ",", "blue"), ("shirt", "blue")}),
        ("the", set()),
        ("x" * 200, set()),
        ("", set()),
    ],
)
def test_a_name_may_be_written_in_several_ways(name: str, forms: set[tuple[str, ...]]) -> None:
    assert set(TOKENS.read_name(name)) == forms


@pytest.mark.parametrize(
    ("text", "first", "end", "is_name"),
    [
        ("ts 101", 0, 2, True),
        ("ts-101 is", 0, 2, True),
        ("a 1 year", 0, 2, False),
        ("ats101", 0, 2, True),
        ("e42x", 0, 2, False),
        ("ts-101-b", 0, 2, False),
        ("ts-101-compatible", 0, 2, True),
    ],
)
def test_tokens_are_a_name_where_they_stand_alone(text: str, first: int, end: int, is_name: bool) -> None:
    assert TOKENS.read(text).is_name(first, end) is is_name
