"""Folded texts: where each letter is in the original, and what separates it from the next."""

import pytest

from server.matching.folded import Folded
from server.matching.folding import Folding


def folded(text: str) -> Folded:
    return Folded(text, Folding())


@pytest.mark.parametrize(
    ("text", "letters", "positions"),
    [
        ("", "", []),
        ("aB", "ab", [0, 1]),
        (" a - b ", "ab", [1, 5]),
        ("坏\u200b词", "坏词", [0, 2]),
        ("x㎏y", "xkgy", [0, 1, 1, 2]),
        ("㎏\u200bé-ß", "kgess", [0, 0, 2, 4, 4]),
        ("大。麻", "大.麻", [0, 1, 2]),
        ("é\u0301b", "eb", [0, 2]),
    ],
)
def test_letters_know_their_positions(text: str, letters: str, positions: list[int]) -> None:
    found = folded(text)
    assert found.letters == letters
    assert [found.find_position(i) for i in range(len(letters))] == positions


def test_a_letter_that_becomes_two_hides_no_letter_that_becomes_none() -> None:
    """If invisible characters left nothing behind, the folded text would be as long as the original by chance."""
    found = folded("ß\u200bx")
    assert [found.find_position(i) for i in range(3)] == [0, 0, 2]


def test_gaps_are_what_separates_letters() -> None:
    found = folded(" -a\u200bb,\u3000\u200bc!d* ")
    assert found.letters == "abc.d"
    assert [found.find_gap(i) for i in range(6)] == [" \t", "", "\t ", "", "", "\t "]


def test_no_letters_have_one_gap() -> None:
    assert folded(" ,").find_gap(0) == " \t"


@pytest.mark.parametrize(
    ("text", "inside"),
    [
        ("ab", [False, True, False]),
        ("a b", [False, False, False]),
        ("a\u200bb", [False, True, False]),
        ("a词", [False, False, False]),
        ("词词", [False, False, False]),
        ("㎏", [False, True, False]),
        ("a!b", [False, False, False, False]),
    ],
)
def test_a_letter_is_inside_a_word_or_begins_one(text: str, inside: list[bool]) -> None:
    found = folded(text)
    assert [found.is_inside(i) for i in range(len(inside))] == inside


def test_gaps_are_read_as_they_are_written() -> None:
    found = folded("颜，\u200b色 情x")
    assert [found.read_gap(i) for i in range(1, 4)] == ["，\u200b", " ", ""]


def test_single_letters_stand_alone() -> None:
    found = folded("s m you 大x-l")
    assert [letter for i, letter in enumerate(found.letters) if found.is_single(i)] == ["s", "m", "x", "l"]
