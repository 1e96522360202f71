"""A WebP is rewritten with the chunks that its pixels follow from, and true sizes."""

import struct

from model.pictures.decode import decode_image
from model.pictures.webp_chunks import mend_webp
from tests.helpers.picture_files import PROFILES, open_scene, write_exif
from tests.helpers.pictures import encode


def test_descriptions_are_left_out_and_the_pixels_stay() -> None:
    exif = b"Exif\0\0" + write_exif(6)
    data = encode(open_scene(), "WEBP", lossless=True, exif=exif, xmp=b"<x/>", icc_profile=PROFILES["srgb"])
    mended = mend_webp(data)
    assert b"EXIF" in data
    assert b"EXIF" not in mended
    assert b"XMP " not in mended
    assert b"ICCP" in mended
    assert mended[20] & 0b1100 == 0, "the flags of EXIF data and XMP"
    assert decode_image(data).tobytes() == open_scene().tobytes()


def test_sizes_are_those_that_are_there() -> None:
    data = encode(open_scene(), "WEBP")
    assert mend_webp(data) == data
    for size in (0, 20, len(data) + 1000):
        assert mend_webp(data[:4] + struct.pack("<I", size) + data[8:]) == data
    assert mend_webp(data + b"behind") == data


def test_a_file_without_its_very_end_is_filled_up_and_others_have_no_pixels() -> None:
    data = encode(open_scene((200, 200)), "WEBP")
    whole, mended = decode_image(data), decode_image(data[:-2])
    rows = (0, 0, 200, 150)
    assert mended.crop(rows).tobytes() == whole.crop(rows).tobytes()
    assert b"VP8 " not in mend_webp(data[: len(data) // 2])
