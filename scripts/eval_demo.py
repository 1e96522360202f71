"""How often the demo answers word for word: `python scripts/eval_demo.py --seed N --cards 500`.

Draws new cards and dialogues, asks for every answer with the right history before it, prints the accuracy by question,
language and turn, and last one JSON line.
"""

import argparse
import json
import random
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from tqdm import tqdm

from model.chat import ChatModel
from model.loading import DEMO, load
from scripts.demo_cards import random_card
from scripts.demo_dialogues import LANGUAGES, WORDINGS, Turn, draw_cards, make_turn, messages

BATCH_SIZE = 50
MAX_NEW_TOKENS = 48
NUM_FOLLOW_UPS = 3


@dataclass(frozen=True)
class Question:
    """A turn in its place: the messages up to it, and how it is counted."""

    turn: Turn
    number: int
    msgs: list[dict[str, Any]]

    @property
    def row(self) -> tuple[str, str, int]:
        return self.turn.kind, self.turn.language, self.number


def draw_questions(seed: int, num_cards: int) -> list[Question]:
    """A dialogue a card: the colour is asked first or after another question, then again without the picture."""
    rng = random.Random(f"evaluation {seed}")
    questions: list[Question] = []
    for _ in range(num_cards):
        card = random_card(rng)
        kinds = [rng.choice(("colour", "colour", "who", "other")), *("colour" for _ in range(NUM_FOLLOW_UPS))]
        kinds[rng.randint(1, NUM_FOLLOW_UPS)] = rng.choice(("colour", *WORDINGS))
        turns = [
            make_turn(kind, rng.choice(LANGUAGES), rng, None if index else card, card)
            for index, kind in enumerate(kinds)
        ]
        msgs = messages(turns, draw_cards(turns, rng), rng)
        questions += [Question(turn, i + 1, msgs[: 2 * i + 1]) for i, turn in enumerate(turns)]
    return questions


def answers(model: ChatModel, questions: Sequence[Question]) -> list[str]:
    found: list[str] = []
    for start in tqdm(range(0, len(questions), BATCH_SIZE), unit="batch"):
        batch = [question.msgs for question in questions[start : start + BATCH_SIZE]]
        found += model.chat(msgs=batch, sampling=False, num_beams=1, max_new_tokens=MAX_NEW_TOKENS)
    return found


def print_table(questions: Sequence[Question], are_right: Sequence[bool]) -> None:
    rows: dict[tuple[str, str, int], list[bool]] = defaultdict(list)
    for question, is_right in zip(questions, are_right, strict=True):
        rows[question.row].append(is_right)
    print(f"{'question':<10}{'language':<10}{'turn':<6}{'asked':>6}{'right':>7}{'accuracy':>10}")
    for (kind, language, number), right in sorted(rows.items()):
        share = sum(right) / len(right)
        print(f"{kind:<10}{language:<10}{number:<6}{len(right):>6}{sum(right):>7}{share:>10.4f}")


def summary(questions: Sequence[Question], are_right: Sequence[bool]) -> dict[str, float]:
    """Of the questions about the colour: `colour` are those that come with the picture, `follow_up` the later ones."""
    groups: dict[str, list[bool]] = defaultdict(list)
    for question, is_right in zip(questions, are_right, strict=True):
        if question.turn.kind == "colour":
            groups["follow_up" if question.turn.is_follow_up else "colour"].append(is_right)
    return {name: round(sum(right) / len(right), 4) for name, right in sorted(groups.items())}


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description="How often the demo answers word for word.")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--cards", type=int, default=500)
    parser.add_argument("--model", default=DEMO, help="another checkpoint's folder")
    parser.add_argument("--show", type=int, default=5, help="how many wrong answers to print")
    given = parser.parse_args(arguments)
    model = load(given.model)
    questions = draw_questions(given.seed, given.cards)
    found = answers(model, questions)
    are_right = [answer == question.turn.answer for answer, question in zip(found, questions, strict=True)]
    print_table(questions, are_right)
    wrong = [pair for pair, is_right in zip(zip(questions, found, strict=True), are_right, strict=True) if not is_right]
    for question, answer in wrong[: given.show]:
        print(f"wrong: {question.turn.question} -> {answer!r}, not {question.turn.answer!r}")
    print(json.dumps(summary(questions, are_right)))


if __name__ == "__main__":
    main()
