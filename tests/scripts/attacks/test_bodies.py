import base64
import io
import json

import pytest
from PIL import Image

from scripts.attacks.bodies import HOSTILE_BODIES, HOSTILE_PICTURES, MAX_BODY, draw_jpeg2000, draw_png, write_padded


@pytest.mark.parametrize(("bits", "colour_type", "mode"), [(8, 2, "RGB"), (8, 6, "RGBA"), (8, 0, "L"), (16, 0, "I;16")])
def test_a_drawn_png_is_a_picture_of_its_size(bits: int, colour_type: int, mode: str) -> None:
    with Image.open(io.BytesIO(base64.b64decode(draw_png(70, 30, bits, colour_type)))) as image:
        image.load()
        assert (image.size, image.mode) == ((70, 30), mode)


def test_a_large_png_is_small_to_send() -> None:
    assert len(draw_png(7000, 7000)) < 300_000


def test_a_jpeg_2000_is_small_to_send() -> None:
    data = base64.b64decode(draw_jpeg2000(512))
    with Image.open(io.BytesIO(data)) as image:
        assert image.size == (512, 512)
    assert len(data) < 1000


def test_a_padded_body_is_just_under_its_size() -> None:
    body = write_padded(b'{"a":[0', b",0", b"]}", 1000)
    assert 998 <= len(body) <= 1000
    assert set(json.loads(body)["a"]) == {0}


@pytest.mark.parametrize("name", [name for name in HOSTILE_BODIES if name.startswith("32 MB")])
def test_hostile_bodies_fit_the_limit_of_size(name: str) -> None:
    body = HOSTILE_BODIES[name]()
    assert isinstance(body, bytes)
    assert MAX_BODY - 64 <= len(body) <= MAX_BODY


def test_hostile_pictures_declare_what_their_names_say() -> None:
    data = base64.b64decode(HOSTILE_PICTURES["PNG of 50,000,000 x 1"]())
    assert int.from_bytes(data[16:20], "big") == 50_000_000
    assert len(data) < 70_000
