"""Measure how often the demo's answers are exactly right: `python scripts/eval_demo.py --seed N --cards 500`.

It draws new cards and dialogues, asks each question after the right history, and prints the accuracy by question,
language and turn, and one JSON line at the end.
"""

import argparse
import json
import random
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from tqdm import tqdm

from model.chat import ChatModel
from model.loading import load
from model.options import DEMO
from scripts.demo.answers import ABOUT_ONE, ABOUT_TWO, SMALL_TALK, Shown
from scripts.demo.cards import make_random_card
from scripts.demo.dialogues import ABOUT_PAIRS, Turn, draw_pictures, make_messages, make_random_pair, make_turn
from scripts.demo.wordings import LANGUAGES, Wordings, read_wordings

BATCH_SIZE = 50
MAX_NEW_TOKENS = 64
NUM_FOLLOW_UPS = 3
CARDS_PER_PAIR = 2


@dataclass(frozen=True)
class Question:
    """A turn with its number, the messages up to it, and the figure that it counts for."""

    turn: Turn
    number: int
    msgs: list[dict[str, Any]]
    figure: str

    @property
    def row(self) -> tuple[str, str, int]:
        return self.figure, self.turn.intent.language, self.number


def draw_questions(seed: int, num_cards: int, asked: Wordings | None = None) -> list[Question]:
    """Draw every first question and a dialogue for each card, and a dialogue for each of half as many pairs.

    With `asked` the questions are in its wordings instead of those of the training. Questions about the first or the
    second of a pair are left out then, because only the training has wordings for them.
    """
    rng = random.Random(f"evaluation {seed}")
    about_pairs = ABOUT_PAIRS if asked is None else ABOUT_TWO
    questions: list[Question] = []
    for _ in range(num_cards):
        shown = (make_random_card(rng),)
        for topic in ABOUT_ONE:
            questions += _ask(shown, (topic,), rng, asked)
        later = (rng.choice((*ABOUT_ONE * 2, *SMALL_TALK)) for _ in range(NUM_FOLLOW_UPS))
        questions += list(_ask(shown, (rng.choice(ABOUT_ONE), *later), rng, asked))[1:]
    for _ in range(num_cards // CARDS_PER_PAIR):
        questions += _ask(make_random_pair(rng), rng.sample(about_pairs, 1 + NUM_FOLLOW_UPS), rng, asked)
    return questions


def _ask(
    shown: tuple[Shown, ...], topics: Sequence[str], rng: random.Random, asked: Wordings | None
) -> Iterator[Question]:
    """Draw a dialogue about pictures that come with its first question."""
    turns = [
        make_turn(topic, rng.choice(LANGUAGES), rng, () if index else shown, [shown], asked)
        for index, topic in enumerate(topics)
    ]
    msgs = make_messages(turns, draw_pictures(turns, rng), rng)
    for index, turn in enumerate(turns):
        yield Question(turn, index + 1, msgs[: 2 * index + 1], _figure(turn, len(shown)))


def _figure(turn: Turn, num_pictures: int) -> str:
    if turn.intent.topic in SMALL_TALK:
        return turn.intent.topic
    if num_pictures == CARDS_PER_PAIR:
        return "two_pictures"
    return "follow_up" if turn.is_follow_up else turn.intent.topic


def ask_all(model: ChatModel, questions: Sequence[Question]) -> list[str]:
    found: list[str] = []
    for start in tqdm(range(0, len(questions), BATCH_SIZE), unit="batch"):
        batch = [question.msgs for question in questions[start : start + BATCH_SIZE]]
        found += map(str, model.chat(msgs=batch, sampling=False, num_beams=1, max_new_tokens=MAX_NEW_TOKENS))
    return found


def print_table(questions: Sequence[Question], are_right: Sequence[bool]) -> None:
    rows: dict[tuple[str, str, int], list[bool]] = defaultdict(list)
    for question, is_right in zip(questions, are_right, strict=True):
        rows[question.row].append(is_right)
    print(f"{'question':<14}{'language':<10}{'turn':<6}{'asked':>6}{'right':>7}{'accuracy':>10}")
    for (figure, language, number), right in sorted(rows.items()):
        share = sum(right) / len(right)
        print(f"{figure:<14}{language:<10}{number:<6}{len(right):>6}{sum(right):>7}{share:>10.4f}")


def summarize(questions: Sequence[Question], are_right: Sequence[bool]) -> dict[str, float]:
    """Return the share of right answers by figure."""
    groups: dict[str, list[bool]] = defaultdict(list)
    for question, is_right in zip(questions, are_right, strict=True):
        groups[question.figure].append(is_right)
    return {name: round(sum(right) / len(right), 4) for name, right in sorted(groups.items())}


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description="Measure how often the demo's answers are exactly right.")
    parser.add_argument("--seed", type=int, default=1, help="of the cards and questions (default: %(default)s)")
    parser.add_argument("--cards", type=int, default=500, help="how many cards (default: %(default)s)")
    parser.add_argument("--model", default=DEMO, help="the folder of another checkpoint")
    parser.add_argument("--show", type=int, default=5, help="how many wrong answers to print (default: %(default)s)")
    parser.add_argument("--unseen", action="store_true", help="ask in wordings that it was not trained on")
    given = parser.parse_args(arguments)
    model = load(given.model)
    questions = draw_questions(given.seed, given.cards, read_wordings("unseen") if given.unseen else None)
    found = ask_all(model, questions)
    are_right = [answer == question.turn.answer for answer, question in zip(found, questions, strict=True)]
    print_table(questions, are_right)
    wrong = [pair for pair, is_right in zip(zip(questions, found, strict=True), are_right, strict=True) if not is_right]
    for question, answer in wrong[: given.show]:
        print(f"wrong: {question.turn.question} -> {answer!r}, not {question.turn.answer!r}")
    print(json.dumps(summarize(questions, are_right)))


if __name__ == "__main__":
    main()
