"""The wordings of customers' questions: several for each topic, in Chinese and English.

`{kind}` stands for the garment's name, `{value}` for what is looked for, `{which}` for the first or the second.
"""

import random
import tomllib
from functools import cache
from pathlib import Path
from typing import Literal

from server.errors.base import Language

LANGUAGES: tuple[Language, ...] = ("zh", "en")

Wordings = dict[str, dict[str, list[str]]]
"""Wordings by topic and language."""

ORDINALS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "zh": (("第一款", "第一个", "第一件"), ("第二款", "第二个", "第二件")),
    "en": (("the first one", "the first", "the first product"), ("the second one", "the second", "the second product")),
}

ORDINAL_WORDINGS: dict[str, dict[str, tuple[str, ...]]] = {
    "what": {
        "zh": ("{which}是什么？", "介绍一下{which}。", "请描述{which}"),
        "en": ("What is {which}?", "Describe {which}, please.", "Tell me about {which}."),
    },
    "kind": {
        "zh": ("{which}是哪一类商品？", "{which}属于什么类别？"),
        "en": ("What kind of product is {which}?", "What type of item is {which}?"),
    },
    "colour": {
        "zh": ("{which}是什么颜色？", "{which}什么颜色的？"),
        "en": ("What colour is {which}?", "What color is {which}?"),
    },
    "pattern": {
        "zh": ("{which}是什么图案？", "{which}有什么花纹？"),
        "en": ("What pattern does {which} have?", "What is the pattern of {which}?"),
    },
    "price": {
        "zh": ("{which}多少钱？", "{which}的价格是多少？", "{which}卖多少钱？", "{which}的价格？"),
        "en": ("How much is {which}?", "What is the price of {which}?", "What does {which} cost?"),
    },
}
"""Wordings of questions about one of two products."""

ENDS = {"zh": ("？", "?", "", "。", "！", " ?"), "en": ("?", "", ".", "!", " ?", "??")}


@cache
def read_wordings(use: Literal["learned", "unseen"] = "learned") -> Wordings:
    """Read the wordings of the training, or those that only the evaluation uses, which the model has not seen."""
    with (Path(__file__).parent / "wordings.toml").open("rb") as file:
        found: Wordings = tomllib.load(file)[use]
    return found


def vary_typing(text: str, language: str, rng: random.Random) -> str:
    """Vary the end mark and, in English, the capitals of a question, as people type it."""
    bare = text.rstrip("？?。.!！")
    text = rng.choice((text, text, bare + rng.choice(ENDS[language])))
    if language == "en" and rng.random() < 0.4:
        text = rng.choice((text.lower(), text.upper(), text.capitalize()))
    return text
