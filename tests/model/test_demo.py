"""The committed demo checkpoint answers questions with known answers, by the same path as the real model."""

import random
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from model import load
from model.chat import ChatModel
from model.loading import DEMO_FOLDER
from scripts.demo_cards import SAMPLES, random_card
from scripts.demo_dialogues import draw_cards, make_turn, messages
from scripts.eval_demo import answers, draw_questions

SAMPLE_FOLDER = Path(__file__).parents[2] / "docs" / "samples"
GREEDY: dict[str, Any] = {"sampling": False, "num_beams": 1, "max_new_tokens": 48}
CHINESE = {"blue": "蓝", "red": "红", "green": "绿", "yellow": "黄", "purple": "紫", "black": "黑"}


@pytest.fixture(scope="module")
def demo() -> ChatModel:
    return load("demo", device="cpu")


def sample(colour: str, kind: str) -> Image.Image:
    return Image.open(SAMPLE_FOLDER / f"{colour}-{kind}.png")


def user(*content: Any) -> dict[str, Any]:
    return {"role": "user", "content": list(content)}


def assistant(text: str) -> dict[str, Any]:
    return {"role": "assistant", "content": text}


def test_it_is_small_enough_to_come_with_the_code() -> None:
    assert sum(file.stat().st_size for file in DEMO_FOLDER.iterdir()) < 10_000_000


def test_it_has_the_real_architecture(demo: ChatModel) -> None:
    assert demo.info.is_demo
    assert demo.model.config.model_type == "minicpmv"
    assert demo.builder.tokenizer.encode("!") == [0]


@pytest.mark.parametrize(("colour", "kind"), SAMPLES)
def test_the_sample_cards_word_for_word(demo: ChatModel, colour: str, kind: str) -> None:
    picture = sample(colour, kind)
    msgs = [user(picture, "What colour is it?")]
    first = demo.chat(msgs=msgs, **GREEDY)
    assert first == f"The product is {colour}."
    msgs += [assistant(str(first)), user("它是什么颜色")]
    second = demo.chat(msgs=msgs, **GREEDY)
    assert second == f"这件商品是{CHINESE[colour]}色的。"
    msgs += [assistant(str(second)), user("How much is it?")]
    assert str(demo.chat(msgs=msgs, **GREEDY)).startswith("Sorry, I am only a demo")


def test_batch_rows_are_not_swapped(demo: ChatModel) -> None:
    batch = [[user(sample(*card), "这是什么颜色？")] for card in SAMPLES]
    assert demo.chat(msgs=batch, **GREEDY) == [f"这件商品是{CHINESE[colour]}色的。" for colour, _ in SAMPLES]


def test_64_cards_at_once_answer_as_one_by_one(demo: ChatModel) -> None:
    questions = draw_questions(seed=3, num_cards=16)
    assert len(questions) == 64
    batch = [question.msgs for question in questions]
    together = demo.chat(msgs=batch, **GREEDY)
    assert together == [demo.chat(msgs=msgs, **GREEDY) for msgs in batch]


def test_unseen_cards_are_answered_right(demo: ChatModel) -> None:
    questions = draw_questions(seed=101, num_cards=50)
    found = answers(demo, questions)
    right = sum(answer == question.turn.answer for answer, question in zip(found, questions, strict=True))
    assert right / len(questions) >= 0.98


def test_the_newest_picture_is_meant(demo: ChatModel) -> None:
    rng = random.Random(11)
    right = 0
    for _ in range(20):
        old, new = random_card(rng), random_card(rng)
        turns = [
            make_turn("colour", "en", rng, old, old),
            make_turn("colour", "zh", rng, new, new),
            make_turn("colour", "en", rng, None, new),
        ]
        msgs = messages(turns, draw_cards(turns, rng), rng)
        right += demo.chat(msgs=msgs, **GREEDY) == turns[2].answer
    assert right >= 19


def test_without_a_picture_it_asks_for_one(demo: ChatModel) -> None:
    assert demo.chat(msgs=[user("What colour is it?")], **GREEDY) == "Please send a product picture first."
    assert demo.chat(msgs=[user("这是什么颜色？")], **GREEDY) == "请先发一张商品图片。"


def test_outside_its_world_it_says_so(demo: ChatModel) -> None:
    said = str(demo.chat(msgs=[user(sample("red", "dress"), "可以退货吗？")], **GREEDY))
    assert said == "抱歉，我只是演示模型，只认识商品卡片的颜色。"


@pytest.mark.parametrize("size", [(120, 120), (640, 480), (300, 600)])
def test_other_sizes_of_a_picture(demo: ChatModel, size: tuple[int, int]) -> None:
    card = sample("green", "trousers").resize(size)
    assert demo.chat(msgs=[user(card, "What color is it?")], **GREEDY) == "The product is green."


def test_the_default_sampling_agrees(demo: ChatModel) -> None:
    found = {demo.chat(msgs=[user(sample("blue", "shirt"), "What colour is it?")], seed=seed) for seed in range(5)}
    assert found == {"The product is blue."}
