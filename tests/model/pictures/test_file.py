"""What the parts of a file beside its pixels say, and which of them counts."""

import numpy as np
import pytest

from model.errors import ImageError
from model.pictures.decode import decode_image
from model.pictures.file import read_picture_file
from model.pictures.icc_profile import BT_709, PRIMARIES, make_power_curve, srgb_curve, write_profile
from tests.helpers.picture_files import (
    PROFILES,
    SRGB_CHUNK,
    chromaticities,
    code_points,
    gamma,
    open_scene,
    profile_chunk,
    scene_png,
    write_exif,
)
from tests.helpers.pictures import chunk, encode
from tests.helpers.tiff_writer import write_tiff

P3 = PRIMARIES[12]
LINEAR = make_power_curve(1.0)


def test_the_first_chunk_that_says_something_is_a_pngs_colour() -> None:
    cicp, icc, gama = code_points(12, 13), profile_chunk(PROFILES["adobe"]), gamma(100_000)
    wanted = {
        (cicp, icc, SRGB_CHUNK, gama): write_profile(P3, srgb_curve),
        (icc, SRGB_CHUNK, gama): PROFILES["adobe"],
        (SRGB_CHUNK, gama, chromaticities(P3)): b"",
        (gama, chromaticities(P3)): write_profile(P3, LINEAR),
        (gama,): write_profile(BT_709, LINEAR),
        (gamma(45_455),): b"",
        (chromaticities(P3),): b"",
        (code_points(1, 13), icc): b"",
        (code_points(2, 2), icc): PROFILES["adobe"],
        (chunk(b"cICP", b"\x0c\x0d\0\0"), icc): PROFILES["adobe"],
        (chunk(b"cICP", b"\x0c\x0d\1\1"), icc): PROFILES["adobe"],
        (chunk(b"iCCP", b"damaged"), gama): write_profile(BT_709, LINEAR),
        (profile_chunk(b"no profile" * 20), gama): write_profile(BT_709, LINEAR),
        (chunk(b"gAMA", b"\0\1"), chunk(b"cHRM", b"")): b"",
        (gama, chunk(b"cHRM", b"\0" * 32)): write_profile(BT_709, LINEAR),
        (gamma(0),): b"",
        (): b"",
    }
    for chunks, profile in wanted.items():
        assert read_picture_file(scene_png(2, 8, *chunks)).profile == profile, [each[4:8] for each in chunks]


def test_orientation_profile_and_samples_are_read_with_the_file() -> None:
    exif, profile = b"Exif\0\0" + write_exif(8), PROFILES["p3"]
    jpeg = read_picture_file(encode(open_scene(), "JPEG", exif=exif, icc_profile=profile))
    assert (jpeg.orientation, jpeg.profile) == (8, profile)
    tiff = read_picture_file(encode(open_scene(), "TIFF", tiffinfo={274: 3}, icc_profile=profile))
    assert (tiff.orientation, tiff.profile, tiff.samples) == (3, profile, None)
    assert read_picture_file(scene_png(2, 8, chunk(b"eXIf", write_exif(5)))).orientation == 5
    assert read_picture_file(encode(open_scene(), "WEBP", exif=exif)).orientation == 1


def test_bytes_of_no_known_kind_are_left_to_the_decoders() -> None:
    for data in (b"", b"P6 1 1 255\n\0\0\0", encode(open_scene(), "BMP"), b"<html>", b"\x1f\x8bjunk"):
        file = read_picture_file(data)
        assert (file.data, file.is_known) == (data, False)
    assert read_picture_file(write_tiff(np.zeros((1, 1, 1), np.uint8), 8, 1)).is_known


def test_a_transparent_colour_hides_only_itself() -> None:
    for bits in (1, 2, 4, 8, 16):
        value = (1 << bits) - 1
        hidden = decode_image(scene_png(0, bits, chunk(b"tRNS", value.to_bytes(2, "big"))))
        plain = decode_image(scene_png(0, bits))
        assert hidden.tobytes() == plain.tobytes(), "white is over white"
    black = decode_image(scene_png(0, 1, chunk(b"tRNS", b"\0\0")))
    assert set(black.tobytes()) == {255}


def test_drawings_are_refused_however_they_begin() -> None:
    for text in (b"<svg>", b"<?xml?><!DOCTYPE svg><svg/>", b"\n  <SVG xmlns=''>"):
        with pytest.raises(ImageError, match="SVG"):
            read_picture_file(text)
