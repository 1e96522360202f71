"""A decoded picture on its way to RGB: upright, over white, and in sRGB."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from PIL import Image

from model.pictures.colour import Conversion
from model.pictures.cutting import split_rows
from model.pictures.file import PictureFile
from model.pictures.layout import Size
from model.pictures.orientation import TRANSPOSES, find_box, turn_size
from model.pictures.partial_load import Shown

ALPHA_MODES = frozenset({"LA", "La", "PA", "RGBA", "RGBa"})
PREMULTIPLIED = {"La": "LA", "RGBa": "RGBA"}


@dataclass(frozen=True)
class Pixels:
    """A decoded picture in the mode and orientation of its file.

    `full_size` is the size, upright, before it was scaled while it was decoded, if it was. `shown` is the
    part of it that there are pixels for: a file that was cut off has fewer, and the rest is white.
    """

    image: Image.Image
    file: PictureFile
    full_size: Size
    conversion: Conversion | None
    shown: Shown

    @property
    def size(self) -> Size:
        return turn_size(self.image.size, self.file.orientation)

    def to_rgb(self) -> Image.Image:
        """Return the picture upright, over white, in sRGB, in place of this one: it is read in bands, and dropped."""
        if self.image.mode == "RGB" and self._is_finished:
            return self.image if self.is_whole else self._clear_hidden()
        rgb = Image.new("RGB", self.size)
        for top, bottom in split_rows(self.size):
            rgb.paste(self._read(top, bottom), (0, top))
        self.image.close()
        return rgb

    @property
    def _is_finished(self) -> bool:
        is_opaque = self.file.transparent is None and "transparency" not in self.image.info
        return is_opaque and self.conversion is None and self.file.orientation not in TRANSPOSES

    @property
    def is_whole(self) -> bool:
        return self.shown == (0, 0, *self.image.size)

    def _clear_hidden(self) -> Image.Image:
        (width, height), (left, top, right, bottom) = self.image.size, self.shown
        for box in (
            (0, 0, width, top),
            (0, bottom, width, height),
            (0, top, left, bottom),
            (right, top, width, bottom),
        ):
            self.image.paste("white", box)
        return self.image

    def _read(self, top: int, bottom: int) -> Image.Image:
        box = find_box(self.image.size, self.file.orientation, top, bottom)
        colours, alpha = self._split(box)
        rgb = colours if self.conversion is None else self.conversion.apply(colours)
        if alpha is not None or not self.is_whole:
            rgb = _lay_over_white(rgb, alpha, _intersect(self.shown, box))
        turn = TRANSPOSES.get(self.file.orientation)
        return rgb if turn is None else rgb.transpose(turn)

    def _split(self, box: tuple[int, int, int, int]) -> tuple[Image.Image, Image.Image | None]:
        """Return the colours of a part of the picture, in the mode that is converted, and their alpha if any."""
        band = self.image.crop(box)
        if self._grey_range is not None:
            return self._convert(_to_8_bits(band, *self._grey_range)), self._find_alpha(band)
        if band.mode not in ALPHA_MODES and "transparency" not in band.info:
            return self._convert(band), self._find_alpha(band)
        rgba = band.convert(PREMULTIPLIED.get(band.mode, band.mode)).convert("RGBA")
        alpha = rgba.getchannel("A")
        return self._convert(rgba.convert("RGB")), alpha.point(_stretch) if self.image.format == "AVIF" else alpha

    def _convert(self, band: Image.Image) -> Image.Image:
        if self.conversion is None:
            return band if band.mode == "RGB" else band.convert("RGB")
        if band.mode == "CMYK" and self.image.format == "JPEG":
            band = band.convert("RGB")  # browsers take black for equal parts of the other inks before the profile
        return band.convert(self.conversion.mode)

    def _find_alpha(self, band: Image.Image) -> Image.Image | None:
        """Return the alpha of a picture without any in which one colour is transparent."""
        key = self.file.transparent
        if key is None or len(key) != len(band.getbands()):
            return None
        values = np.asarray(band).reshape(band.height, band.width, -1)
        is_key = (values == _scale_key(key, self.file.bits, band.mode)).all(axis=2)
        return Image.fromarray(np.where(is_key, 0, 255).astype(np.uint8))

    @cached_property
    def _grey_range(self) -> tuple[float, float] | None:
        """The values that become 0 and 255 in a grey picture of more than 8 bits, None for other pictures.

        Those of 16 bits are scaled from 0-65535, where Pillow would clip them; wider ones from their own range.
        """
        image = self.image
        if not image.mode.startswith(("I", "F")):
            return None
        if image.mode.startswith("I;16"):
            return 0.0, 65535.0
        bands = (np.asarray(image.crop((0, top, image.width, bottom))) for top, bottom in split_rows(image.size))
        extremes = np.array([(band.min(), band.max()) for band in bands], dtype=np.float64)
        low, high = float(extremes[:, 0].min()), float(extremes[:, 1].max())
        if image.mode == "I" and low >= 0 and high <= 65535:  # Pillow opens some 16-bit PNMs in this 32-bit mode
            return 0.0, 65535.0
        return low, high


def _stretch(alpha: int) -> int:
    """Return the alpha that browsers show for one in AVIF: they take its range for that of video, 16 to 235."""
    return min(max(round((alpha - 16) * 255 / 219), 0), 255)


def _to_8_bits(image: Image.Image, low: float, high: float) -> Image.Image:
    scaled = (np.asarray(image, dtype=np.float64) - low) * (255.0 / max(high - low, 1e-12))
    return Image.fromarray(np.nan_to_num(scaled).clip(0, 255).astype(np.uint8))


def _scale_key(key: tuple[int, ...], bits: int, mode: str) -> tuple[int, ...]:
    """Return a colour in the samples of a mode, of one in those of the file."""
    if mode.startswith("I;16"):
        return key
    return tuple(value >> 8 if bits == 16 else value * 255 // ((1 << bits) - 1) for value in key)


def _lay_over_white(rgb: Image.Image, alpha: Image.Image | None, shown: Shown | None) -> Image.Image:
    """Return what is shown of a picture, over white."""
    white = Image.new("RGB", rgb.size, "white")
    if shown is not None:
        white.paste(rgb.crop(shown), shown[:2], None if alpha is None else alpha.crop(shown))
    return white


def _intersect(shown: Shown, box: Shown) -> Shown | None:
    """Return the part of a box that is shown, counted from the box's corner."""
    left, top, right, bottom = (
        max(shown[0], box[0]) - box[0],
        max(shown[1], box[1]) - box[1],
        min(shown[2], box[2]) - box[0],
        min(shown[3], box[3]) - box[1],
    )
    return (left, top, right, bottom) if left < right and top < bottom else None
