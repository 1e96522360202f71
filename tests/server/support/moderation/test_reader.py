"""What is open at the end of a text that comes in pieces."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from server.support.moderation.matching import MAX_GAP, Matcher
from server.support.moderation.reader import Reader
from tests.server.support.moderation.lists import words

MATCHER = Matcher(words("bad", "坏词典", "词语", "kgb"))


@pytest.mark.parametrize(
    ("text", "num_open"),
    [
        ("", 0),
        ("xyz", 0),
        ("b", 1),
        ("BÁ", 2),
        ("bad", 3),
        ("bad x", 0),
        ("bad ", 0),
        ("bad\u200b", 4),
        ("坏词典,", 0),
        ("坏词 ", 3),
        ("b - a", 5),
        ("b - ", 4),
        ("坏词", 2),
        ("坏词语", 2),
        ("坏\u200b\u200b", 3),
        ("坏。", 0),
        ("㎏", 1),
        ("坏" + " " * MAX_GAP, 1 + MAX_GAP),
        ("坏" + " " * (MAX_GAP + 1), 0),
        ("坏 词" + "-" * (MAX_GAP + 1), 0),
        ("坏" + " \u200b" * MAX_GAP, 1 + 2 * MAX_GAP),
    ],
)
@pytest.mark.parametrize("size", [1, 3, 100])
def test_what_is_open(text: str, num_open: int, size: int) -> None:
    reader = Reader(MATCHER)
    for start in range(0, len(text), size):
        reader.read(text[start : start + size])
    assert reader.num_open(text) == num_open


def test_words_are_noticed_in_the_piece_that_ends_them() -> None:
    reader = Reader(MATCHER)
    assert [reader.read(piece) for piece in ("b-", "a", "d", "x", "坏", " ", "词语", "典")] == [
        False,
        False,
        True,
        False,
        False,
        False,
        True,
        False,
    ]


def test_a_word_at_the_end() -> None:
    reader = Reader(MATCHER)
    reader.read("bad")
    assert reader.is_at_word
    reader.read("\u200b")
    assert reader.is_at_word
    reader.read("x")
    assert not reader.is_at_word


@pytest.mark.parametrize(("text", "last"), [("", ""), ("\u200b", ""), ("ab\u200b", "b"), ("a ", " ")])
def test_last_visible(text: str, last: str) -> None:
    assert Reader(MATCHER).last_visible(text) == last


@settings(deadline=None, derandomize=True, max_examples=300)
@given(st.lists(st.text("bad坏词典 -。\u200b㎏", max_size=12), max_size=8))
def test_pieces_do_not_matter(pieces: list[str]) -> None:
    text = "".join(pieces)
    whole, cut = Reader(MATCHER), Reader(MATCHER)
    noticed = [cut.read(piece) for piece in pieces]
    assert any(noticed) == whole.read(text)
    assert cut.num_open(text) == whole.num_open(text)
    assert cut.is_at_word == whole.is_at_word
