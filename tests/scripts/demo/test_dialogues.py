"""Dialogues vary, and each answer in them is the right one."""

import random
from collections import Counter

import pytest
from PIL import Image

from model.messages import parse_messages
from scripts.demo.answers import ABOUT_ONE, ABOUT_TWO, Shown, right_answer
from scripts.demo.cards import card_of
from scripts.demo.dialogues import (
    CONCLUSIONS,
    NUM_PAIR_TURNS,
    NUM_TOLD_TURNS,
    NUM_TURNS,
    SHARES,
    Turn,
    any_dialogue,
    draw_pictures,
    make_turn,
    messages,
    pair_dialogue,
    random_dialogue,
    random_pair,
    told_dialogue,
)
from scripts.demo.wordings import wordings

SHIRT = card_of("blue", "striped", "shirt", 299)
DRESS = card_of("red", "plain", "dress", 1280)


@pytest.fixture(scope="module")
def dialogues() -> list[list[Turn]]:
    return [random_dialogue(random.Random(seed)) for seed in range(400)]


def test_every_answer_is_right(dialogues: list[list[Turn]]) -> None:
    for dialogue in dialogues:
        pictures: list[tuple[Shown, ...]] = []
        for turn in dialogue:
            pictures += [turn.pictures] if turn.pictures else []
            assert turn.answer == right_answer(turn.ask, pictures)
            assert turn.is_follow_up == (bool(pictures) and not turn.pictures)


def test_dialogues_vary(dialogues: list[list[Turn]]) -> None:
    turns = [turn for dialogue in dialogues for turn in dialogue]
    assert {len(dialogue) for dialogue in dialogues} == set(NUM_TURNS)
    assert {turn.ask.topic for turn in turns} == set(wordings())
    assert {len(turn.pictures) for turn in turns} == {0, 1, 2, 3}
    assert any(None in turn.pictures for turn in turns)
    assert {turn.ask.place for turn in turns} == {None, 0, 1}
    assert sum(turn.is_follow_up for turn in turns) > len(turns) / 2


def test_a_question_is_worded_as_asked_for() -> None:
    rng = random.Random(0)
    asked = {"price": {"zh": ["几个钱？"], "en": ["Cost?"]}}
    questions = {make_turn("price", "zh", rng, (SHIRT,), [(SHIRT,)], asked).question for _ in range(20)}
    assert all("几个钱" in question for question in questions)


def test_questions_are_filled_in(dialogues: list[list[Turn]]) -> None:
    assert not [turn.question for dialogue in dialogues for turn in dialogue if "{" in turn.question]


def test_comparisons_are_not_decided_by_habit(dialogues: list[list[Turn]]) -> None:
    """Neither the first nor the second is the answer much more often."""
    firsts: Counter[bool] = Counter()
    for turn in (turn for dialogue in dialogues for turn in dialogue):
        _, _, conclusion = turn.answer.partition(": ")
        if turn.ask.topic in ("cheaper", "dearer", "which", "which kind") and "one" in conclusion:
            firsts["first one" in conclusion] += 1
    assert firsts.total() > 50
    assert 0.4 < firsts[True] / firsts.total() < 0.6


def test_dialogues_about_pairs_are_about_both() -> None:
    turns = [turn for seed in range(60) for turn in pair_dialogue(random.Random(seed))]
    assert len(turns) == 60 * NUM_PAIR_TURNS
    assert sum(len(turn.pictures) for turn in turns) == 60 * 2
    assert {turn.ask.topic for turn in turns} == {*ABOUT_ONE, *ABOUT_TWO}
    assert all(turn.ask.place is not None for turn in turns if turn.ask.topic in ABOUT_ONE)


def test_comparisons_are_told_of_another_pair_each_time() -> None:
    turns = [turn for seed in range(40) for turn in told_dialogue(random.Random(seed))]
    assert len(turns) == 40 * NUM_TOLD_TURNS
    assert {turn.ask.topic for turn in turns} == set(CONCLUSIONS)
    assert not any(turn.pictures for turn in turns)
    assert all(turn.answer.startswith(turn.told) and len(turn.answer) > len(turn.told) > 5 for turn in turns)
    assert len({turn.told for turn in turns}) > 0.8 * len(turns)


def test_any_dialogue_is_of_each_sort_by_its_share() -> None:
    dialogues = [any_dialogue(random.Random(seed)) for seed in range(400)]
    told = sum(bool(d[0].told) for d in dialogues) / 400
    pairs = sum(len(d) == NUM_PAIR_TURNS and len(d[0].pictures) == 2 for d in dialogues) / 400
    assert told == pytest.approx(SHARES[2], abs=0.06)
    assert pairs == pytest.approx(SHARES[1], abs=0.06)


def test_pairs_are_near_in_price_more_often_than_by_chance() -> None:
    pairs = [random_pair(random.Random(seed)) for seed in range(300)]
    assert sum(first.price == second.price for first, second in pairs) > 5
    assert sum(len(str(first.price)) == len(str(second.price)) for first, second in pairs) > 120


@pytest.mark.parametrize("topic", [*ABOUT_ONE, *ABOUT_TWO, *(f"{topic} of one" for topic in ABOUT_ONE)])
def test_a_question_can_be_made_on_every_topic(topic: str) -> None:
    turn = make_turn(topic, "en", random.Random(1), (SHIRT, DRESS), [(SHIRT, DRESS)])
    assert turn.ask.topic == topic.removesuffix(" of one")
    assert (turn.ask.place is not None) == topic.endswith(" of one")
    assert turn == make_turn(topic, "en", random.Random(1), (SHIRT, DRESS), [(SHIRT, DRESS)])


def test_a_garment_is_called_by_its_name() -> None:
    questions = {
        make_turn("colour", "en", random.Random(seed), (), [(SHIRT,), (DRESS,)]).question.lower() for seed in range(99)
    }
    assert any("dress" in question for question in questions)
    assert not any("shirt" in question for question in questions)


def test_messages_have_the_form_of_chat() -> None:
    rng = random.Random(0)
    orders = set()
    for _ in range(50):
        turns = random_dialogue(rng)
        msgs = messages(turns, draw_pictures(turns, rng), rng)
        parsed = parse_messages(msgs)
        assert [message.role for message in parsed] == ["user", "assistant"] * (len(turns) - 1) + ["user"]
        pictures = [tuple(isinstance(part, Image.Image) for part in message.parts) for message in parsed[::2]]
        assert [sum(row) for row in pictures] == [len(turn.pictures) for turn in turns]
        orders |= set(pictures)
    assert {(False,), (True, False), (False, True), (True, True, False), (False, True, True)} <= orders
