"""Every question has exactly one right answer."""

import pytest

from scripts.demo.answers import FIXED_ANSWERS, Intent, Shown, write_right_answer
from scripts.demo.cards import KINDS, Colour, Kind, Pattern, make_card

SHIRT = make_card("blue", "striped", "shirt", 299)
DRESS = make_card("red", "plain", "dress", 1280)
UMBRELLA = make_card("blue", "dotted", "umbrella", 299)


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
def test_questions_about_one_card_are_about_the_newest(topic: str, zh: str, en: str) -> None:
    assert write_right_answer(Intent(topic, "zh"), [(SHIRT,)]) == zh
    assert write_right_answer(Intent(topic, "en"), [(DRESS,), (SHIRT,)]) == en, "the newest is meant"


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
def test_comparisons_are_about_the_two_newest_cards(topic: str, zh: str, en: str) -> None:
    assert write_right_answer(Intent(topic, "zh"), [(SHIRT, DRESS)]) == zh
    assert write_right_answer(Intent(topic, "en"), [(SHIRT, DRESS)]) == en
    assert write_right_answer(Intent(topic, "en"), [(UMBRELLA,), (SHIRT,), (DRESS,)]) == en, "the two newest are meant"


def test_a_comparison_of_equal_prices_says_so() -> None:
    for topic in ("cheaper", "dearer"):
        assert write_right_answer(Intent(topic, "zh"), [(SHIRT, UMBRELLA)]) == "第一款299元，第二款299元，价格相同。"
        answer = write_right_answer(Intent(topic, "en"), [(SHIRT, UMBRELLA)])
        assert answer == "The first one costs 299 yuan, the second one 299 yuan: both cost the same."


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
def test_a_which_question_names_the_card_both_or_neither(
    value: Kind | Colour | Pattern, pictures: tuple[Shown, ...], zh: str, en: str
) -> None:
    assert write_right_answer(Intent("which", "zh", value=value), [pictures]) == zh
    assert write_right_answer(Intent("which", "en", value=value), [pictures]) == en


def test_the_first_or_the_second_card_is_named_in_the_answer() -> None:
    assert write_right_answer(Intent("price", "en", place=0), [(SHIRT, DRESS)]) == "The first one costs 299 yuan."
    assert write_right_answer(Intent("colour", "zh", place=1), [(SHIRT, DRESS)]) == "第二款是红色的。"
    assert write_right_answer(Intent("kind", "en", place=0), [(SHIRT, DRESS)]) == "The first one is a shirt."
    assert (
        write_right_answer(Intent("what", "zh", place=1), [(SHIRT, DRESS)])
        == "第二款是一款红色纯色连衣裙，售价1280元。"
    )
    assert (
        write_right_answer(Intent("what", "en", place=1), [(SHIRT, DRESS)])
        == "The second one is a plain red dress for 1280 yuan."
    )


@pytest.mark.parametrize(
    ("intent", "pictures", "fixed"),
    [
        (Intent("who", "en"), [], "who"),
        (Intent("thanks", "zh"), [(SHIRT,)], "thanks"),
        (Intent("other", "zh"), [(SHIRT, DRESS)], "other"),
        (Intent("price", "en"), [], "no picture"),
        (Intent("price", "zh"), [(SHIRT, DRESS)], "which one"),
        (Intent("price", "en", place=1), [(SHIRT,)], "one picture"),
        (Intent("cheaper", "en"), [(SHIRT,)], "one picture"),
        (Intent("cheaper", "zh"), [], "one picture"),
        (Intent("colour", "zh"), [(SHIRT, DRESS, UMBRELLA)], "too many"),
        (Intent("cheaper", "en"), [(SHIRT, DRESS, UMBRELLA)], "too many"),
        (Intent("what", "en"), [(None,)], "no card"),
        (Intent("what", "en", place=0), [(None, SHIRT)], "no card"),
        (Intent("dearer", "zh"), [(None, SHIRT)], "no card"),
    ],
)
def test_questions_without_an_answer_get_a_fixed_reply(
    intent: Intent, pictures: list[tuple[Shown, ...]], fixed: str
) -> None:
    assert write_right_answer(intent, pictures) == FIXED_ANSWERS[fixed][intent.language]
