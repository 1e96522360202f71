"""Cards are reproducible, varied, and show the colour they say."""

import colorsys
import random
from pathlib import Path

import pytest
from PIL import Image, ImageChops

from scripts.demo_cards import COLOURS, OUTLINES, SAMPLES, Card, Colour, draw, draw_samples, random_card, shade

SAMPLE_FOLDER = Path(__file__).parents[2] / "docs" / "samples"


def test_there_are_colours_enough_with_names_of_their_own() -> None:
    assert len(COLOURS) >= 8
    assert len({colour.en for colour in COLOURS}) == len({colour.zh for colour in COLOURS}) == len(COLOURS)


@pytest.mark.parametrize("colour", COLOURS, ids=lambda colour: colour.en)
def test_shades_stay_within_their_colour(colour: Colour) -> None:
    rng = random.Random(0)
    for _ in range(50):
        red, green, blue = shade(colour, rng)
        hue, saturation, value = colorsys.rgb_to_hsv(red / 255, green / 255, blue / 255)
        assert colour.saturation[0] - 12 <= saturation * 100 <= colour.saturation[1] + 12
        assert colour.value[0] - 1 <= value * 100 <= colour.value[1] + 1
        if colour.saturation[0] > 20:
            turned = hue * 360 if hue * 360 >= colour.hue[0] - 2 else hue * 360 + 360
            assert colour.hue[0] - 2 <= turned <= colour.hue[1] + 2


def test_the_same_seed_draws_the_same_card() -> None:
    def card(seed: int) -> Image.Image:
        rng = random.Random(seed)
        return draw(random_card(rng), rng)

    assert card(1).tobytes() == card(1).tobytes()
    assert card(1).tobytes() != card(2).tobytes()


def test_cards_vary_in_size_and_background() -> None:
    cards = [draw(Card("shirt", COLOURS[0]), random.Random(seed)) for seed in range(30)]
    assert len({card.size for card in cards}) > 20
    assert len({card.getpixel((0, 0)) for card in cards}) > 4


@pytest.mark.parametrize("kind", OUTLINES)
def test_the_garment_is_drawn_whole(kind: str) -> None:
    """The frame around it is bare background."""
    for seed in range(30):
        card = draw(Card(kind, COLOURS[8]), random.Random(seed))
        background = Image.new("RGB", card.size, card.getpixel((0, 0)))
        box = ImageChops.difference(card, background).getbbox()
        assert box is not None
        assert min(box[0], box[1]) > 0
        assert box[2] < card.width
        assert box[3] < card.height


def test_random_cards_show_everything() -> None:
    rng = random.Random(0)
    cards = [random_card(rng) for _ in range(300)]
    assert {card.kind for card in cards} == set(OUTLINES)
    assert {card.colour for card in cards} == set(COLOURS)


def test_the_samples_are_drawn_by_this_code(tmp_path: Path) -> None:
    draw_samples(tmp_path)
    assert len(list(tmp_path.iterdir())) == len(SAMPLES)
    for file in tmp_path.iterdir():
        with Image.open(file) as drawn, Image.open(SAMPLE_FOLDER / file.name) as committed:
            assert drawn.tobytes() == committed.tobytes()
