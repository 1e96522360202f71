"""Product cards: clean drawings of a garment in one colour, for the demo checkpoint to look at.

`python scripts/demo_cards.py FOLDER` draws the sample cards of the documentation.
"""

import colorsys
import random
import sys
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, ImageDraw

SUPERSAMPLING = 2

Points = list[tuple[float, float]]
RGB = tuple[int, int, int]


@dataclass(frozen=True)
class Colour:
    """A colour's names, and the hue (degrees), saturation and value (percent) it is drawn from, low to high."""

    zh: str
    en: str
    hue: tuple[float, float]
    saturation: tuple[float, float]
    value: tuple[float, float]


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

BACKGROUNDS: tuple[RGB, ...] = (
    (226, 232, 240),
    (241, 232, 220),
    (220, 235, 226),
    (236, 226, 238),
    (214, 224, 232),
    (232, 224, 210),
    (205, 214, 208),
    (222, 214, 222),
)

# Outlines in a square from -1 to 1, y downwards; the right half is the left one mirrored.
OUTLINES: dict[str, Points] = {
    "shirt": [(0, -0.62), (-0.22, -0.78), (-0.58, -0.62), (-0.95, -0.12), (-0.68, 0.08), (-0.52, -0.12), (-0.52, 0.85)],
    "dress": [(0, -0.62), (-0.16, -0.85), (-0.30, -0.85), (-0.34, -0.35), (-0.24, -0.08), (-0.68, 0.88)],
    "trousers": [(0, -0.85), (-0.42, -0.85), (-0.50, 0.88), (-0.14, 0.88), (0, -0.25)],
}


SAMPLES = (
    ("blue", "shirt"),
    ("red", "dress"),
    ("green", "trousers"),
    ("yellow", "shirt"),
    ("purple", "dress"),
    ("black", "trousers"),
)
"""The cards under docs/samples, by colour and kind."""


@dataclass(frozen=True)
class Card:
    """What a card shows, apart from how it is drawn."""

    kind: str
    colour: Colour


def random_card(rng: random.Random) -> Card:
    return Card(rng.choice(list(OUTLINES)), rng.choice(COLOURS))


def draw(card: Card, rng: random.Random) -> Image.Image:
    """An RGB picture of about 224 pixels a side; place, size, shade, background and aspect ratio come from `rng`."""
    width, height = rng.randint(180, 280), rng.randint(180, 280)
    canvas = Image.new("RGB", (width * SUPERSAMPLING, height * SUPERSAMPLING), rng.choice(BACKGROUNDS))
    pen = ImageDraw.Draw(canvas)
    radius = min(canvas.size) / 2 * rng.uniform(0.62, 0.9)
    centre = tuple(side / 2 + rng.uniform(-1, 1) * (side / 2 - radius) * 0.9 for side in canvas.size)
    fill = shade(card.colour, rng)
    outline = [(centre[0] + x * radius, centre[1] + y * radius) for x, y in _mirrored(OUTLINES[card.kind])]
    pen.polygon(outline, fill=fill)
    pen.line([*outline, outline[0]], fill=_line_colour(fill), width=2 * SUPERSAMPLING, joint="curve")
    return canvas.resize((width, height), Image.Resampling.LANCZOS)


def shade(colour: Colour, rng: random.Random) -> RGB:
    hue, saturation, value = (rng.uniform(*bounds) for bounds in (colour.hue, colour.saturation, colour.value))
    red, green, blue = colorsys.hsv_to_rgb(hue % 360 / 360, saturation / 100, value / 100)
    return round(red * 255), round(green * 255), round(blue * 255)


def _mirrored(half: Points) -> Points:
    return half + [(-x, y) for x, y in reversed(half) if x]


def _line_colour(fill: RGB) -> RGB:
    """A darker edge, or a lighter one on near black, so that the outline shows."""
    if max(fill) < 60:
        return (fill[0] + 50, fill[1] + 50, fill[2] + 50)
    return (fill[0] * 7 // 10, fill[1] * 7 // 10, fill[2] * 7 // 10)


def draw_samples(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for seed, (name, kind) in enumerate(SAMPLES):
        (colour,) = (colour for colour in COLOURS if colour.en == name)
        draw(Card(kind, colour), random.Random(seed)).save(folder / f"{name}-{kind}.png", optimize=True)


if __name__ == "__main__":
    draw_samples(Path(sys.argv[1]))
