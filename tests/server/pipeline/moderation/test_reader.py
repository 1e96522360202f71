"""The reader: what it holds back at the end of a text that comes in pieces."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from server.matching.automaton import Automaton
from server.matching.folding import Folding
from server.pipeline.moderation.matching import Matcher
from server.pipeline.moderation.place import MAX_GAP
from server.pipeline.moderation.reader import Reader
from tests.helpers.word_lists import make_words

MATCHER = Matcher(make_words("bad", "坏词典", "词语", "kgb", "ｶﾞ"))


@pytest.mark.parametrize(
    ("text", "num_held"),
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
        ("x㎏", 1),
        ("㎏b", 2),
        ("㎏㎏", 1),
        ("b㎏", 1),
        ("ｶﾞ", 2),
        ("ガ", 1),
        ("坏" + " " * MAX_GAP, 1 + MAX_GAP),
        ("坏" + " " * (MAX_GAP + 1), 0),
        ("坏 词" + "-" * (MAX_GAP + 1), 0),
        ("坏" + " \u200b" * MAX_GAP, 1 + 2 * MAX_GAP),
    ],
)
@pytest.mark.parametrize("size", [1, 3, 100])
def test_the_possible_beginning_of_a_word_is_held_back(text: str, num_held: int, size: int) -> None:
    read, released, held = Reader(MATCHER).read, "", ""
    for start in range(0, len(text), size):
        left, held, _ = read(text[start : start + size])
        released += left
    assert len(held) == num_held
    assert released + held == text


@pytest.mark.parametrize(
    ("pieces", "noticed"),
    [
        (["b-", "a", "d", ",", ",", "x"], [False, False, False, True, False, False]),
        (["bad", "x", " "], [False, False, False]),
        (["bad", "\u200b", "x "], [False, False, False]),
        (["bad", "\u200b", " "], [False, False, True]),
        (["badly bad."], [True]),
        (["badly", " b", "ad", "。"], [False, False, False, True]),
        (["坏", " ", "词语", "典", "好"], [False, False, False, True, False]),
        (["词语", "x"], [False, True]),
        (["词语坏"], [True]),
        (["㎏b", "x", "㎏b", "词"], [False, False, False, True]),
        (["ｶﾞ", "\u3099", "ガ", "ナ"], [False, False, False, True]),
    ],
)
def test_words_are_noticed_when_they_are_known_to_have_ended(pieces: list[str], noticed: list[bool]) -> None:
    read = Reader(MATCHER).read
    assert [read(piece)[2] for piece in pieces] == noticed


def test_words_within_one_character_are_noticed() -> None:
    assert Reader(Matcher(make_words("株式"))).read("㍿")[2]


PIECES = st.lists(st.text("badk坏词语典 -。\u200b\u0301㎏ｶﾞガ각", max_size=12), max_size=8)


@settings(deadline=None, derandomize=True, max_examples=300)
@given(PIECES)
def test_the_cutting_into_pieces_does_not_matter(pieces: list[str]) -> None:
    text = "".join(pieces)
    cut = Reader(MATCHER).read
    read = [cut(piece) for piece in pieces]
    released, held, has_ended = Reader(MATCHER).read(text)
    assert any(ended for _, _, ended in read) == has_ended
    assert "".join(left for left, _, _ in read) == released
    assert read[-1:] == [] or read[-1][1] == held


@settings(deadline=None, derandomize=True, max_examples=300)
@given(st.text("badkgx坏词语典㎏ｶﾞガ각", max_size=20))
def test_letters_are_read_as_the_automaton_reads_them(text: str) -> None:
    """The inlined code handles single letters, and characters that are folded to several."""
    automaton = Automaton(["bad", "坏词典", "词语", "kgb", "ｶﾞ".translate(Folding())])
    _, held, _ = Reader(MATCHER).read(text)
    state, _ = automaton.read(text.translate(Folding()), automaton.start)
    num_letters = len(held.translate(Folding()))
    first = len(held[:1].translate(Folding()))
    assert num_letters - first < state.depth <= num_letters or num_letters == state.depth == 0


@settings(deadline=None, derandomize=True, max_examples=300)
@given(PIECES)
def test_every_hit_is_noticed_before_it_leaves(pieces: list[str]) -> None:
    read, num_left, text = Reader(MATCHER).read, 0, ""
    for piece in pieces:
        text += piece
        released, _, has_ended = read(piece)
        known = [hit for hit in MATCHER.search(text, num_left, is_whole=False).hits if hit.end > num_left]
        if any(hit.start < num_left + len(released) for hit in known):
            assert has_ended
        num_left += len(released)
