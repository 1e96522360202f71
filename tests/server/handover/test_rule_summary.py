"""The summary that a rule writes."""

import pytest

from server.errors.base import Language
from server.handover.rule_summary import MAX_QUOTED, find_question, shorten_line, write_rule_summary
from server.store.records import Message, PictureRef, StoredPart, StoredTurn, StoredUsage

PICTURE = PictureRef("0" * 64, "image/png", 10)


def turn(*parts: StoredPart, answer: str = "", role: str = "user") -> StoredTurn:
    messages = (Message[StoredPart](role, parts),) if parts else ()  # type: ignore[arg-type]
    return StoredTurn("t", messages, answer, "stop", StoredUsage(), 0.0, 1.0)


HISTORY = (
    turn(PICTURE, "Is this  the\nred one?", answer="Yes."),
    turn(PICTURE, PICTURE, answer="Nice."),
    turn("And the price?", answer="It costs 5."),
    turn("A person, please"),
)


@pytest.mark.parametrize(
    ("language", "lines"),
    [
        (
            "en",
            [
                "First question: Is this the red one?",
                "Last question: A person, please",
                "Pictures from the customer: 3",
                "Last answer: It costs 5.",
            ],
        ),
        (
            "zh",
            [
                "首个问题：Is this the red one?",
                "最后的问题：A person, please",
                "顾客发来的图片：3 张",
                "最后的回答：It costs 5.",
            ],
        ),
    ],
)
def test_it_says_what_was_asked_shown_and_answered(language: Language, lines: list[str]) -> None:
    assert write_rule_summary(HISTORY, language) == "\n".join(lines)


def test_one_question_is_told_once() -> None:
    assert write_rule_summary([turn("Hello?")], "en") == "First question: Hello?"


def test_pictures_alone_are_something() -> None:
    assert write_rule_summary([turn(PICTURE)], "en") == "Pictures from the customer: 1"


@pytest.mark.parametrize("history", [[], [turn(answer="Bob here.")], [turn("be kind", role="system")]])
def test_without_a_customer_s_word_there_is_none(history: list[StoredTurn]) -> None:
    assert write_rule_summary(history, "en") is None


def test_long_texts_are_cut() -> None:
    told = write_rule_summary([turn("a" * 5000, answer="b" * 5000)], "en")
    assert told is not None
    assert [len(line.split(": ")[1]) for line in told.splitlines()] == [MAX_QUOTED, MAX_QUOTED]
    assert shorten_line("x" * MAX_QUOTED) == "x" * MAX_QUOTED
    assert shorten_line("x" * (MAX_QUOTED + 1)) == "x" * (MAX_QUOTED - 1) + "…"


def test_a_question_is_one_line_without_pictures() -> None:
    assert find_question(turn(PICTURE, "one\n\ntwo", PICTURE, "three")) == "one two three"
