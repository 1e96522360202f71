"""Draw product cards, with the positions of the garment and of the price's characters.

`python -m scripts.demo.drawing FOLDER` draws the sample cards of the documentation.
"""

import colorsys
import math
import random
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from scripts.demo.cards import SAMPLES, Card, Colour, make_card
from scripts.demo.outlines import DETAILS, OUTLINES, Points

SUPERSAMPLING = 2
RGB = tuple[int, int, int]
Box = tuple[float, float, float, float]

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
INKS: tuple[RGB, ...] = ((35, 38, 48), (120, 25, 30), (25, 50, 95), (30, 80, 55))
CAP_HEIGHT = 0.70
"""The height of a digit in font sizes (Aileron, Pillow's default font)."""


@dataclass(frozen=True)
class Drawing:
    """A picture of a card; `mask` is 255 where the garment is; `glyphs` are the price's characters with their boxes.

    Boxes are (left, top, right, bottom) as fractions of the picture's sides.
    """

    image: Image.Image
    mask: Image.Image
    glyphs: tuple[tuple[str, Box], ...]


def draw_card(card: Card, rng: random.Random) -> Drawing:
    """Draw a card. Its size and background and the place, size and shade of garment and price come from `rng`."""
    size = _choose_canvas_size(rng)
    canvas = Image.new("RGB", size, rng.choice(BACKGROUNDS))
    font_size = rng.uniform(0.18, 0.23) * math.sqrt(size[0] * size[1])
    band = font_size * 1.4
    is_price_below = rng.random() < 0.7
    top = 0.0 if is_price_below else band
    mask = _draw_garment(canvas, card, (0, top, size[0], top + size[1] - band), rng)
    price_top = size[1] - band if is_price_below else 0.0
    glyphs = _draw_price(canvas, str(card.price), font_size, price_top + 0.2 * band, rng)
    return Drawing(canvas.reduce(SUPERSAMPLING), mask, glyphs)


def _choose_canvas_size(rng: random.Random) -> tuple[int, int]:
    """Return the size of a canvas with the area of a square of 200 to 420 pixels a side, times SUPERSAMPLING."""
    side, stretch = rng.uniform(200, 420), 2 ** rng.uniform(-0.25, 0.25)
    return round(side * stretch) * SUPERSAMPLING, round(side / stretch) * SUPERSAMPLING


def _draw_garment(canvas: Image.Image, card: Card, room: Box, rng: random.Random) -> Image.Image:
    """Draw the garment at a random place and size in `room`, and return its mask."""
    sides = (room[2] - room[0], room[3] - room[1])
    radius = min(sides) / 2 * rng.uniform(0.75, 0.95)
    x, y = ((side - 2 * radius) * rng.uniform(0.1, 0.9) + radius for side in sides)
    centre = (room[0] + x, room[1] + y)
    outline = _place(OUTLINES[card.kind.en], centre, radius)
    fill = choose_shade(card.colour, rng)
    mask = Image.new("L", canvas.size)
    ImageDraw.Draw(mask).polygon(outline, fill=255)
    box = mask.getbbox()
    assert box is not None
    cloth = _draw_cloth(card.pattern.en, (box[2] - box[0], box[3] - box[1]), fill, radius, rng)
    canvas.paste(cloth, box[:2], mask.crop(box))
    pen = ImageDraw.Draw(canvas)
    for line in (outline + outline[:1], *(_place(detail, centre, radius) for detail in DETAILS[card.kind.en])):
        pen.line(line, fill=_choose_line_colour(fill), width=round(1.5 * SUPERSAMPLING), joint="curve")
    return mask


def _place(points: Points, centre: tuple[float, float], radius: float) -> Points:
    return [(centre[0] + x * radius, centre[1] + y * radius) for x, y in points]


def _draw_cloth(pattern: str, size: tuple[int, int], fill: RGB, radius: float, rng: random.Random) -> Image.Image:
    cloth = Image.new("RGB", size, fill)
    pen = ImageDraw.Draw(cloth)
    step = radius * rng.uniform(0.20, 0.26)
    accent = _choose_accent(fill)
    if pattern == "striped":
        _draw_stripes(pen, size, step, accent, rng.choice(((1, 0), (0, 1), (1, 1))))
    elif pattern == "dotted":
        _draw_dots(pen, size, step, accent)
    return cloth


def _draw_stripes(
    pen: ImageDraw.ImageDraw, size: tuple[int, int], step: float, accent: RGB, direction: tuple[int, int]
) -> None:
    reach = sum(size)
    for i in range(math.ceil(reach / step)):
        at = (i + 0.5) * step
        ends = {(1, 0): (at, 0, at, reach), (0, 1): (0, at, reach, at), (1, 1): (at * 1.41, 0, 0, at * 1.41)}
        pen.line(ends[direction], fill=accent, width=round(step * 0.36))


def _draw_dots(pen: ImageDraw.ImageDraw, size: tuple[int, int], step: float, accent: RGB) -> None:
    radius = step * 0.30
    for row in range(math.ceil(size[1] / step) + 1):
        for column in range(math.ceil(size[0] / step) + 1):
            x, y = (column + row % 2 / 2) * step, (row + 0.4) * step
            pen.ellipse((x - radius, y - radius, x + radius, y + radius), fill=accent)


