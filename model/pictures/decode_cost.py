"""How much memory decoding a picture takes at most, from its header; `test_decode_cost.py` measures it."""

from collections.abc import Callable, Mapping
from math import ceil
from typing import Any

from PIL import Image

from model.pictures.file import PictureFile
from model.pictures.jpeg_segments import read_jpeg
from model.pictures.layout import Size
from model.pictures.media_boxes import has_deep_samples, has_full_chroma
from model.pictures.orientation import UPRIGHT

FIXED_BYTES = 12 << 20
"""What does not grow with the picture: rows on their way, tables of decoders, and a band in all its forms."""

SMALL_MODES: Mapping[str, int] = {"1": 1, "L": 1, "P": 1, "I;16": 2, "I;16L": 2, "I;16B": 2, "I;16N": 2}
BYTES_PER_PIXEL = 4
"""What Pillow takes for a pixel in any other mode."""

COEFFICIENT_BYTES = 2
"""Of each sample of a JPEG whose components come in several scans: its decoder keeps them all."""

WEBP_BYTES = 16
"""The decoder's canvas and the frame before it, its own work, and the bytes that it hands over."""

AVIF_BYTES, DEEP_AVIF_BYTES = 12, 20
"""Planes, film grain, and the pixels twice; more than 8 bits a sample take twice as much."""

PHOTO_HEIF_BYTES, HEIF_BYTES, DEEP_HEIF_BYTES = 5, 12, 16
"""Planes, and the pixels twice: for a phone's photo, alpha or colour in full, and more than 8 bits a sample."""

PROFILE_COPIES = 4
"""How often a profile's tables are in memory while it is applied, about."""

JPEG_2000_BYTES = 7
"""Of each component: its coefficients as integers, the work of one tile, and its samples."""

SLOW_BYTES = 8
"""In formats that Pillow decodes in Python: all samples as they are read, twice."""

TIFF_ROWS_PER_STRIP, TIFF_TILE_WIDTH, TIFF_TILE_LENGTH, TIFF_BITS = 278, 322, 323, 258


def estimate_bytes(image: Image.Image, file: PictureFile) -> int:
    """Return the memory for decoding a picture and turning it upright, into sRGB and over white, beside the file.

    The picture is open, not loaded. Its decoder is gone when it is converted.
    """
    decoding = EXTRAS.get(image.format or "", _estimate_others)(image, file.data)
    stays = image.mode == "RGB" and file.orientation == UPRIGHT and not file.profile and file.transparent is None
    converting = 0 if stays else count_rgb_bytes(image.size) + PROFILE_COPIES * len(file.profile)
    if file.samples is not None:
        converting = 2 * count_rgb_bytes(file.samples.size)
    return FIXED_BYTES + count_bytes(image) + max(decoding, converting)


def count_rgb_bytes(size: Size) -> int:
    """Return what a picture of that size takes in RGB."""
    return BYTES_PER_PIXEL * size[0] * size[1]


def count_bytes(image: Image.Image) -> int:
    """Return what the picture itself takes when it is decoded."""
    return int(image.width * image.height) * SMALL_MODES.get(image.mode, BYTES_PER_PIXEL)


def _estimate_jpeg(image: Any, data: bytes) -> int:
    layers = [(h, v) for _, h, v, _ in getattr(image, "layer", ())]
    jpeg = read_jpeg(data)
    has_one_scan = not image.info.get("progressive") and jpeg.num_scan_components == len(layers)
    if has_one_scan:
        return 0
    width, height = jpeg.size  # the picture's own, where it is scaled while it is decoded
    widest, highest = max((h for h, _ in layers), default=1), max((v for _, v in layers), default=1)
    units = ceil(width / (8 * widest)) * ceil(height / (8 * highest))
    return int(COEFFICIENT_BYTES * 64 * units * sum(h * v for h, v in layers))


def _estimate_tiff(image: Any, data: bytes) -> int:  # noqa: ARG001
    """A strip or a tile is decoded whole."""
    tags = image.tag_v2
    bits = tags.get(TIFF_BITS, (8,))
    bytes_per_pixel = max(BYTES_PER_PIXEL, ceil(sum(bits if isinstance(bits, tuple) else (bits,)) / 8))
    width = tags.get(TIFF_TILE_WIDTH, image.width)
    height = tags.get(TIFF_TILE_LENGTH, min(tags.get(TIFF_ROWS_PER_STRIP, max(image.size)), max(image.size)))
    return int(width * height * bytes_per_pixel)


def _estimate_avif(image: Any, data: bytes) -> int:
    return int(image.width * image.height * (DEEP_AVIF_BYTES if has_deep_samples(data) else AVIF_BYTES))


def _estimate_heif(image: Any, data: bytes) -> int:
    rich = HEIF_BYTES if image.mode != "RGB" or has_full_chroma(data) else PHOTO_HEIF_BYTES
    return int(image.width * image.height * (DEEP_HEIF_BYTES if has_deep_samples(data) else rich))


def _estimate_others(image: Any, data: bytes) -> int:  # noqa: ARG001
    codecs = {tile[0] for tile in image.tile}
    pixels = int(image.width * image.height)
    return 0 if codecs <= {"raw", "zip", "tga_rle"} else pixels * SLOW_BYTES


EXTRAS: Mapping[str, Callable[[Any, bytes], int]] = {
    "JPEG": _estimate_jpeg,
    "TIFF": _estimate_tiff,
    "WEBP": lambda image, _: image.width * image.height * WEBP_BYTES,
    "AVIF": _estimate_avif,
    "HEIF": _estimate_heif,
    "JPEG2000": lambda image, _: image.width * image.height * JPEG_2000_BYTES * len(image.getbands()),
    "GIF": lambda image, _: image.width * image.height,
}
