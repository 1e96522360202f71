"""What cards can show, and what it is called."""

import random

import pytest

from scripts.demo.cards import (
    COLOURS,
    KINDS,
    MAX_PRICE_DIGITS,
    PATTERNS,
    SAMPLES,
    Card,
    card_of,
    random_card,
)


def test_there_is_enough_to_show() -> None:
    assert len(KINDS) >= 6
    assert len(COLOURS) >= 8
    assert len(PATTERNS) == 3
    assert len(SAMPLES) == 12


@pytest.mark.parametrize("named", [KINDS, COLOURS, PATTERNS])
def test_names_are_different(named: tuple[Card, ...]) -> None:
    assert len({thing.zh for thing in named}) == len({thing.en for thing in named}) == len(named)


def test_a_card_has_a_name_in_both_languages() -> None:
    card = card_of("blue", "striped", "shirt", 299)
    assert card.zh == "蓝色条纹衬衫"
    assert card.en == "a striped blue shirt"
    assert card_of("red", "plain", "trousers", 9).en == "a pair of plain red trousers"


def test_articles() -> None:
    assert {kind.with_article for kind in KINDS} >= {"a shirt", "an umbrella", "a pair of trousers"}


def test_random_cards_show_everything() -> None:
    rng = random.Random(0)
    cards = [random_card(rng) for _ in range(300)]
    assert {card.kind for card in cards} == set(KINDS)
    assert {card.colour for card in cards} == set(COLOURS)
    assert {card.pattern for card in cards} == set(PATTERNS)
    assert {len(str(card.price)) for card in cards} == set(range(2, MAX_PRICE_DIGITS + 1))


def test_the_samples_are_cards() -> None:
    cards = [card_of(*names) for names in SAMPLES]
    assert len({(card.kind, card.colour, card.pattern) for card in cards}) == 12
    assert {card.kind for card in cards} == set(KINDS)
    assert {card.colour for card in cards} == set(COLOURS)


def test_an_unknown_name_is_no_card() -> None:
    with pytest.raises(ValueError, match="not enough values"):
        card_of("mauve", "plain", "shirt", 1)
