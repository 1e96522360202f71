"""The one right answer to every question, from what the pictures of a dialogue show."""

from collections.abc import Sequence
from dataclasses import dataclass

from scripts.demo.cards import Card, Colour, Kind, Pattern

Shown = Card | None
"""What one picture shows; None is no product card."""

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
class Ask:
    """What is asked, however it is worded.

    `place` is 0 or 1 for the first or the second one, `value` what is looked for.
    """

    topic: str
    language: str
    place: int | None = None
    value: Kind | Colour | Pattern | None = None


def right_answer(ask: Ask, pictures: Sequence[Sequence[Shown]]) -> str:
    """`pictures` are those of each message that had any, oldest first."""
    if ask.topic in SMALL_TALK:
        return FIXED_ANSWERS[ask.topic][ask.language]
    newest = pictures[-1] if pictures else ()
    if len(newest) > 2:
        return FIXED_ANSWERS["too many"][ask.language]
    if ask.topic in ABOUT_ONE and ask.place is None:
        return _about_one(ask, newest)
    pair = [shown for message in pictures for shown in message][-2:]
    if len(pair) < 2:
        return FIXED_ANSWERS["one picture"][ask.language]
    if ask.place is not None:
        return describe(ask.topic, ask.language, pair[ask.place], NAMES[ask.language][ask.place])
    first, second = pair
    if first is None or second is None:
        return FIXED_ANSWERS["no card"][ask.language]
    return compare(ask, first, second)


def _about_one(ask: Ask, newest: Sequence[Shown]) -> str:
    if not newest:
        return FIXED_ANSWERS["no picture"][ask.language]
    if len(newest) == 2:
        return FIXED_ANSWERS["which one"][ask.language]
    return describe(ask.topic, ask.language, newest[0])


def describe(topic: str, language: str, card: Shown, name: str = "") -> str:
    """`name` is the card's among two; it stands in the answer, so that none is taken for the other's."""
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


def compare(ask: Ask, first: Card, second: Card) -> str:
    """What both show, then what follows from it: a model this small cannot conclude before it has said what it sees."""
    return seen(ask, first, second) + _conclusion(ask, first, second)


def seen(ask: Ask, first: Card, second: Card) -> str:
    """The first part of a comparison: of what is asked, what both show."""
    if ask.topic in ("cheaper", "dearer", "both prices"):
        texts = {
            "zh": f"第一款{first.price}元，第二款{second.price}元",
            "en": f"The first one costs {first.price} yuan, the second one {second.price} yuan",
        }
    else:
        looks = [_look(ask, card) for card in (first, second)]
        texts = {
            "zh": f"第一款是{looks[0]}，第二款是{looks[1]}",
            "en": f"The first one is {looks[0]}, the second one is {looks[1]}",
        }
    return texts[ask.language]


def _look(ask: Ask, card: Card) -> str:
    """What a card shows of the sort that is looked for."""
    if isinstance(ask.value, Kind):
        return card.kind.zh if ask.language == "zh" else card.kind.with_article
    look = card.colour if isinstance(ask.value, Colour) else card.pattern
    return f"{look.zh}的" if ask.language == "zh" else look.en


def _conclusion(ask: Ask, first: Card, second: Card) -> str:
    is_zh = ask.language == "zh"
    if ask.topic == "both prices":
        return "。" if is_zh else "."
    if ask.topic in ("cheaper", "dearer"):
        if first.price == second.price:
            return "，价格相同。" if is_zh else ": both cost the same."
        name = NAMES[ask.language][(second.price < first.price) == (ask.topic == "cheaper")]
        zh, en = ("便宜", "cheaper") if ask.topic == "cheaper" else ("贵", "more expensive")
        return f"，{name}更{zh}。" if is_zh else f": {name} is {en}."
    have_it = [ask.value in (card.kind, card.colour, card.pattern) for card in (first, second)]
    if have_it[0] == have_it[1]:
        return {"zh": ("，两款都不是。", "，两款都是。"), "en": (": neither of them.", ": both of them.")}[
            ask.language
        ][have_it[0]]
    name = NAMES[ask.language][have_it.index(True)]
    return f"，是{name}。" if is_zh else f": it is {name}."
