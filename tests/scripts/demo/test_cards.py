"""Product cards, and the names of what they show."""

import random

import pytest

from scripts.demo.cards import (
    COLOURS,
    KINDS,
    MAX_PRICE_DIGITS,
    PATTERNS,
    SAMPLES,
    Card,
    make_card,
    make_random_card,
)


def test_there_are_enough_kinds_colours_patterns_and_samples() -> None:
    assert len(KINDS) >= 6
    assert len(COLOURS) >= 8
    assert len(PATTERNS) == 3
    assert len(SAMPLES) == 12


@pytest.mark.parametrize("named", [KINDS, COLOURS, PATTERNS])
def test_names_are_unique(named: tuple[Card, ...]) -> None:
    assert len({thing.zh for thing in named}) == len({thing.en for thing in named}) == len(named)


def test_a_card_has_a_name_in_both_languages() -> None:
    card = make_card("blue", "striped", "shirt", 299)
    assert card.zh == "蓝色条纹衬衫"
    assert card.en == "a striped blue shirt"
    assert make_card("red", "plain", "trousers", 9).en == "a pair of plain red trousers"


def test_names_of_kinds_have_the_right_article() -> None:
    assert {kind.with_article for kind in KINDS} >= {"a shirt", "an umbrella", "a pair of trousers"}


def test_random_cards_show_everything() -> None:
    rng = random.Random(0)
    cards = [make_random_card(rng) for _ in range(300)]
    assert {card.kind for card in cards} == set(KINDS)
    assert {card.colour for card in cards} == set(COLOURS)
    assert {card.pattern for card in cards} == set(PATTERNS)
    assert {len(str(card.price)) for card in cards} == set(range(2, MAX_PRICE_DIGITS + 1))


def test_the_samples_are_cards() -> None:
    cards = [make_card(*names) for names in SAMPLES]
    assert len({(card.kind, card.colour, card.pattern) for card in cards}) == 12
    assert {card.kind for card in cards} == set(KINDS)
    assert {card.colour for card in cards} == set(COLOURS)


def test_an_unknown_name_is_a_value_error() -> None:
    with pytest.raises(ValueError, match="not enough values"):
        make_card("mauve", "plain", "shirt", 1)
