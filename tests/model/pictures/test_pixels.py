"""Pixels are turned, converted and laid over white in bands, as the whole picture would be."""

import numpy as np
from PIL import Image

from model.pictures.colour import find_conversion
from model.pictures.cutting import BAND_PIXELS
from model.pictures.decode import decode_image
from model.pictures.file import PictureFile
from model.pictures.orientation import TRANSPOSES
from model.pictures.partial_load import Shown
from model.pictures.pixels import Pixels
from tests.helpers.picture_files import PROFILES, open_scene
from tests.helpers.pictures import encode

SIZE = (700, 900)
"""More than two bands."""


def make_pixels(image: Image.Image, orientation: int = 1, profile: bytes = b"", shown: Shown | None = None) -> Pixels:
    file = PictureFile(b"", orientation, profile)
    return Pixels(image, file, image.size, find_conversion(profile, image.mode), shown or (0, 0, *image.size))


def test_bands_are_put_together() -> None:
    assert SIZE[0] * SIZE[1] > 2 * BAND_PIXELS
    scene = open_scene(SIZE)
    alpha = Image.linear_gradient("L").resize(SIZE)
    cutout = scene.copy()
    cutout.putalpha(alpha)
    white = Image.new("RGB", SIZE, "white")
    white.paste(scene, mask=alpha)
    for orientation, turn in TRANSPOSES.items():
        assert make_pixels(scene.copy(), orientation).to_rgb().tobytes() == scene.transpose(turn).tobytes()
        assert make_pixels(cutout.copy(), orientation).to_rgb().tobytes() == white.transpose(turn).tobytes()


def test_a_plain_picture_is_not_copied() -> None:
    scene = open_scene(SIZE)
    assert make_pixels(scene).to_rgb() is scene


def test_what_is_not_shown_is_white_however_it_is_turned() -> None:
    for mode in ("RGB", "P", "L"):
        scene = open_scene((40, 30)).convert(mode)
        white = np.full((30, 40, 3), 255, np.uint8)
        white[3:20, 5:33] = np.asarray(scene.convert("RGB"))[3:20, 5:33]
        for orientation, turn in {1: None, **TRANSPOSES}.items():
            wanted = Image.fromarray(white) if turn is None else Image.fromarray(white).transpose(turn)
            found = make_pixels(scene.copy(), orientation, shown=(5, 3, 33, 20)).to_rgb()
            assert found.tobytes() == wanted.tobytes(), (mode, orientation)


def test_colours_are_converted_before_they_are_laid_over_white() -> None:
    cutout = open_scene((40, 30)).convert("RGBA")
    cutout.putalpha(128)
    conversion = find_conversion(PROFILES["linear"], "RGB")
    assert conversion is not None
    wanted = 127 + np.asarray(conversion.apply(open_scene((40, 30))), int) * 128 // 255
    found = np.asarray(make_pixels(cutout, profile=PROFILES["linear"]).to_rgb(), int)
    assert np.abs(found - wanted).max() <= 1


def test_premultiplied_colours_are_divided() -> None:
    scene = open_scene((40, 30)).convert("RGBA")
    scene.putalpha(200)
    plain, premultiplied = make_pixels(scene.copy()).to_rgb(), make_pixels(scene.convert("RGBa")).to_rgb()
    assert np.abs(np.asarray(plain, int) - np.asarray(premultiplied, int)).max() <= 2


def test_alpha_of_avif_is_stretched_as_in_browsers() -> None:
    for alpha, wanted in ((16, 255), (125, 128), (235, 0)):
        image = Image.new("RGBA", (8, 8), (0, 0, 0, alpha))
        found = decode_image(encode(image, "AVIF", quality=100, subsampling="4:4:4")).getpixel((4, 4))
        assert isinstance(found, tuple)
        assert abs(found[0] - wanted) <= 3, alpha
