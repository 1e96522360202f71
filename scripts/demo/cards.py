"""The contents of product cards: a kind of garment or accessory, its colour and pattern, and a printed price."""

import random
from dataclasses import dataclass

MAX_PRICE_DIGITS = 4


@dataclass(frozen=True)
class Kind:
    """A garment or accessory: its names, and the article that stands before an adjective."""

    zh: str
    en: str
    article: str = "a"

    @property
    def with_article(self) -> str:
        article = "an" if self.article == "a" and self.en[0] in "aeiou" else self.article
        return f"{article} {self.en}"


@dataclass(frozen=True)
class Pattern:
    zh: str
    en: str


@dataclass(frozen=True)
class Colour:
    """A colour: its names, and the ranges of hue (degrees), saturation and value (percent) of its shades."""

    zh: str
    en: str
    hue: tuple[float, float]
    saturation: tuple[float, float]
    value: tuple[float, float]


KINDS = (
    Kind("衬衫", "shirt"),
    Kind("连衣裙", "dress"),
    Kind("半身裙", "skirt"),
    Kind("长裤", "trousers", "a pair of"),
    Kind("袜子", "sock"),
    Kind("帽子", "hat"),
    Kind("手提包", "bag"),
    Kind("雨伞", "umbrella"),
)

COLOURS = (
    Colour("红色", "red", (352, 364), (78, 95), (72, 90)),
    Colour("橙色", "orange", (22, 30), (82, 98), (92, 100)),
    Colour("黄色", "yellow", (47, 56), (70, 92), (92, 100)),
    Colour("绿色", "green", (105, 150), (55, 85), (45, 70)),
    Colour("蓝色", "blue", (207, 228), (62, 90), (60, 88)),
    Colour("紫色", "purple", (268, 286), (50, 75), (50, 72)),
    Colour("粉色", "pink", (332, 346), (28, 45), (94, 100)),
    Colour("棕色", "brown", (18, 28), (55, 72), (34, 48)),
    Colour("黑色", "black", (0, 360), (0, 12), (8, 17)),
    Colour("白色", "white", (0, 360), (0, 3), (96, 100)),
)

PATTERNS = (Pattern("纯色", "plain"), Pattern("条纹", "striped"), Pattern("波点", "dotted"))


@dataclass(frozen=True)
class Card:
    """The content of a product card, apart from how it is drawn; `price` is in whole yuan."""

    kind: Kind
    colour: Colour
    pattern: Pattern
    price: int

    @property
    def zh(self) -> str:
        return f"{self.colour.zh}{self.pattern.zh}{self.kind.zh}"

    @property
    def en(self) -> str:
        return f"{self.kind.article} {self.pattern.en} {self.colour.en} {self.kind.en}"


SAMPLES = (
    ("blue", "striped", "shirt", 299),
    ("red", "plain", "dress", 459),
    ("green", "dotted", "skirt", 168),
    ("black", "plain", "trousers", 239),
    ("white", "striped", "sock", 29),
    ("yellow", "plain", "umbrella", 75),
    ("brown", "plain", "bag", 1280),
    ("purple", "dotted", "hat", 96),
    ("pink", "dotted", "dress", 368),
    ("orange", "striped", "bag", 540),
    ("blue", "plain", "trousers", 187),
    ("red", "dotted", "umbrella", 84),
)
"""The cards under docs/samples."""


def make_card(colour: str, pattern: str, kind: str, price: int) -> Card:
    """Return the card with these English names; raise ValueError for an unknown one."""
    (named_kind,) = (k for k in KINDS if k.en == kind)
    (named_colour,) = (c for c in COLOURS if c.en == colour)
    (named_pattern,) = (p for p in PATTERNS if p.en == pattern)
    return Card(named_kind, named_colour, named_pattern, price)


def make_random_card(rng: random.Random, max_digits: int = MAX_PRICE_DIGITS) -> Card:
    """Make a card whose price has 2 to `max_digits` digits, each length with the same probability."""
    length = rng.randint(2, max_digits)
    price = rng.randrange(10 ** (length - 1), 10**length)
    return Card(rng.choice(KINDS), rng.choice(COLOURS), rng.choice(PATTERNS), price)
