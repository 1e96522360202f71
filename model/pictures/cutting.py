"""From pixels to the patches of views. Imports no torch: processes that decode pictures use it too."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from model.pictures.layout import Layout, Size

BAND_PIXELS = 1 << 18
"""About the pixels of one band: 1 MiB in RGB."""

Patches = NDArray[np.uint8]
"""The patches of a view, `[rows * columns, 3, P, P]`, row by row."""


@dataclass(frozen=True)
class ScaledPicture:
    """A picture at the sizes that its views are cut from. `digest` is a hash of its pixels and of how it is cut."""

    layout: Layout
    images: tuple[Image.Image, ...]
    digest: bytes

    def cut(self) -> Iterator[Patches]:
        """Yield the patches of the overview, then of each slice."""
        overview, *sliced = self.images
        yield cut_patches(overview, self.layout.patch_size)
        for image in sliced:
            for box in self.layout.cuts:
                yield cut_patches(image.crop(box), self.layout.patch_size)


def scale(image: Image.Image, layout: Layout) -> ScaledPicture:
    """Return a picture in RGB at the sizes that its views are cut from."""
    digest = hashlib.blake2b(digest_size=16)
    for top, bottom in split_rows(image.size):
        digest.update(image.crop((0, top, image.width, bottom)).tobytes())
    digest.update(repr((layout.size, layout.grid, layout.scale_resolution)).encode())
    scaled = (image.resize(size, Image.Resampling.BICUBIC) for size in layout.scaled_sizes)
    return ScaledPicture(layout, tuple(scaled), digest.digest())


def split_rows(size: Size, band_pixels: int = BAND_PIXELS) -> Iterator[tuple[int, int]]:
    """Yield the first row of each band, and the one after its last."""
    width, height = size
    step = max(1, band_pixels // width)
    for top in range(0, height, step):
        yield top, min(top + step, height)


def cut_patches(image: Image.Image, side: int) -> Patches:
    columns, rows = image.width // side, image.height // side
    pixels = np.asarray(image).reshape(rows, side, columns, side, 3)
    patches = pixels.transpose(0, 2, 4, 1, 3)  # [rows, columns, 3, P, P]
    return np.ascontiguousarray(patches).reshape(rows * columns, 3, side, side)


def make_view_key(digest: bytes, index: int) -> bytes:
    """Return the key of a view of the picture with that digest."""
    return digest + index.to_bytes(2, "little")
