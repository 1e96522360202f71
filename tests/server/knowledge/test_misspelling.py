"""Misspelt words of questions, put right by the words of the questions with answers."""

import pytest

from server.knowledge.misspelling import correct, is_slip
from server.store.passage_tokens import stem

KNOWN = frozenset(map(stem, ["warranty", "invoice", "assembly", "delivery", "refunds", "discount", "shipping", "card"]))


@pytest.mark.parametrize(
    ("question", "right"),
    [
        ("How long is the waranty?", "How long is the warranty?"),
        ("Can I get an invioce", "Can I get an invoic"),
        ("Is asembly included?", "Is assembly included?"),
        ("Is there a DISCUONT?", "Is there a discount?"),
        ("delivery, delivrey", "delivery, delivery"),
    ],
)
def test_one_slip_is_put_right(question: str, right: str) -> None:
    assert correct(question, KNOWN) == right


@pytest.mark.parametrize(
    "question",
    [
        "How long is the warranty?",
        "Does the store sell caord?",
        "What about the wrrnty?",
        "The vendor's shipyards and shippers",
        "disocunts-2000",
        "保修 warranty",
        "",
    ],
)
def test_nothing_else_is_changed(question: str) -> None:
    assert correct(question, KNOWN) == question


def test_a_word_of_the_language_stays_as_it_is() -> None:
    assert correct("Is it a desert?", frozenset(["dessert"])) == "Is it a desert?"
    assert correct("Is it a dezzert?", frozenset(["dessert"])) == "Is it a dezzert?"


def test_a_word_near_to_two_stays_as_it_is() -> None:
    assert correct("the marketz", frozenset(["marketa"])) == "the marketa"
    assert correct("the marketz", frozenset(["marketa", "marketb"])) == "the marketz"


@pytest.mark.parametrize(
    ("word", "other", "is_it"),
    [
        ("warranty", "waranty", True),
        ("warranty", "warrnaty", True),
        ("warranty", "warranti", True),
        ("warranty", "warranty", False),
        ("warranty", "barranty", False),
        ("warranty", "warant", False),
        ("card", "cards", True),
        ("cards", "card", False),
    ],
)
def test_slips(word: str, other: str, is_it: bool) -> None:
    assert is_slip(word, other) is is_it
