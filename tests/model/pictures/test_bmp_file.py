"""BMPs in forms that Pillow does not read are rewritten, and their profile is found."""

import struct

import numpy as np

from model.pictures.bmp_file import read_bmp
from model.pictures.decode import decode_image
from tests.helpers.picture_files import PROFILES, open_scene, write_bmp
from tests.helpers.pictures import encode


def lengthen(bmp: bytes, head_bytes: int, fields: bytes = b"", behind: bytes = b"") -> bytes:
    """Return a BMP of the smallest header with a longer one."""
    start = 14 + head_bytes
    head = struct.pack("<I", head_bytes) + bmp[18:54] + fields
    place = struct.unpack_from("<I", bmp, 10)[0]
    return bmp[:10] + struct.pack("<I", start) + head.ljust(head_bytes, b"\0") + bmp[place:] + behind


def test_samples_are_read_by_their_masks() -> None:
    scene = np.array(open_scene())
    red, green, blue = (scene[..., band].astype(np.uint32) for band in range(3))
    forms = {
        "red first": write_bmp(blue << 16 | green << 8 | red, 32, masks=(0xFF, 0xFF00, 0xFF0000)),
        "10 bits": write_bmp(red << 22 | green << 12 | blue << 2, 32, masks=(0x3FF00000, 0xFFC00, 0x3FF)),
        "4 bits": write_bmp(red >> 4 << 8 | green >> 4 << 4 | blue >> 4, 16, masks=(0xF00, 0xF0, 0xF)),
    }
    for name, data in forms.items():
        found = np.asarray(decode_image(data), int)
        assert np.abs(found - scene).mean() < (9 if name == "4 bits" else 2), name
        cut = np.asarray(decode_image(data[: len(data) // 2]))
        assert (cut[0].min(), cut[-1].min() < 255) == (255, True), name


def test_alpha_of_few_bits_is_over_white() -> None:
    values = np.full((8, 8), 0x7C00, np.uint16)
    values[:, 4:] |= 0x8000
    masks = struct.pack("<4I", 0x7C00, 0x3E0, 0x1F, 0x8000)
    data = lengthen(write_bmp(values, 16, masks=(0x7C00, 0x3E0, 0x1F)), 108, masks)
    found = decode_image(data)
    assert (found.getpixel((0, 0)), found.getpixel((7, 0))) == ((255, 255, 255), (255, 0, 0))


def test_the_header_of_os2_may_end_early() -> None:
    bmp = encode(open_scene(), "BMP")
    short = bmp[:10] + struct.pack("<II", 30, 16) + bmp[18:30] + bmp[54:]
    assert decode_image(short).tobytes() == open_scene().tobytes()


def test_an_embedded_profile_counts() -> None:
    bmp, profile = encode(open_scene(), "BMP"), PROFILES["p3"]
    fields = bytes(16) + b"DEBM" + bytes(52) + struct.pack("<II", 124 + len(bmp) - 54, len(profile))
    data = lengthen(bmp, 124, fields, profile)
    assert read_bmp(data).profile == profile
    assert decode_image(data).tobytes() == decode_image(encode(open_scene(), "PNG", icc_profile=profile)).tobytes()


def test_too_many_colours_refuse_nothing() -> None:
    bmp = bytearray(encode(open_scene().quantize(256), "BMP"))
    whole = decode_image(bytes(bmp)).tobytes()
    bmp[47] = 200
    assert decode_image(bytes(bmp)).tobytes() == whole


def test_what_is_too_short_is_left_as_it_is() -> None:
    for data in (b"BM", b"BM" + bytes(40), encode(open_scene(), "BMP")[:50]):
        assert read_bmp(data).data == data