def _draw_price(
    canvas: Image.Image, digits: str, font_size: float, top: float, rng: random.Random
) -> tuple[tuple[str, Box], ...]:
    """Draw a yuan sign and the digits, in colour on the background or in white on a coloured tag."""
    font = _load_font(round(font_size))
    advances = [font.getlength(sign) for sign in ("Y", *digits)]
    margin = font_size * 0.22
    left = margin + rng.random() * max(canvas.width - sum(advances) - 2 * margin, 0)
    ink = rng.choice(INKS)
    if rng.random() < 0.4:
        bottom = top + font_size
        tag = (left - margin * 0.7, top - margin * 0.2, left + sum(advances) + margin * 0.7, bottom + margin * 0.2)
        ImageDraw.Draw(canvas).rounded_rectangle(tag, radius=font_size * 0.2, fill=ink)
        ink = (255, 255, 255)
    return tuple(_draw_signs(canvas, ("Y", *digits), font_size, (left, top), ink))


def _draw_signs(
    canvas: Image.Image, signs: Sequence[str], font_size: float, corner: tuple[float, float], ink: RGB
) -> Iterator[tuple[str, Box]]:
    """Draw digits and the yuan sign, which is given as Y, in a line from a top left corner; yield each with its box."""
    font, pen = _load_font(round(font_size)), ImageDraw.Draw(canvas)
    left, top = corner
    baseline = top + font_size * (1 + CAP_HEIGHT) / 2
    for sign in signs:
        advance = font.getlength(sign)
        pen.text((left, baseline), sign, fill=ink, font=font, anchor="ls")
        if sign == "Y":  # the font has no yuan sign
            for height in (0.16, 0.30):
                y = baseline - height * font_size
                pen.line((left + advance * 0.14, y, left + advance * 0.86, y), fill=ink, width=round(font_size * 0.07))
        right, bottom = left + advance, top + font_size
        yield sign, (left / canvas.width, top / canvas.height, right / canvas.width, bottom / canvas.height)
        left = right


def draw_page(rng: random.Random) -> Drawing:
    """Draw a page full of digits and yuan signs, which teach reading many times faster than one price a picture."""
    width, height = _choose_canvas_size(rng)
    paper, ink = rng.choice(BACKGROUNDS), rng.choice(INKS)
    if rng.random() < 0.4:
        paper, ink = ink, (255, 255, 255)
    canvas = Image.new("RGB", (width, height), paper)
    font_size = rng.uniform(0.18, 0.23) * math.sqrt(width * height)
    glyphs: list[tuple[str, Box]] = []
    top = rng.uniform(0, 0.4) * font_size
    while top + font_size < height:
        signs = rng.choices("0123456789Y", k=int(width / font_size / 0.65))
        left = rng.uniform(0, 0.9) * font_size
        glyphs += _draw_signs(canvas, signs, font_size, (left, top), ink)
        top += font_size * rng.uniform(0.9, 1.3)
    return Drawing(canvas.reduce(SUPERSAMPLING), Image.new("L", canvas.size), tuple(glyphs))


@lru_cache(maxsize=256)
def _load_font(size: int) -> ImageFont.FreeTypeFont:
    font = ImageFont.load_default(size)
    assert isinstance(font, ImageFont.FreeTypeFont), "Pillow was built without FreeType"
    return font


def choose_shade(colour: Colour, rng: random.Random) -> RGB:
    """Choose a shade within the colour's ranges of hue, saturation and value."""
    hue, saturation, value = (rng.uniform(*bounds) for bounds in (colour.hue, colour.saturation, colour.value))
    red, green, blue = colorsys.hsv_to_rgb(hue % 360 / 360, saturation / 100, value / 100)
    return round(red * 255), round(green * 255), round(blue * 255)


def _choose_accent(fill: RGB) -> RGB:
    """Return the colour of a pattern: lighter than a dark cloth, darker than a light one."""
    brightness = (299 * fill[0] + 587 * fill[1] + 114 * fill[2]) / 1000
    return _mix(fill, (255, 255, 255), 0.65) if brightness < 175 else _mix(fill, (60, 50, 60), 0.40)


def _choose_line_colour(fill: RGB) -> RGB:
    """Return a darker colour for the outline, or a lighter one for a nearly black garment."""
    return _mix(fill, (255, 255, 255), 0.25) if max(fill) < 60 else _mix(fill, (0, 0, 0), 0.35)


def _mix(one: RGB, other: RGB, share: float) -> RGB:
    red, green, blue = (round(a * (1 - share) + b * share) for a, b in zip(one, other, strict=True))
    return red, green, blue


def draw_samples(folder: Path) -> None:
    """Write the sample cards of the documentation into a folder as PNG files."""
    folder.mkdir(parents=True, exist_ok=True)
    for seed, names in enumerate(SAMPLES):
        picture = draw_card(make_card(*names), random.Random(seed)).image
        picture.save(folder / f"{'-'.join(names[:3])}.png", optimize=True)


if __name__ == "__main__":
    draw_samples(Path(sys.argv[1]))
