"""Drawn cards are reproducible and varied, and their mask and boxes match the picture."""

import colorsys
import random
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageChops

from scripts.demo.cards import COLOURS, KINDS, PATTERNS, SAMPLES, Card, Colour, Kind, make_card, make_random_card
from scripts.demo.drawing import choose_shade, draw_card, draw_page, draw_samples
from tests.helpers.paths import SAMPLE_FOLDER

SHIRT = make_card("black", "plain", "shirt", 1280)


@pytest.mark.parametrize("colour", COLOURS, ids=lambda colour: colour.en)
def test_shades_stay_within_their_colour(colour: Colour) -> None:
    rng = random.Random(0)
    for _ in range(50):
        red, green, blue = choose_shade(colour, rng)
        hue, saturation, value = colorsys.rgb_to_hsv(red / 255, green / 255, blue / 255)
        assert colour.saturation[0] - 12 <= saturation * 100 <= colour.saturation[1] + 12
        assert colour.value[0] - 1 <= value * 100 <= colour.value[1] + 1
        if colour.saturation[0] > 20:
            turned = hue * 360 if hue * 360 >= colour.hue[0] - 2 else hue * 360 + 360
            assert colour.hue[0] - 2 <= turned <= colour.hue[1] + 2


def test_the_same_seed_draws_the_same_card() -> None:
    assert draw_card(SHIRT, random.Random(1)).image.tobytes() == draw_card(SHIRT, random.Random(1)).image.tobytes()
    assert draw_card(SHIRT, random.Random(1)).image.tobytes() != draw_card(SHIRT, random.Random(2)).image.tobytes()


def test_cards_vary_in_size_and_background() -> None:
    cards = [draw_card(SHIRT, random.Random(seed)).image for seed in range(30)]
    assert len({card.size for card in cards}) > 20
    assert len({card.getpixel((0, 0)) for card in cards}) > 4


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.en)
def test_garment_and_price_are_drawn_whole_and_apart(kind: Kind) -> None:
    for seed in range(30):
        drawing = draw_card(Card(kind, COLOURS[8], PATTERNS[0], 1234), random.Random(seed))
        image = drawing.image
        background = Image.new("RGB", image.size, image.getpixel((0, 0)))
        box = ImageChops.difference(image, background).getbbox()
        assert box is not None
        assert min(box[0], box[1]) > 0
        assert box[2] < image.width
        assert box[3] < image.height
        garment = drawing.mask.resize(image.size).getbbox()
        assert garment is not None
        tops, bottoms = [glyph[1] for _, glyph in drawing.glyphs], [glyph[3] for _, glyph in drawing.glyphs]
        assert garment[3] <= min(tops) * image.height + 2 or garment[1] >= max(bottoms) * image.height - 2


def test_the_boxes_contain_the_characters_of_the_price() -> None:
    drawing = draw_card(SHIRT, random.Random(5))
    assert [sign for sign, _ in drawing.glyphs] == ["Y", "1", "2", "8", "0"]
    edges = [box[0] for _, box in drawing.glyphs] + [drawing.glyphs[-1][1][2]]
    assert edges == sorted(edges)
    for _, (left, top, right, bottom) in drawing.glyphs:
        width, height = drawing.image.size
        inside = drawing.image.crop((int(left * width), int(top * height), int(right * width), int(bottom * height)))
        pixels = np.asarray(inside, dtype=int)
        assert np.ptp(pixels, axis=(0, 1)).max() > 60, "ink and paper"


def count_colours_on_garment(card: Card, seed: int) -> int:
    """Count the colours that cover at least a tenth of the garment."""
    drawing = draw_card(card, random.Random(seed))
    mask = np.asarray(drawing.mask.resize(drawing.image.size)) > 250
    _, counts = np.unique(np.asarray(drawing.image)[mask], axis=0, return_counts=True)
    return int((counts > mask.sum() / 10).sum())


@pytest.mark.parametrize(("pattern", "num_colours"), [("plain", 1), ("striped", 2), ("dotted", 2)])
@pytest.mark.parametrize("colour", COLOURS, ids=lambda colour: colour.en)
def test_a_plain_garment_has_one_colour_and_a_patterned_one_two(colour: Colour, pattern: str, num_colours: int) -> None:
    assert count_colours_on_garment(make_card(colour.en, pattern, "bag", 20), seed=3) == num_colours


def test_a_page_is_full_of_signs() -> None:
    pages = [draw_page(random.Random(seed)) for seed in range(10)]
    assert min(len(page.glyphs) for page in pages) >= 12
    assert {sign for page in pages for sign, _ in page.glyphs} == set("Y0123456789")
    assert all(page.mask.getbbox() is None for page in pages)


def test_random_cards_can_be_drawn() -> None:
    rng = random.Random(0)
    for _ in range(50):
        card = make_random_card(rng)
        drawing = draw_card(card, rng)
        assert "".join(sign for sign, _ in drawing.glyphs) == f"Y{card.price}"
        assert 160 <= min(drawing.image.size) <= max(drawing.image.size) <= 500


def test_the_samples_are_drawn_by_this_code(tmp_path: Path) -> None:
    draw_samples(tmp_path)
    names = sorted(file.name for file in tmp_path.iterdir())
    assert len(names) == len(SAMPLES)
    assert names == sorted(file.name for file in SAMPLE_FOLDER.glob("*.png"))
    for name in names:
        with Image.open(tmp_path / name) as drawn, Image.open(SAMPLE_FOLDER / name) as committed:
            assert drawn.tobytes() == committed.tobytes()
