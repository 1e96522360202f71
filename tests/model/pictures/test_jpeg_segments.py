"""A JPEG is rewritten with the segments that its pixels follow from, and what the others say is read."""

import io

import numpy as np
from PIL import Image

from model.pictures.jpeg_segments import END, end_jpeg, read_jpeg
from tests.helpers.picture_files import open_scene, write_exif
from tests.helpers.pictures import encode

LONG_PROFILE = bytes(range(256)) * 300
"""Longer than one segment holds."""


def segment(marker: int, content: bytes) -> bytes:
    return bytes([0xFF, marker]) + (len(content) + 2).to_bytes(2, "big") + content


def test_pixels_are_the_same_without_what_describes_them() -> None:
    options = {"exif": b"Exif\0\0" + write_exif(6), "icc_profile": LONG_PROFILE, "comment": b"text"}
    for mode in ("L", "RGB", "CMYK"):
        image = open_scene().convert(mode)
        read = read_jpeg(encode(image, "JPEG", **options))
        assert (read.size, read.bits, read.exif, read.profile) == (image.size, 8, write_exif(6), LONG_PROFILE), mode
        assert read.num_scan_components == len(image.getbands()), mode
        assert b"Exif" not in read.data
        assert b"ICC_PROFILE" not in read.data
        assert Image.open(io.BytesIO(read.data)).tobytes() == Image.open(io.BytesIO(encode(image, "JPEG"))).tobytes()


def test_red_green_and_blue_stay_such() -> None:
    data = encode(open_scene(), "JPEG", keep_rgb=True, quality=95)
    found = np.asarray(Image.open(io.BytesIO(read_jpeg(data).data)), int)
    assert np.abs(found - np.asarray(open_scene(), int)).mean() < 4


def test_a_profile_of_which_a_part_is_missing_is_none() -> None:
    jpeg = encode(open_scene(), "JPEG")
    for parts in ([b"\2\2two"], [b"\1\2one"], [b"\1\1"], [b"\1\2one", b"\1\2one"], [b"\0"]):
        segments = b"".join(segment(0xE2, b"ICC_PROFILE\0" + part) for part in parts)
        assert read_jpeg(jpeg[:2] + segments + jpeg[2:]).profile == b"", parts
    swapped = segment(0xE2, b"ICC_PROFILE\0\2\2two") + segment(0xE2, b"ICC_PROFILE\0\1\2one")
    assert read_jpeg(jpeg[:2] + swapped + jpeg[2:]).profile == b"onetwo"
    twice = swapped + segment(0xE2, b"ICC_PROFILE\0\1\2other") + segment(0xE2, b"ICC_PROFILE\0")
    assert read_jpeg(jpeg[:2] + twice + jpeg[2:]).profile == b"onetwo"
    numbered_from_zero = segment(0xE2, b"ICC_PROFILE\0\0\1one")
    assert read_jpeg(jpeg[:2] + numbered_from_zero + jpeg[2:]).profile == b""


def test_the_first_exif_data_count() -> None:
    jpeg = encode(open_scene(), "JPEG")
    segments = segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0<x/>") + segment(0xE1, b"Exif\0\0first")
    data = jpeg[:2] + segments + segment(0xE1, b"Exif\0\0second") + jpeg[2:]
    assert read_jpeg(data).exif == b"first"
    assert read_jpeg(data.replace(b"Exif\0\0f", b"Exif\0\xfff")).exif == b"first"


def test_what_is_no_jpeg_has_no_frame() -> None:
    for data in (b"\xff\xd8\xff", b"\xff\xd8\xff\xe0", b"\xff\xd8\xff" + bytes(40), b"\xff\xd8\xff\xd9"):
        assert (read_jpeg(data).bits, read_jpeg(data).size) == (0, (0, 0)), data


def test_an_end_is_put_behind_what_is_whole() -> None:
    jpeg = encode(open_scene(), "JPEG", progressive=True)
    last_table = jpeg.rindex(b"\xff\xc4")
    assert end_jpeg(jpeg[: last_table + 10]) == jpeg[:last_table] + END
    assert end_jpeg(jpeg[:-2]) == jpeg
