"""The chats that every precision answers: the recorded ones, and questions about drawn product cards."""

import json
import random
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from PIL import Image

from scripts.demo.dialogues import make_turn
from scripts.demo.wordings import LANGUAGES
from scripts.eval_demo import MAX_NEW_TOKENS, draw_questions

TEXT_TOPICS = ("who", "thanks", "price", "cheaper")
"""Topics that are asked without any picture, too."""


@dataclass(frozen=True)
class Chat:
    """Messages as `ChatModel.prepare` takes them, with its other keywords, and the right answer where there is one."""

    msgs: list[dict[str, Any]]
    options: dict[str, Any] = field(default_factory=dict)
    right: str | None = None


def read_recorded_chats(folder: Path) -> list[Chat]:
    """Read the chats of a folder that `scripts/check_golden.py` reads: `cases.json` and `images/`."""
    cases = json.loads((folder / "cases.json").read_text(encoding="utf-8"))
    return [
        Chat(
            [{"role": m["role"], "content": [_read_part(folder, part) for part in m["content"]]} for m in chat["msgs"]],
            {"max_new_tokens": chat["max_new_tokens"], **chat["options"]},
        )
        for chat in cases["chats"]
    ]


def _read_part(folder: Path, part: str | dict[str, str]) -> str | Image.Image:
    if isinstance(part, str):
        return part
    with Image.open(folder / "images" / part["image"]) as image:
        image.load()
    return image


def draw_card_chats(seed: int, num_cards: int) -> list[Chat]:
    """Draw the questions of `scripts/eval_demo.py` about that many cards, and each of `TEXT_TOPICS` in each language.

    They are in Chinese and English, with one picture, with two, and without; some have a history.
    """
    options = {"max_new_tokens": MAX_NEW_TOKENS}
    drawn = [Chat(q.msgs, options, q.turn.answer) for q in draw_questions(seed, num_cards)]
    rng = random.Random(f"text {seed}")
    turns = [make_turn(topic, language, rng, (), []) for topic in TEXT_TOPICS for language in LANGUAGES]
    return drawn + [Chat([{"role": "user", "content": [turn.question]}], options, turn.answer) for turn in turns]
