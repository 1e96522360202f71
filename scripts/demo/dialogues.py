"""Dialogues about product cards.

A question that names none ("how much is it?") is about the newest picture, a comparison about the two newest.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from PIL import Image

from scripts.demo.answers import ABOUT_ONE, ABOUT_TWO, SMALL_TALK, Ask, Shown, right_answer, seen
from scripts.demo.cards import KINDS, Card, random_card
from scripts.demo.drawing import draw
from scripts.demo.others import draw_other
from scripts.demo.wordings import LANGUAGES, ORDINAL_WORDINGS, ORDINALS, Wordings, as_typed, wordings

NUM_TURNS = (1, 2, 3, 4, 6, 8, 12)
NUM_PAIR_TURNS = 5
NUM_TOLD_TURNS = 8
SHARES = (0.5, 0.3, 0.2)
"""Of dialogues about anything, about a pair of cards, and of comparisons without pictures."""
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
    """A question, what its own pictures show, and its right answer; a follow-up is about earlier pictures."""

    ask: Ask
    question: str
    answer: str
    pictures: tuple[Shown, ...] = ()
    is_follow_up: bool = False
    told: str = ""
    """The beginning of the answer that is given, not learned."""


def random_dialogue(rng: random.Random) -> list[Turn]:
    """Most dialogues begin with a picture or two; later ones may join them."""
    turns: list[Turn] = []
    pictures: list[tuple[Shown, ...]] = []
    for index in range(rng.choice(NUM_TURNS)):
        is_new = rng.random() < (0.9 if index == 0 else 0.15)
        new = random_pictures(rng) if is_new else ()
        pictures += [new] if new else []
        num_newest = len(pictures[-1]) if pictures else 0
        topic = rng.choice(TOPICS_AFTER_TWO if num_newest == 2 else TOPICS_AFTER_ONE)
        turns.append(make_turn(topic, rng.choice(LANGUAGES), rng, new, pictures))
    return turns


def pair_dialogue(rng: random.Random) -> list[Turn]:
    """Two cards at the beginning, and questions that only make sense of two."""
    pair = random_pair(rng)
    topics = [rng.choice(ABOUT_PAIRS) for _ in range(NUM_PAIR_TURNS)]
    return [
        make_turn(topic, rng.choice(LANGUAGES), rng, () if index else pair, [pair])
        for index, topic in enumerate(topics)
    ]


def told_dialogue(rng: random.Random) -> list[Turn]:
    """Comparisons of another pair each time, of which no picture is seen: what both show is given.

    To conclude takes far more examples than to see, and without pictures they are cheap.
    """
    turns = []
    for _ in range(NUM_TOLD_TURNS):
        pair = random_pair(rng)
        turn = make_turn(rng.choice(CONCLUSIONS), rng.choice(LANGUAGES), rng, (), [pair])
        turns.append(replace(turn, told=seen(turn.ask, *pair)))
    return turns


def any_dialogue(rng: random.Random) -> list[Turn]:
    (draw_turns,) = rng.choices((random_dialogue, pair_dialogue, told_dialogue), SHARES)
    return draw_turns(rng)


def random_pictures(rng: random.Random) -> tuple[Shown, ...]:
    count = rng.choices((1, 2, 3), (0.50, 0.47, 0.03))[0]
    if rng.random() < 0.06:
        return tuple(random_card(rng) if rng.random() < 0.5 else None for _ in range(count))
    return random_pair(rng) if count == 2 else tuple(random_card(rng) for _ in range(count))


def random_pair(rng: random.Random) -> tuple[Card, Card]:
    """Two cards, more often than by chance with prices that are near or equal."""
    first, second = random_card(rng), random_card(rng)
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
    """A question when `pictures` were sent so far, message by message, `new` with this one.

    The topic is one of the wordings', or "... of one" for a question about the first or the second. It is worded as
    `asked` says, or as in the training.
    """
    shown = [card for message in pictures for card in message if card is not None][-2:]
    ask = _make_ask(topic, language, rng, shown)
    question = as_typed(_word(ask, rng, shown, asked or wordings()), language, rng)
    return Turn(ask, question, right_answer(ask, pictures), new, bool(pictures) and not new)


def _make_ask(topic: str, language: str, rng: random.Random, shown: Sequence[Card]) -> Ask:
    topic, _, of_one = topic.partition(" of ")
    ask = Ask(topic, language, place=rng.randrange(2) if of_one else None)
    if not topic.startswith("which"):
        return ask
    card = rng.choice(shown) if shown and rng.random() < 0.8 else random_card(rng)
    if topic == "which kind":
        return replace(ask, value=card.kind)
    return replace(ask, value=rng.choice((card.colour, card.colour, card.pattern)))


def _word(ask: Ask, rng: random.Random, shown: Sequence[Card], asked: Wordings) -> str:
    kind = shown[-1].kind if shown else rng.choice(KINDS)
    names = {"kind": getattr(kind, ask.language)}
    if ask.value is not None:
        names["value"] = getattr(ask.value, ask.language)
    if ask.place is None:
        return rng.choice(asked[ask.topic][ask.language]).format(**names)
    which = rng.choice(ORDINALS[ask.language][ask.place])
    return rng.choice(ORDINAL_WORDINGS[ask.topic][ask.language]).format(which=which)


def draw_pictures(turns: Sequence[Turn], rng: random.Random) -> list[list[Image.Image]]:
    return [[draw(card, rng).image if card else draw_other(rng) for card in turn.pictures] for turn in turns]


def messages(
    turns: Sequence[Turn], images: Sequence[Sequence[Image.Image]], rng: random.Random
) -> list[dict[str, Any]]:
    """`chat(msgs=...)`'s form, every answer but the last one included; pictures go before or after their question."""
    msgs: list[dict[str, Any]] = []
    for turn, pictures in zip(turns, images, strict=True):
        parts = [turn.question, *pictures] if rng.random() < 0.25 else [*pictures, turn.question]
        msgs += [{"role": "user", "content": parts}, {"role": "assistant", "content": turn.answer}]
    return msgs[:-1]
