"""The automaton finds the same words as a simple search, in whole texts and in pieces."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from server.matching.automaton import Automaton

WORDS = st.lists(st.text("abc", min_size=1, max_size=5), max_size=8)
PIECES = st.lists(st.text("abcd", max_size=6), max_size=6)


def find_words(automaton: Automaton, pieces: list[str]) -> tuple[list[tuple[int, str]], list[int]]:
    """Return each word with its end, and the depth of the state after each piece."""
    state, offset, ends, depths = automaton.start, 0, [], []
    for piece in pieces:
        state, found = automaton.read(piece, state)
        ends += [(offset + i + 1, word) for i, at in found for word in at.words()]
        offset += len(piece)
        depths.append(state.depth)
    return ends, depths


@settings(deadline=None, derandomize=True, max_examples=300)
@given(WORDS, PIECES)
def test_every_word_is_found_at_every_end(words: list[str], pieces: list[str]) -> None:
    text = "".join(pieces)
    expected = [
        (end, text[start:end]) for end in range(1, len(text) + 1) for start in range(end) if text[start:end] in words
    ]
    assert find_words(Automaton(words), pieces)[0] == expected


@settings(deadline=None, derandomize=True, max_examples=300)
@given(WORDS, PIECES)
def test_the_depth_is_that_of_the_longest_beginning(words: list[str], pieces: list[str]) -> None:
    beginnings = {word[:i] for word in words for i in range(1, len(word) + 1)}
    expected, text = [], ""
    for piece in pieces:
        text += piece
        expected.append(max((i for i in range(1, len(text) + 1) if text[-i:] in beginnings), default=0))
    assert find_words(Automaton(words), pieces)[1] == expected


@pytest.mark.parametrize("text", ["", "abc"])
def test_without_words_nothing_is_found(text: str) -> None:
    assert find_words(Automaton([]), [text]) == ([], [0])


def test_words_within_words_are_found_the_longest_first() -> None:
    ends, _ = find_words(Automaton(["he", "she", "hers", "e"]), ["ushers"])
    assert ends == [(4, "she"), (4, "he"), (4, "e"), (6, "hers")]


@pytest.mark.parametrize(("text", "beginning"), [("she", "she"), ("ushers", "s"), ("her", "her"), ("e", ""), ("", "")])
def test_find_unfinished_returns_the_longest_beginning_of_a_longer_word(text: str, beginning: str) -> None:
    automaton = Automaton(["she", "shes", "hers", "e"])
    assert automaton.read(text, automaton.start)[0].find_unfinished() is automaton.read(beginning, automaton.start)[0]
