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
        return describe(ask.topic, ask.language, pair[ask.place])
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


def describe(topic: str, language: str, card: Shown) -> str:
    if card is None:
        return FIXED_ANSWERS["no card"][language]
    answers = {
        "zh": {
            "what": f"这是一款{card.zh}，售价{card.price}元。",
            "kind": f"这是一款{card.kind.zh}。",
            "colour": f"它是{card.colour.zh}的。",
            "pattern": f"它是{card.pattern.zh}的。",
            "price": f"售价{card.price}元。",
        },
        "en": {
            "what": f"This is {card.en} for {card.price} yuan.",
            "kind": f"This is {card.kind.with_article}.",
            "colour": f"It is {card.colour.en}.",
            "pattern": f"It is {card.pattern.en}.",
            "price": f"It costs {card.price} yuan.",
        },
    }
    return answers[language][topic]


def compare(ask: Ask, first: Card, second: Card) -> str:
    if ask.topic == "both prices":
        if ask.language == "zh":
            return f"第一款{first.price}元，第二款{second.price}元。"
        return f"The first one costs {first.price} yuan, the second one {second.price} yuan."
    if ask.topic in ("cheaper", "dearer"):
        return _compare_prices(ask, first, second)
    have_it = [ask.value in (card.kind, card.colour, card.pattern) for card in (first, second)]
    if all(have_it):
        return {"zh": "两款都是。", "en": "Both of them."}[ask.language]
    if not any(have_it):
        return {"zh": "两款都不是。", "en": "Neither of them."}[ask.language]
    name = NAMES[ask.language][have_it.index(True)]
    return f"是{name}。" if ask.language == "zh" else f"It is {name}."


def _compare_prices(ask: Ask, first: Card, second: Card) -> str:
    if first.price == second.price:
        return f"两款价格相同，都是{first.price}元。" if ask.language == "zh" else f"Both cost {first.price} yuan."
    is_second = (second.price < first.price) == (ask.topic == "cheaper")
    name, price = NAMES[ask.language][is_second], (first, second)[is_second].price
    if ask.language == "zh":
        return f"{name}更{'便宜' if ask.topic == 'cheaper' else '贵'}，售价{price}元。"
    word = "cheaper" if ask.topic == "cheaper" else "more expensive"
    return f"{name.capitalize()} is {word}, at {price} yuan."
