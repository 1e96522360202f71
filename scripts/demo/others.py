"""Pictures that are no product cards, so that the demo learns to say so."""

import random

import numpy as np
from PIL import Image, ImageDraw, ImageFilter


def draw_other(rng: random.Random) -> Image.Image:
    """Draw clouds of colour, often with shapes and lines that look like writing on them; 220 to 380 pixels a side."""
    size = rng.randint(220, 380), rng.randint(220, 380)
    picture = _draw_clouds(size, rng)
    pen = ImageDraw.Draw(picture)
    for _ in range(rng.choice((0, 2, 6, 20))):
        _draw_shape(pen, size, rng)
    if rng.random() < 0.3:
        _draw_lines(pen, size, rng)
    return picture.filter(ImageFilter.GaussianBlur(rng.choice((0, 1, 3))))


def _draw_clouds(size: tuple[int, int], rng: random.Random) -> Image.Image:
    """Draw noise at one or more scales, from a plain field to a fine texture."""
    noise = np.random.default_rng(rng.getrandbits(64))
    total = np.full((size[1], size[0], 3), noise.uniform(30, 225, 3))
    for cells in rng.sample((1, 2, 4, 8, 16, 64), rng.randint(1, 3)):
        field = Image.fromarray(noise.integers(0, 256, (cells + 1, cells + 1, 3), dtype=np.uint8))
        total += (np.asarray(field.resize(size, Image.Resampling.BICUBIC), dtype=float) - 128) * rng.uniform(0.2, 0.8)
    return Image.fromarray(total.clip(0, 255).astype(np.uint8))


def _draw_shape(pen: ImageDraw.ImageDraw, size: tuple[int, int], rng: random.Random) -> None:
    colour = tuple(rng.randrange(256) for _ in range(3))
    corners = [(rng.uniform(-0.1, 1.1) * size[0], rng.uniform(-0.1, 1.1) * size[1]) for _ in range(rng.randint(2, 5))]
    if len(corners) > 2:
        pen.polygon(corners, fill=colour)
        return
    (x0, x1), (y0, y1) = (sorted(axis) for axis in zip(*corners, strict=True))
    rng.choice((pen.ellipse, pen.rectangle))((x0, y0, x1, y1), fill=colour)


def _draw_lines(pen: ImageDraw.ImageDraw, size: tuple[int, int], rng: random.Random) -> None:
    colour, step = rng.choice(("black", "white", "navy")), rng.randint(10, 24)
    for y in range(rng.randint(0, 80), size[1], step):
        x = rng.uniform(0, 30)
        while x < size[0] * rng.uniform(0.6, 1):
            word = rng.uniform(8, 50)
            pen.line((x, y, x + word, y), fill=colour, width=max(step // 3, 2))
            x += word + 6
