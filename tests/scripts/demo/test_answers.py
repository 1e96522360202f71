"""Every question has its one right answer, whatever came before."""

import pytest

from scripts.demo.answers import FIXED_ANSWERS, Ask, Shown, right_answer
from scripts.demo.cards import KINDS, Colour, Kind, Pattern, card_of

SHIRT = card_of("blue", "striped", "shirt", 299)
DRESS = card_of("red", "plain", "dress", 1280)
UMBRELLA = card_of("blue", "dotted", "umbrella", 299)


@pytest.mark.parametrize(
    ("topic", "zh", "en"),
    [
        ("what", "这是一款蓝色条纹衬衫，售价299元。", "This is a striped blue shirt for 299 yuan."),
        ("kind", "这是一款衬衫。", "This is a shirt."),
        ("colour", "它是蓝色的。", "It is blue."),
        ("pattern", "它是条纹的。", "It is striped."),
        ("price", "售价299元。", "It costs 299 yuan."),
    ],
)
def test_of_one_card(topic: str, zh: str, en: str) -> None:
    assert right_answer(Ask(topic, "zh"), [(SHIRT,)]) == zh
    assert right_answer(Ask(topic, "en"), [(DRESS,), (SHIRT,)]) == en, "the newest is meant"


@pytest.mark.parametrize(
    ("topic", "zh", "en"),
    [
        (
            "cheaper",
            "第一款299元，第二款1280元，第一款更便宜。",
            "The first one costs 299 yuan, the second one 1280 yuan: the first one is cheaper.",
        ),
        (
            "dearer",
            "第一款299元，第二款1280元，第二款更贵。",
            "The first one costs 299 yuan, the second one 1280 yuan: the second one is more expensive.",
        ),
        ("both prices", "第一款299元，第二款1280元。", "The first one costs 299 yuan, the second one 1280 yuan."),
    ],
)
def test_of_two_cards(topic: str, zh: str, en: str) -> None:
    assert right_answer(Ask(topic, "zh"), [(SHIRT, DRESS)]) == zh
    assert right_answer(Ask(topic, "en"), [(SHIRT, DRESS)]) == en
    assert right_answer(Ask(topic, "en"), [(UMBRELLA,), (SHIRT,), (DRESS,)]) == en, "the two newest are meant"


def test_prices_that_are_equal() -> None:
    for topic in ("cheaper", "dearer"):
        assert right_answer(Ask(topic, "zh"), [(SHIRT, UMBRELLA)]) == "第一款299元，第二款299元，价格相同。"
        said = right_answer(Ask(topic, "en"), [(SHIRT, UMBRELLA)])
        assert said == "The first one costs 299 yuan, the second one 299 yuan: both cost the same."


@pytest.mark.parametrize(
    ("value", "pictures", "zh", "en"),
    [
        (
            DRESS.colour,
            (SHIRT, DRESS),
            "第一款是蓝色的，第二款是红色的，是第二款。",
            "The first one is blue, the second one is red: it is the second one.",
        ),
        (
            SHIRT.pattern,
            (SHIRT, DRESS),
            "第一款是条纹的，第二款是纯色的，是第一款。",
            "The first one is striped, the second one is plain: it is the first one.",
        ),
        (
            SHIRT.colour,
            (SHIRT, UMBRELLA),
            "第一款是蓝色的，第二款是蓝色的，两款都是。",
            "The first one is blue, the second one is blue: both of them.",
        ),
        (
            KINDS[5],
            (SHIRT, UMBRELLA),
            "第一款是衬衫，第二款是雨伞，两款都不是。",
            "The first one is a shirt, the second one is an umbrella: neither of them.",
        ),
    ],
)
def test_which_one_it_is(value: Kind | Colour | Pattern, pictures: tuple[Shown, ...], zh: str, en: str) -> None:
    assert right_answer(Ask("which", "zh", value=value), [pictures]) == zh
    assert right_answer(Ask("which", "en", value=value), [pictures]) == en


def test_one_of_two_by_its_place() -> None:
    assert right_answer(Ask("price", "en", place=0), [(SHIRT, DRESS)]) == "The first one costs 299 yuan."
    assert right_answer(Ask("colour", "zh", place=1), [(SHIRT, DRESS)]) == "第二款是红色的。"
    assert right_answer(Ask("kind", "en", place=0), [(SHIRT, DRESS)]) == "The first one is a shirt."
    assert right_answer(Ask("what", "zh", place=1), [(SHIRT, DRESS)]) == "第二款是一款红色纯色连衣裙，售价1280元。"
    assert (
        right_answer(Ask("what", "en", place=1), [(SHIRT, DRESS)])
        == "The second one is a plain red dress for 1280 yuan."
    )


@pytest.mark.parametrize(
    ("ask", "pictures", "fixed"),
    [
        (Ask("who", "en"), [], "who"),
        (Ask("thanks", "zh"), [(SHIRT,)], "thanks"),
        (Ask("other", "zh"), [(SHIRT, DRESS)], "other"),
        (Ask("price", "en"), [], "no picture"),
        (Ask("price", "zh"), [(SHIRT, DRESS)], "which one"),
        (Ask("price", "en", place=1), [(SHIRT,)], "one picture"),
        (Ask("cheaper", "en"), [(SHIRT,)], "one picture"),
        (Ask("cheaper", "zh"), [], "one picture"),
        (Ask("colour", "zh"), [(SHIRT, DRESS, UMBRELLA)], "too many"),
        (Ask("cheaper", "en"), [(SHIRT, DRESS, UMBRELLA)], "too many"),
        (Ask("what", "en"), [(None,)], "no card"),
        (Ask("what", "en", place=0), [(None, SHIRT)], "no card"),
        (Ask("dearer", "zh"), [(None, SHIRT)], "no card"),
    ],
)
def test_what_it_cannot_tell_it_does_not_tell(ask: Ask, pictures: list[tuple[Shown, ...]], fixed: str) -> None:
    assert right_answer(ask, pictures) == FIXED_ANSWERS[fixed][ask.language]
