"""Write the only right answer to a question from what the pictures of the dialogue show."""

from collections.abc import Sequence
from dataclasses import dataclass

from scripts.demo.cards import Card, Colour, Kind, Pattern

Shown = Card | None
"""What one picture shows; None stands for a picture that is no product card."""

ABOUT_ONE = ("what", "kind", "colour", "pattern", "price")
ABOUT_TWO = ("cheaper", "dearer", "both prices", "which", "which kind")
SMALL_TALK = ("who", "thanks", "other")

FIXED_ANSWERS: dict[str, dict[str, str]] = {
    "who": {
        "zh": "您好，我是演示模型。请发商品卡片，我能认出种类、颜色、图案和价格，也能比较两款。",
        "en": "Hello, I am a demo model. Send me product cards: I tell kind, colour, pattern and price, "
        "and compare two.",
    },
    "thanks": {"zh": "不客气。", "en": "You are welcome."},
    "other": {
        "zh": "抱歉，我只是演示模型，只认识商品卡片的种类、颜色、图案和价格。",
        "en": "Sorry, I am only a demo and know just the kind, colour, pattern and price of product cards.",
    },
    "no picture": {"zh": "请先发一张商品图片。", "en": "Please send a product picture first."},
    "one picture": {"zh": "请先发两张商品图片。", "en": "Please send two product pictures first."},
    "too many": {
        "zh": "抱歉，我一次最多看两张图片。",
        "en": "Sorry, I can look at no more than two pictures at a time.",
    },
    "which one": {"zh": "您想问第一款还是第二款？", "en": "Do you mean the first one or the second one?"},
    "no card": {
        "zh": "抱歉，这不像商品卡片，我看不出来。",
        "en": "Sorry, this does not look like a product card, so I cannot tell.",
    },
}

NAMES = {"zh": ("第一款", "第二款"), "en": ("the first one", "the second one")}


@dataclass(frozen=True)
class Intent:
    """What a question asks for, independent of its wording.

    `place` is 0 or 1 where it asks about the first or the second of two cards. `value` is the kind, colour or pattern
    that a "which" question looks for.
    """

    topic: str
    language: str
    place: int | None = None
    value: Kind | Colour | Pattern | None = None


def write_right_answer(intent: Intent, pictures: Sequence[Sequence[Shown]]) -> str:
    """Return the right answer; `pictures` has an entry for each message with pictures, the oldest first."""
    if intent.topic in SMALL_TALK:
        return FIXED_ANSWERS[intent.topic][intent.language]
    newest = pictures[-1] if pictures else ()
    if len(newest) > 2:
        return FIXED_ANSWERS["too many"][intent.language]
    if intent.topic in ABOUT_ONE and intent.place is None:
        return _answer_about_one(intent, newest)
    pair = [shown for message in pictures for shown in message][-2:]
    if len(pair) < 2:
        return FIXED_ANSWERS["one picture"][intent.language]
    if intent.place is not None:
        return describe(intent.topic, intent.language, pair[intent.place], NAMES[intent.language][intent.place])
    first, second = pair
    if first is None or second is None:
        return FIXED_ANSWERS["no card"][intent.language]
    return compare(intent, first, second)


def _answer_about_one(intent: Intent, newest: Sequence[Shown]) -> str:
    if not newest:
        return FIXED_ANSWERS["no picture"][intent.language]
    if len(newest) == 2:
        return FIXED_ANSWERS["which one"][intent.language]
    return describe(intent.topic, intent.language, newest[0])


def describe(topic: str, language: str, card: Shown, name: str = "") -> str:
    """Answer a question about one card. `name` tells which of two it is ("the first one"), and starts the answer."""
    if card is None:
        return FIXED_ANSWERS["no card"][language]
    if language == "zh":
        answers = {
            "what": f"{name or '这'}是一款{card.zh}，售价{card.price}元。",
            "kind": f"{name or '这'}是一款{card.kind.zh}。",
            "colour": f"{name or '它'}是{card.colour.zh}的。",
            "pattern": f"{name or '它'}是{card.pattern.zh}的。",
            "price": f"{name}售价{card.price}元。",
        }
    else:
        name = name.capitalize()
        answers = {
            "what": f"{name or 'This'} is {card.en} for {card.price} yuan.",
            "kind": f"{name or 'This'} is {card.kind.with_article}.",
            "colour": f"{name or 'It'} is {card.colour.en}.",
            "pattern": f"{name or 'It'} is {card.pattern.en}.",
            "price": f"{name or 'It'} costs {card.price} yuan.",
        }
    return answers[topic]


def compare(intent: Intent, first: Card, second: Card) -> str:
    """Compare two cards: first what both show, then the conclusion.

    A model this small concludes correctly only after it has written down what it sees.
    """
    return describe_both(intent, first, second) + _conclude(intent, first, second)


def describe_both(intent: Intent, first: Card, second: Card) -> str:
    """Return the first part of a comparison, which states what both cards show and ends without a full stop."""
    if intent.topic in ("cheaper", "dearer", "both prices"):
        texts = {
            "zh": f"第一款{first.price}元，第二款{second.price}元",
            "en": f"The first one costs {first.price} yuan, the second one {second.price} yuan",
        }
    else:
        looks = [_describe_look(intent, card) for card in (first, second)]
        texts = {
            "zh": f"第一款是{looks[0]}，第二款是{looks[1]}",
            "en": f"The first one is {looks[0]}, the second one is {looks[1]}",
        }
    return texts[intent.language]


def _describe_look(intent: Intent, card: Card) -> str:
    """Name the card's kind, colour or pattern, whichever of them is looked for."""
    if isinstance(intent.value, Kind):
        return card.kind.zh if intent.language == "zh" else card.kind.with_article
    look = card.colour if isinstance(intent.value, Colour) else card.pattern
    return f"{look.zh}的" if intent.language == "zh" else look.en


def _conclude(intent: Intent, first: Card, second: Card) -> str:
    is_zh = intent.language == "zh"
    if intent.topic == "both prices":
        return "。" if is_zh else "."
    if intent.topic in ("cheaper", "dearer"):
        if first.price == second.price:
            return "，价格相同。" if is_zh else ": both cost the same."
        name = NAMES[intent.language][(second.price < first.price) == (intent.topic == "cheaper")]
        zh, en = ("便宜", "cheaper") if intent.topic == "cheaper" else ("贵", "more expensive")
        return f"，{name}更{zh}。" if is_zh else f": {name} is {en}."
    have_it = [intent.value in (card.kind, card.colour, card.pattern) for card in (first, second)]
    if have_it[0] == have_it[1]:
        return {"zh": ("，两款都不是。", "，两款都是。"), "en": (": neither of them.", ": both of them.")}[
            intent.language
        ][have_it[0]]
    name = NAMES[intent.language][have_it.index(True)]
    return f"，是{name}。" if is_zh else f": it is {name}."
