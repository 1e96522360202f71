"""Which words ask for a person, and which only look like it."""

from pathlib import Path

import pytest

from server.handover.wishes import Wishes

WISHES = Wishes()
WORDINGS = Path(__file__).parent / "wordings"
ENDLESS = (
    "a" * 100_000,
    "转" * 100_000,
    "to a " * 20_000,
    "talk to a real " * 9_000,
    "have your " * 9_000,
    "找个懂" * 30_000,
)


def read_wordings(answer: str) -> list[str]:
    """Return the wordings in both languages, one a line in their files."""
    texts = [(WORDINGS / f"{language}_{answer}.txt").read_text("utf-8") for language in ("zh", "en")]
    return "".join(texts).splitlines()


@pytest.mark.parametrize("text", read_wordings("yes"))
def test_words_that_ask_for_a_person(text: str) -> None:
    assert WISHES.wants_person(text)


@pytest.mark.parametrize("text", read_wordings("no"))
def test_words_that_do_not(text: str) -> None:
    assert not WISHES.wants_person(text)


def test_enough_different_wordings_are_tried() -> None:
    yes, no = set(read_wordings("yes")), set(read_wordings("no"))
    assert len(yes) >= 80
    assert len(no) >= 120
    assert not yes & no


@pytest.mark.parametrize("text", ["", " ", "\n\n", "！？", "😀", "\ud800", *ENDLESS])
def test_any_text_is_read_in_no_time(text: str) -> None:
    assert not WISHES.wants_person(text)


def test_a_wish_far_behind_in_a_long_text_is_not_looked_for() -> None:
    assert WISHES.wants_person("x. " * 100 + "talk to a human")
    assert not WISHES.wants_person("x. " * 1000 + "talk to a human")
