"""An icon's largest picture is read, and shown as far as it goes."""

import io
import struct

import numpy as np
import pytest
from PIL import Image

from model.pictures.decode import decode_image
from model.pictures.icon_file import is_icon, read_icon
from tests.helpers.picture_files import open_cutout, open_scene
from tests.helpers.pictures import encode

SIDE = 32


def icon(picture: bytes, bits: int = 32, kind: int = 1) -> bytes:
    return struct.pack("<3H4B2H2I", 0, kind, 1, SIDE, SIDE, 0, 0, 1, bits, len(picture), 22) + picture


def bitmap(pixels: bytes, bits: int, mask: bytes) -> bytes:
    return struct.pack("<IiiHHIIiiII", 40, SIDE, 2 * SIDE, 1, bits, 0, 0, 0, 0, 0, 0) + pixels + mask


def test_the_largest_is_taken_and_of_those_the_one_of_most_bits() -> None:
    scene = open_scene().resize((64, 64))
    data = encode(scene, "ICO", sizes=[(16, 16), (64, 64), (32, 32)])
    read = read_icon(data)
    assert (read.size, read.is_png) == ((64, 64), True)
    assert decode_image(data).tobytes() == Image.open(io.BytesIO(read.data)).convert("RGB").tobytes()


def test_a_cut_off_icon_is_shown_as_far_as_it_goes() -> None:
    picture = open_cutout().resize((SIDE, SIDE))
    for bitmap_format in ("png", "bmp"):
        data = encode(picture, "ICO", sizes=[(SIDE, SIDE)], bitmap_format=bitmap_format)
        whole, cut = (np.asarray(decode_image(data[: len(data) * share // 10])) for share in (10, 6))
        same = (whole == cut).all(axis=(1, 2))
        assert (same.all(), (cut[~same] == 255).any()) == (False, True), bitmap_format
        assert same[:4].all() if bitmap_format == "png" else same[-4:].all(), bitmap_format


def test_a_cursor_is_read_and_without_alpha_the_mask_counts() -> None:
    colours = np.full((SIDE, SIDE, 4), (0, 0, 255, 0), np.uint8)
    mask = (b"\xff\xff\0\0") * SIDE
    for kind in (1, 2):
        found = decode_image(icon(bitmap(colours.tobytes(), 32, mask), kind=kind))
        assert (found.getpixel((0, 0)), found.getpixel((SIDE - 1, 0))) == ((255, 255, 255), (255, 0, 0))
    colours[..., 3] = 255
    for bits in (0, 24, 32):  # what the directory says of them does not count
        assert decode_image(icon(bitmap(colours.tobytes(), 32, mask), bits)).getpixel((0, 0)) == (255, 0, 0)


def test_what_holds_no_picture_is_no_icon() -> None:
    assert not is_icon(encode(open_scene(), "TGA"))
    for data in (b"\0\0\1\0\1\0", icon(b""), icon(bytes(10))):
        with pytest.raises(ValueError, match="without a picture"):
            read_icon(data)
