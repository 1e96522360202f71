"""Dialogues vary, and each answer in them is the right one."""

import random
from collections import Counter

import pytest
from PIL import Image

from model.messages import parse_messages
from scripts.demo.answers import ABOUT_ONE, ABOUT_TWO, Shown, write_right_answer
from scripts.demo.cards import make_card
from scripts.demo.dialogues import (
    CONCLUSIONS,
    NUM_PAIR_TURNS,
    NUM_TEXT_TURNS,
    NUM_TURNS,
    SHARES,
    Turn,
    draw_pictures,
    make_messages,
    make_mixed_dialogue,
    make_pair_dialogue,
    make_random_dialogue,
    make_random_pair,
    make_text_dialogue,
    make_turn,
)
from scripts.demo.wordings import read_wordings

SHIRT = make_card("blue", "striped", "shirt", 299)
DRESS = make_card("red", "plain", "dress", 1280)


@pytest.fixture(scope="module")
def dialogues() -> list[list[Turn]]:
    return [make_random_dialogue(random.Random(seed)) for seed in range(400)]


def test_every_answer_is_right(dialogues: list[list[Turn]]) -> None:
    for dialogue in dialogues:
        pictures: list[tuple[Shown, ...]] = []
        for turn in dialogue:
            pictures += [turn.pictures] if turn.pictures else []
            assert turn.answer == write_right_answer(turn.intent, pictures)
            assert turn.is_follow_up == (bool(pictures) and not turn.pictures)


def test_dialogues_vary(dialogues: list[list[Turn]]) -> None:
    turns = [turn for dialogue in dialogues for turn in dialogue]
    assert {len(dialogue) for dialogue in dialogues} == set(NUM_TURNS)
    assert {turn.intent.topic for turn in turns} == set(read_wordings())
    assert {len(turn.pictures) for turn in turns} == {0, 1, 2, 3}
    assert any(None in turn.pictures for turn in turns)
    assert {turn.intent.place for turn in turns} == {None, 0, 1}
    assert sum(turn.is_follow_up for turn in turns) > len(turns) / 2


def test_a_question_uses_the_given_wordings() -> None:
    rng = random.Random(0)
    asked = {"price": {"zh": ["几个钱？"], "en": ["Cost?"]}}
    questions = {make_turn("price", "zh", rng, (SHIRT,), [(SHIRT,)], asked).question for _ in range(20)}
    assert all("几个钱" in question for question in questions)


def test_questions_have_no_placeholders_left(dialogues: list[list[Turn]]) -> None:
    assert not [turn.question for dialogue in dialogues for turn in dialogue if "{" in turn.question]


def test_the_first_and_the_second_card_are_right_about_equally_often(dialogues: list[list[Turn]]) -> None:
    firsts: Counter[bool] = Counter()
    for turn in (turn for dialogue in dialogues for turn in dialogue):
        _, _, conclusion = turn.answer.partition(": ")
        if turn.intent.topic in ("cheaper", "dearer", "which", "which kind") and "one" in conclusion:
            firsts["first one" in conclusion] += 1
    assert firsts.total() > 50
    assert 0.4 < firsts[True] / firsts.total() < 0.6


def test_dialogues_about_pairs_are_about_both() -> None:
    turns = [turn for seed in range(60) for turn in make_pair_dialogue(random.Random(seed))]
    assert len(turns) == 60 * NUM_PAIR_TURNS
    assert sum(len(turn.pictures) for turn in turns) == 60 * 2
    assert {turn.intent.topic for turn in turns} == {*ABOUT_ONE, *ABOUT_TWO}
    assert all(turn.intent.place is not None for turn in turns if turn.intent.topic in ABOUT_ONE)


def test_comparisons_without_pictures_are_each_about_another_pair() -> None:
    turns = [turn for seed in range(40) for turn in make_text_dialogue(random.Random(seed))]
    assert len(turns) == 40 * NUM_TEXT_TURNS
    assert {turn.intent.topic for turn in turns} == set(CONCLUSIONS)
    assert not any(turn.pictures for turn in turns)
    assert all(turn.answer.startswith(turn.given) and len(turn.answer) > len(turn.given) > 5 for turn in turns)
    assert len({turn.given for turn in turns}) > 0.8 * len(turns)


def test_mixed_dialogues_have_each_sort_with_its_share() -> None:
    dialogues = [make_mixed_dialogue(random.Random(seed)) for seed in range(400)]
    texts = sum(bool(d[0].given) for d in dialogues) / 400
    pairs = sum(len(d) == NUM_PAIR_TURNS and len(d[0].pictures) == 2 for d in dialogues) / 400
    assert texts == pytest.approx(SHARES[2], abs=0.06)
    assert pairs == pytest.approx(SHARES[1], abs=0.06)


def test_pairs_have_similar_prices_more_often_than_by_chance() -> None:
    pairs = [make_random_pair(random.Random(seed)) for seed in range(300)]
    assert sum(first.price == second.price for first, second in pairs) > 5
    assert sum(len(str(first.price)) == len(str(second.price)) for first, second in pairs) > 120


@pytest.mark.parametrize("topic", [*ABOUT_ONE, *ABOUT_TWO, *(f"{topic} of one" for topic in ABOUT_ONE)])
def test_a_question_can_be_made_on_every_topic(topic: str) -> None:
    turn = make_turn(topic, "en", random.Random(1), (SHIRT, DRESS), [(SHIRT, DRESS)])
    assert turn.intent.topic == topic.removesuffix(" of one")
    assert (turn.intent.place is not None) == topic.endswith(" of one")
    assert turn == make_turn(topic, "en", random.Random(1), (SHIRT, DRESS), [(SHIRT, DRESS)])


def test_questions_name_the_newest_garment() -> None:
    questions = {
        make_turn("colour", "en", random.Random(seed), (), [(SHIRT,), (DRESS,)]).question.lower() for seed in range(99)
    }
    assert any("dress" in question for question in questions)
    assert not any("shirt" in question for question in questions)


def test_messages_have_the_form_of_chat() -> None:
    rng = random.Random(0)
    orders = set()
    for _ in range(50):
        turns = make_random_dialogue(rng)
        msgs = make_messages(turns, draw_pictures(turns, rng), rng)
        parsed = parse_messages(msgs)
        assert [message.role for message in parsed] == ["user", "assistant"] * (len(turns) - 1) + ["user"]
        pictures = [tuple(isinstance(part, Image.Image) for part in message.parts) for message in parsed[::2]]
        assert [sum(row) for row in pictures] == [len(turn.pictures) for turn in turns]
        orders |= set(pictures)
    assert {(False,), (True, False), (False, True), (True, True, False), (False, True, True)} <= orders
