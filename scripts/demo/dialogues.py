"""Dialogues about product cards.

A question without "first" or "second" ("how much is it?") is about the newest picture, a comparison about the two
newest.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from PIL import Image

from scripts.demo.answers import ABOUT_ONE, ABOUT_TWO, SMALL_TALK, Intent, Shown, describe_both, write_right_answer
from scripts.demo.cards import KINDS, Card, make_random_card
from scripts.demo.drawing import draw_card
from scripts.demo.others import draw_other
from scripts.demo.wordings import LANGUAGES, ORDINAL_WORDINGS, ORDINALS, Wordings, read_wordings, vary_typing

NUM_TURNS = (1, 2, 3, 4, 6, 8, 12)
NUM_PAIR_TURNS = 5
NUM_TEXT_TURNS = 8
SHARES = (0.5, 0.3, 0.2)
"""The shares of dialogues about anything, about a pair of cards, and of comparisons without pictures."""
CONCLUSIONS = ("cheaper", "dearer", "which", "which kind")
ABOUT_PAIRS = (*ABOUT_TWO, *(f"{topic} of one" for topic in ABOUT_ONE))
TOPICS_AFTER_ONE = (*ABOUT_ONE * 3, "cheaper", "which", "both prices", *SMALL_TALK, *SMALL_TALK, "other")
TOPICS_AFTER_TWO = (
    *("cheaper", "dearer", "both prices", "which", "which", "which kind") * 3,
    *(f"{topic} of one" for topic in ABOUT_ONE * 2),
    *("price", "what", "colour"),
    *SMALL_TALK,
)


@dataclass(frozen=True)
class Turn:
    """A question, what its own pictures show, and its right answer. A follow-up is about earlier pictures."""

    intent: Intent
    question: str
    answer: str
    pictures: tuple[Shown, ...] = ()
    is_follow_up: bool = False
    given: str = ""
    """The beginning of the answer that the model is given and does not learn."""


def make_random_dialogue(rng: random.Random) -> list[Turn]:
    """Make a dialogue about anything. Most begin with one or two pictures, and some get more later."""
    turns: list[Turn] = []
    pictures: list[tuple[Shown, ...]] = []
    for index in range(rng.choice(NUM_TURNS)):
        is_new = rng.random() < (0.9 if index == 0 else 0.15)
        new = make_random_pictures(rng) if is_new else ()
        pictures += [new] if new else []
        num_newest = len(pictures[-1]) if pictures else 0
        topic = rng.choice(TOPICS_AFTER_TWO if num_newest == 2 else TOPICS_AFTER_ONE)
        turns.append(make_turn(topic, rng.choice(LANGUAGES), rng, new, pictures))
    return turns


def make_pair_dialogue(rng: random.Random) -> list[Turn]:
    """Make a dialogue about two cards, with questions that only make sense about two."""
    pair = make_random_pair(rng)
    topics = [rng.choice(ABOUT_PAIRS) for _ in range(NUM_PAIR_TURNS)]
    return [
        make_turn(topic, rng.choice(LANGUAGES), rng, () if index else pair, [pair])
        for index, topic in enumerate(topics)
    ]


def make_text_dialogue(rng: random.Random) -> list[Turn]:
    """Make comparisons without pictures, each of another pair: what both cards show is given as text.

    Concluding takes far more examples to learn than seeing, and without pictures examples are cheap.
    """
    turns = []
    for _ in range(NUM_TEXT_TURNS):
        pair = make_random_pair(rng)
        turn = make_turn(rng.choice(CONCLUSIONS), rng.choice(LANGUAGES), rng, (), [pair])
        turns.append(replace(turn, given=describe_both(turn.intent, *pair)))
    return turns


def make_mixed_dialogue(rng: random.Random) -> list[Turn]:
    """Make a dialogue of one of the three sorts, each with its share."""
    (draw_turns,) = rng.choices((make_random_dialogue, make_pair_dialogue, make_text_dialogue), SHARES)
    return draw_turns(rng)


def make_random_pictures(rng: random.Random) -> tuple[Shown, ...]:
    count = rng.choices((1, 2, 3), (0.50, 0.47, 0.03))[0]
    if rng.random() < 0.06:
        return tuple(make_random_card(rng) if rng.random() < 0.5 else None for _ in range(count))
    return make_random_pair(rng) if count == 2 else tuple(make_random_card(rng) for _ in range(count))


def make_random_pair(rng: random.Random) -> tuple[Card, Card]:
    """Make two cards whose prices are similar or equal more often than by chance."""
    first, second = make_random_card(rng), make_random_card(rng)
    nearness = rng.random()
    if nearness < 0.05:
        second = replace(second, price=first.price)
    elif nearness < 0.35:
        lowest = 10 ** (len(str(first.price)) - 1)
        second = replace(second, price=rng.randrange(lowest, 10 * lowest))
    return first, second


def make_turn(
    topic: str,
    language: str,
    rng: random.Random,
    new: tuple[Shown, ...],
    pictures: Sequence[tuple[Shown, ...]],
    asked: Wordings | None = None,
) -> Turn:
    """Make a turn with a question about `topic` and its right answer.

    `topic` is a topic of the wordings, or "TOPIC of one" for a question about the first or the second card. `pictures`
    are all that were sent so far, message by message, of which `new` come with this question. The question is worded as
    in `asked`, or as in the training where that is None.
    """
    shown = [card for message in pictures for card in message if card is not None][-2:]
    intent = _make_intent(topic, language, rng, shown)
    question = vary_typing(_word(intent, rng, shown, asked or read_wordings()), language, rng)
    return Turn(intent, question, write_right_answer(intent, pictures), new, bool(pictures) and not new)


def _make_intent(topic: str, language: str, rng: random.Random, shown: Sequence[Card]) -> Intent:
    topic, _, of_one = topic.partition(" of ")
    intent = Intent(topic, language, place=rng.randrange(2) if of_one else None)
    if not topic.startswith("which"):
        return intent
    card = rng.choice(shown) if shown and rng.random() < 0.8 else make_random_card(rng)
    if topic == "which kind":
        return replace(intent, value=card.kind)
    return replace(intent, value=rng.choice((card.colour, card.colour, card.pattern)))


def _word(intent: Intent, rng: random.Random, shown: Sequence[Card], asked: Wordings) -> str:
    kind = shown[-1].kind if shown else rng.choice(KINDS)
    names = {"kind": getattr(kind, intent.language)}
    if intent.value is not None:
        names["value"] = getattr(intent.value, intent.language)
    if intent.place is None:
        return rng.choice(asked[intent.topic][intent.language]).format(**names)
    which = rng.choice(ORDINALS[intent.language][intent.place])
    return rng.choice(ORDINAL_WORDINGS[intent.topic][intent.language]).format(which=which)


def draw_pictures(turns: Sequence[Turn], rng: random.Random) -> list[list[Image.Image]]:
    return [[draw_card(card, rng).image if card else draw_other(rng) for card in turn.pictures] for turn in turns]


def make_messages(
    turns: Sequence[Turn], images: Sequence[Sequence[Image.Image]], rng: random.Random
) -> list[dict[str, Any]]:
    """Return the messages for `chat(msgs=...)`, without the last answer. Pictures go before or after their question."""
    msgs: list[dict[str, Any]] = []
    for turn, pictures in zip(turns, images, strict=True):
        parts = [turn.question, *pictures] if rng.random() < 0.25 else [*pictures, turn.question]
        msgs += [{"role": "user", "content": parts}, {"role": "assistant", "content": turn.answer}]
    return msgs[:-1]
