"""Profiles that are written of primaries and curves say what littlecms and the standards say."""

import io

import numpy as np
import pytest
from PIL import Image, ImageCms

from model.pictures.icc_profile import (
    BT_709,
    CURVES,
    D50,
    PRIMARIES,
    Primaries,
    is_known,
    make_power_curve,
    srgb_curve,
    write_code_points,
    write_profile,
)
from tests.helpers.picture_files import open_scene


def convert(profile: bytes) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
    image = ImageCms.profileToProfile(
        open_scene(), source, ImageCms.createProfile("sRGB"), ImageCms.Intent.RELATIVE_COLORIMETRIC, "RGB"
    )
    assert image is not None
    return np.asarray(image)


def test_white_is_d50_and_the_primaries_of_srgb_are_the_known_ones() -> None:
    matrix = BT_709.to_xyz()
    assert np.allclose(matrix.sum(axis=1), D50, atol=2e-4)
    assert np.allclose(matrix[:, 0], (0.4361, 0.2225, 0.0139), atol=5e-4), "IEC 61966-2-1, adapted by Bradford"
    for primaries in PRIMARIES.values():
        assert np.allclose(primaries.to_xyz().sum(axis=1), D50, atol=2e-4)


def test_impossible_primaries_are_refused() -> None:
    for primaries in (
        Primaries(white=(0.3, 0.0)),
        Primaries(red=(0.64, -0.1)),
        Primaries(red=(0.3, 0.3), green=(0.3, 0.3), blue=(0.3, 0.3)),
        Primaries(red=(0.2, 0.2), green=(0.3, 0.3), blue=(0.4, 0.4)),
    ):
        with pytest.raises(ValueError, match=r"luminance|line|beyond"):
            write_profile(primaries, srgb_curve)


def test_srgb_changes_nothing_and_power_curves_do_what_they_say() -> None:
    scene = np.asarray(open_scene(), float)
    assert np.abs(convert(write_profile(BT_709, srgb_curve)) - scene).max() <= 1
    linear = (scene / 255) ** 1.0
    wanted = 255 * np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)
    assert np.abs(convert(write_profile(BT_709, make_power_curve(1.0))) - wanted).max() <= 1


def test_curves_begin_at_black_end_at_white_and_only_rise() -> None:
    samples = np.linspace(0, 1, 256)
    for transfer, curve in CURVES.items():
        light = curve(samples).clip(0, 1)
        assert light[0] <= 0.001, transfer
        assert light[-1] >= 0.99, transfer
        assert (np.diff(light) >= 0).all(), transfer


def test_code_points_that_say_nothing_have_no_profile() -> None:
    assert write_code_points(1, 13) == b"", "sRGB"
    for pair in ((2, 2), (0, 13), (1, 2), (300, 13), (1, 9)):
        assert (is_known(*pair), write_code_points(*pair)) == (False, b""), pair
    assert write_code_points(12, 13) == write_profile(PRIMARIES[12], srgb_curve)


def test_a_wide_red_is_a_stronger_one() -> None:
    image = Image.new("RGB", (1, 1), (200, 60, 60))
    source = ImageCms.ImageCmsProfile(io.BytesIO(write_code_points(12, 13)))
    shown = ImageCms.profileToProfile(
        image, source, ImageCms.createProfile("sRGB"), ImageCms.Intent.RELATIVE_COLORIMETRIC, "RGB"
    )
    assert shown is not None
    red, green, _ = shown.tobytes()
    assert (red > 205, green < 50) == (True, True)


def test_a_table_of_a_higher_range_shows_greys_as_greys() -> None:
    for pair in ((9, 16), (12, 16), (9, 18)):
        profile = ImageCms.ImageCmsProfile(io.BytesIO(write_code_points(*pair)))
        ramp = Image.fromarray(np.repeat(np.arange(256, dtype=np.uint8)[None, :, None], 3, axis=2))
        shown = ImageCms.profileToProfile(
            ramp, profile, ImageCms.createProfile("sRGB"), ImageCms.Intent.RELATIVE_COLORIMETRIC, "RGB"
        )
        assert shown is not None
        greys = np.asarray(shown, int)[0]
        assert np.ptp(greys, axis=1).max() <= 2, pair
        assert (np.diff(greys[:, 0]) >= 0).all(), pair
        assert (greys[0, 0], greys[-1, 0]) == (0, 255), pair
