"""Every question has its one right answer, whatever came before."""

import pytest

from scripts.demo.answers import FIXED_ANSWERS, Ask, Shown, right_answer
from scripts.demo.cards import KINDS, card_of

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
        ("cheaper", "第一款更便宜，售价299元。", "The first one is cheaper, at 299 yuan."),
        ("dearer", "第二款更贵，售价1280元。", "The second one is more expensive, at 1280 yuan."),
        ("both prices", "第一款299元，第二款1280元。", "The first one costs 299 yuan, the second one 1280 yuan."),
    ],
)
def test_of_two_cards(topic: str, zh: str, en: str) -> None:
    assert right_answer(Ask(topic, "zh"), [(SHIRT, DRESS)]) == zh
    assert right_answer(Ask(topic, "en"), [(SHIRT, DRESS)]) == en
    assert right_answer(Ask(topic, "en"), [(UMBRELLA,), (SHIRT,), (DRESS,)]) == en, "the two newest are meant"


def test_prices_that_are_equal() -> None:
    for topic in ("cheaper", "dearer"):
        assert right_answer(Ask(topic, "zh"), [(SHIRT, UMBRELLA)]) == "两款价格相同，都是299元。"
        assert right_answer(Ask(topic, "en"), [(SHIRT, UMBRELLA)]) == "Both cost 299 yuan."


def test_which_one_it_is() -> None:
    def asked(value: object, pictures: tuple[Shown, ...], language: str = "en") -> str:
        return right_answer(Ask("which", language, value=value), [pictures])  # type: ignore[arg-type]

    assert asked(DRESS.colour, (SHIRT, DRESS)) == "It is the second one."
    assert asked(SHIRT.pattern, (SHIRT, DRESS), "zh") == "是第一款。"
    assert asked(SHIRT.colour, (SHIRT, UMBRELLA)) == "Both of them."
    assert asked(KINDS[5], (SHIRT, UMBRELLA), "zh") == "两款都不是。"


def test_one_of_two_by_its_place() -> None:
    assert right_answer(Ask("price", "en", place=0), [(SHIRT, DRESS)]) == "It costs 299 yuan."
    assert right_answer(Ask("colour", "zh", place=1), [(SHIRT, DRESS)]) == "它是红色的。"


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
