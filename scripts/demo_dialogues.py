"""Dialogues about product cards, with the one right answer to each question, in Chinese and English."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from PIL import Image

from scripts.demo_cards import Card, draw, random_card

LANGUAGES = ("zh", "en")
NUM_TURNS = (1, 2, 3, 4, 6, 8, 12)

WORDINGS: dict[str, dict[str, tuple[str, ...]]] = {
    "colour": {
        "zh": (
            "这是什么颜色？",
            "这件商品是什么颜色的？",
            "它是什么颜色",
            "请问这款是什么颜色？",
            "图片里的商品是什么颜色？",
            "颜色是什么？",
            "这件衣服什么颜色",
            "告诉我它的颜色。",
            "这件衬衫是什么颜色？",
            "这条裙子是什么颜色的？",
            "这条裤子什么颜色？",
            "再说一次它的颜色？",
            "这是啥颜色？",
            "能告诉我颜色吗？",
            "颜色？",
            "这款是什么色？",
        ),
        "en": (
            "What colour is it?",
            "What color is it?",
            "What colour is this product?",
            "Which colour is this?",
            "Tell me the colour, please.",
            "what color is this",
            "What is the colour of the product in the picture?",
            "Which color is the item?",
            "What colour is this shirt?",
            "What color is the dress?",
            "What colour are the trousers?",
            "And what colour was it again?",
            "Could you tell me the color?",
            "What's its colour?",
            "Colour?",
            "Can you see what color it is?",
        ),
    },
    "who": {
        "zh": ("你是谁？", "你好", "您好！", "你能做什么？", "你会什么"),
        "en": ("Who are you?", "Hello", "Hi!", "What can you do?", "hello, who are you"),
    },
    "other": {
        "zh": (
            "今天天气怎么样？",
            "这是什么？",
            "这件多少钱？",
            "可以退货吗？",
            "适合夏天穿吗？",
            "什么时候发货",
            "请写一首诗。",
            "有大号的吗？",
            "这是什么材质？",
        ),
        "en": (
            "What is the weather like today?",
            "What is this?",
            "How much is it?",
            "Can I return it?",
            "Is it good for summer?",
            "When will it ship",
            "Write a poem, please.",
            "Do you have it in large?",
            "What material is it?",
        ),
    },
}

ENDS = {"zh": ("？", "?", "", "。", "！", " ?"), "en": ("?", "", ".", "!", " ?", "??")}

FIXED_ANSWERS: dict[str, dict[str, str]] = {
    "who": {
        "zh": "您好，我是演示模型，请发商品图片并问我颜色。",
        "en": "Hello, I am a demo model. Send a product picture and ask me its colour.",
    },
    "other": {
        "zh": "抱歉，我只是演示模型，只认识商品卡片的颜色。",
        "en": "Sorry, I am only a demo and know nothing but the colour of product cards.",
    },
    "no picture": {
        "zh": "请先发一张商品图片。",
        "en": "Please send a product picture first.",
    },
}


@dataclass(frozen=True)
class Turn:
    """A question, with a card where a picture is sent along, and its right answer."""

    kind: str
    language: str
    question: str
    answer: str
    card: Card | None = None
    is_follow_up: bool = False


def random_dialogue(rng: random.Random) -> list[Turn]:
    """Most dialogues begin with a card; a later card takes its place."""
    turns: list[Turn] = []
    seen: Card | None = None
    for index in range(rng.choice(NUM_TURNS)):
        is_new = rng.random() < (0.88 if index == 0 else 0.12)
        card = random_card(rng) if is_new else None
        seen = card or seen
        turns.append(random_turn(rng, card, seen))
    return turns


def random_turn(rng: random.Random, card: Card | None, seen: Card | None) -> Turn:
    """A question asked when `seen` is the newest card so far; `card` is the same where it comes with this turn."""
    kind = rng.choices(("colour", "who", "other"), (0.7, 0.12, 0.18))[0]
    return make_turn(kind, rng.choice(LANGUAGES), rng, card, seen)


def make_turn(kind: str, language: str, rng: random.Random, card: Card | None, seen: Card | None) -> Turn:
    question = as_typed(rng.choice(WORDINGS[kind][language]), language, rng)
    return Turn(kind, language, question, right_answer(kind, language, seen), card, seen is not None and card is None)


def as_typed(text: str, language: str, rng: random.Random) -> str:
    """The same wording with the end marks and capitals that people really type."""
    bare = text.rstrip("？?。.!！")
    text = rng.choice((text, text, bare + rng.choice(ENDS[language])))
    if language == "en" and rng.random() < 0.3:
        text = rng.choice((text.lower(), text.upper(), text.capitalize()))
    return text


def right_answer(kind: str, language: str, seen: Card | None) -> str:
    if kind != "colour":
        return FIXED_ANSWERS[kind][language]
    if seen is None:
        return FIXED_ANSWERS["no picture"][language]
    return f"这件商品是{seen.colour.zh}的。" if language == "zh" else f"The product is {seen.colour.en}."


def draw_cards(turns: Sequence[Turn], rng: random.Random) -> list[Image.Image | None]:
    return [draw(turn.card, rng) if turn.card else None for turn in turns]


def messages(turns: Sequence[Turn], images: Sequence[Image.Image | None], rng: random.Random) -> list[dict[str, Any]]:
    """`chat(msgs=...)`'s form, every answer but the last one included; a picture goes before or after its question."""
    msgs: list[dict[str, Any]] = []
    for turn, image in zip(turns, images, strict=True):
        parts: list[Any] = [turn.question] if image is None else [image, turn.question]
        if rng.random() < 0.25:
            parts.reverse()
        msgs += [{"role": "user", "content": parts}, {"role": "assistant", "content": turn.answer}]
    return msgs[:-1]
