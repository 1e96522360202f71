"""Profiles turn pixels into sRGB where they fit, and change nothing where they do not."""

import numpy as np
from PIL import Image

from model.pictures.colour import MAX_PROFILE_BYTES, find_conversion
from tests.helpers.picture_files import PROFILES, open_ink, open_scene, write_grey_profile, write_ink_profile

GREY, INK = write_grey_profile(1.0), write_ink_profile()


def test_a_profile_fits_the_pixels_of_its_colour_space() -> None:
    for mode in ("RGB", "RGBA", "P", "L", "LA", "I;16", "1"):
        found = find_conversion(PROFILES["linear"], mode)
        assert found is not None, mode
        assert found.mode == "RGB", mode
    for mode in ("L", "LA", "I;16", "F"):
        found = find_conversion(GREY, mode)
        assert found is not None, mode
        assert found.mode == "L", mode
    found = find_conversion(INK, "CMYK")
    assert found is not None
    assert found.apply(open_ink()).mode == "RGB"


def test_other_profiles_change_nothing() -> None:
    pairs = [("CMYK", PROFILES["p3"]), ("RGB", GREY), ("RGB", INK), ("L", INK), ("CMYK", GREY), ("RGB", b"")]
    damaged = [PROFILES["p3"][:200], PROFILES["p3"][:20] + b"\xff" * 300, b"x" * 200, PROFILES["p3"][:128] + bytes(100)]
    huge = PROFILES["p3"] + bytes(MAX_PROFILE_BYTES)
    for mode, profile in (*pairs, *(("RGB", each) for each in (*damaged, huge))):
        assert find_conversion(profile, mode) is None, (mode, profile[:24])


def test_srgb_is_not_converted() -> None:
    assert find_conversion(PROFILES["srgb"], "RGB") is None
    assert find_conversion(PROFILES["p3"], "RGB") is not None


def test_colours_are_converted() -> None:
    swapped = find_conversion(PROFILES["swapped"], "RGB")
    assert swapped is not None
    scene = np.asarray(open_scene(), int)
    found = np.asarray(swapped.apply(open_scene()), int)
    assert np.abs(found - scene[..., [2, 0, 1]]).max() <= 1, "its red is green, its green blue, its blue red"


def test_lab_always_is() -> None:
    found = find_conversion(b"", "LAB")
    assert found is not None
    image = found.apply(Image.new("LAB", (1, 1), (255, 128, 128)))
    assert min(image.tobytes()) >= 250
