"""System prompts and picture labels that operators and the server's routes add, so that the demo learns to cope."""

import random
from collections.abc import Sequence
from itertools import count

from PIL import Image

from scripts.demo.wordings import LANGUAGES
from server.api.support.compare_prompt import INSTRUCTIONS, write_label
from server.pipeline.profiles import SHIPPED, load_profiles

SYSTEM_SENTENCES = {
    "zh": (
        "你是一名电商客服。",
        "请用简洁的语言回答顾客的问题。",
        "回答不超过三句话。",
        "先说重点。",
        "请使用顾客的语言。",
        "你是一家餐厅的服务员。",
        "你是技术支持人员。",
        "不知道的事情请直说。",
        "保持礼貌和耐心。",
        "请根据图片回答。",
    ),
    "en": (
        "You are a customer service agent of an online shop.",
        "Answer briefly and politely.",
        "Use at most three sentences.",
        "Put the key facts first.",
        "Answer in the customer's language.",
        "You are a waiter in a restaurant.",
        "You are a technical support engineer.",
        "If you do not know something, say so.",
        "Be patient and friendly.",
        "Look at the picture before you answer.",
    ),
}

PROFILE_SHARE = 0.4
LABELLED_SHARE = 0.25
"""The share of messages with several pictures that number them as `POST /compare` does."""


def make_system_prompt(rng: random.Random) -> str:
    """Make a system prompt of a few random sentences, or take that of a shipped profile."""
    language = rng.choice(LANGUAGES)
    if rng.random() < PROFILE_SHARE:
        texts = (profile.system_prompt(language) for profile in load_profiles([SHIPPED]).values())
        return rng.choice([text for text in texts if text])
    sentences = rng.sample(SYSTEM_SENTENCES[language], rng.randint(1, 5))
    return ("" if language == "zh" else " ").join(sentences)


def number_pictures(parts: Sequence[str | Image.Image], rng: random.Random) -> list[str | Image.Image]:
    """Put a label before each picture and the instructions before the question, as `POST /compare` does."""
    language = rng.choice(LANGUAGES)
    labels = (write_label(number, language) for number in count(1))
    shown: list[str | Image.Image] = []
    for part in parts:
        shown += [part] if isinstance(part, str) else [next(labels), part]
    return [*shown[:-1], INSTRUCTIONS[language], shown[-1]] if isinstance(shown[-1], str) else shown
