"""Every question has its one right answer, whatever came before."""

import random

import pytest
from PIL import Image

from model.prompt import parse_messages
from scripts.demo_cards import COLOURS, Card
from scripts.demo_dialogues import (
    LANGUAGES,
    NUM_TURNS,
    WORDINGS,
    as_typed,
    draw_cards,
    make_turn,
    messages,
    random_dialogue,
    right_answer,
)

BLUE = Card("shirt", COLOURS[4])


def test_there_are_wordings_enough_in_both_languages() -> None:
    for language in LANGUAGES:
        assert len(set(WORDINGS["colour"][language])) >= 6
    wordings = [text for kind in WORDINGS.values() for texts in kind.values() for text in texts]
    assert len(wordings) == len(set(wordings))


@pytest.mark.parametrize(
    ("kind", "language", "seen", "answer"),
    [
        ("colour", "zh", BLUE, "这件商品是蓝色的。"),
        ("colour", "en", BLUE, "The product is blue."),
        ("colour", "en", None, "Please send a product picture first."),
        ("other", "zh", BLUE, "抱歉，我只是演示模型，只认识商品卡片的颜色。"),
        ("who", "en", None, "Hello, I am a demo model. Send a product picture and ask me its colour."),
    ],
)
def test_right_answers(kind: str, language: str, seen: Card | None, answer: str) -> None:
    assert right_answer(kind, language, seen) == answer


def plain(text: str) -> str:
    return text.rstrip("？?。.!！ ").lower()


def test_wordings_are_asked_as_people_type_them() -> None:
    rng = random.Random(0)
    chinese = {as_typed("这是什么颜色？", "zh", rng) for _ in range(200)}
    assert {"这是什么颜色？", "这是什么颜色?", "这是什么颜色"} <= chinese
    english = {as_typed("What color is it?", "en", rng) for _ in range(400)}
    assert {"What color is it?", "what color is it", "WHAT COLOR IS IT?"} <= english
    assert {plain(text) for text in english} == {"what color is it"}


def test_answers_speak_of_the_newest_card() -> None:
    for seed in range(200):
        newest: Card | None = None
        for turn in random_dialogue(random.Random(seed)):
            newest = turn.card or newest
            assert turn.answer == right_answer(turn.kind, turn.language, newest)
            assert plain(turn.question) in map(plain, WORDINGS[turn.kind][turn.language])
            assert turn.is_follow_up == (newest is not None and turn.card is None)


def test_dialogues_vary() -> None:
    dialogues = [random_dialogue(random.Random(seed)) for seed in range(300)]
    turns = [turn for dialogue in dialogues for turn in dialogue]
    assert {len(dialogue) for dialogue in dialogues} == set(NUM_TURNS)
    assert {turn.kind for turn in turns} == set(WORDINGS)
    assert any(turn.is_follow_up for turn in turns)
    assert any(len([turn for turn in dialogue if turn.card]) > 1 for dialogue in dialogues)


def test_messages_have_the_form_of_chat() -> None:
    rng = random.Random(0)
    orders = set()
    for _ in range(50):
        turns = random_dialogue(rng)
        msgs = messages(turns, draw_cards(turns, rng), rng)
        parsed = parse_messages(msgs)
        assert [message.role for message in parsed] == ["user", "assistant"] * (len(turns) - 1) + ["user"]
        pictures = [[isinstance(part, Image.Image) for part in message.parts] for message in parsed[::2]]
        assert [any(row) for row in pictures] == [turn.card is not None for turn in turns]
        orders |= {tuple(row) for row in pictures}
    assert orders == {(False,), (True, False), (False, True)}


def test_the_same_seed_makes_the_same_turn() -> None:
    turns = [make_turn("colour", "zh", random.Random(4), None, BLUE) for _ in range(2)]
    assert turns[0] == turns[1]
