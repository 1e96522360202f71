"""Samples of any depth, whole or floating, packed into the bytes of rows: what Pillow has no mode for."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from model.pictures.cutting import split_rows
from model.pictures.layout import Size

UNSIGNED, SIGNED, FLOAT = 1, 2, 3
"""As in TIFF's tag SampleFormat."""

ASSOCIATED, UNASSOCIATED = 1, 2
"""As in TIFF's tag ExtraSamples: whether colours were multiplied by their alpha."""

KNOWN = {UNSIGNED: frozenset(range(1, 17)) | {32}, SIGNED: frozenset({8, 16, 32}), FLOAT: frozenset({16, 32, 64})}
BAND_PIXELS = 1 << 14
"""About the pixels of one band: each takes up to 700 bytes while its samples are read."""

MODES = {(1, False): "L", (1, True): "LA", (3, False): "RGB", (3, True): "RGBA"}
Values = NDArray[np.float32]
Bytes = NDArray[np.uint8]


@dataclass(frozen=True)
class SampleLayout:
    """How the samples of a picture of `size` lie in its rows, pixel by pixel, each row from a byte of its own.

    The first `num_colours` of a pixel's `num_samples` are its grey, or red, green and blue, and `alpha` says what the
    next one is.
    """

    size: Size
    bits: int
    kind: int
    num_samples: int
    num_colours: int
    alpha: int
    is_white_zero: bool
    is_big_endian: bool

    @property
    def is_known(self) -> bool:
        return self.bits in KNOWN.get(self.kind, ())

    @property
    def row_bytes(self) -> int:
        return (self.size[0] * self.num_samples * self.bits + 7) // 8

    @property
    def has_alpha(self) -> bool:
        return self.alpha in (ASSOCIATED, UNASSOCIATED)

    @property
    def mode(self) -> str:
        """The mode of the picture as Pillow has it."""
        return MODES[self.num_colours, self.has_alpha]

    @property
    def is_relative(self) -> bool:
        """Whether black and white are the picture's own extremes: of numbers without a range of their own."""
        return self.kind != UNSIGNED or self.bits > 16


def read_samples(image: Image.Image, layout: SampleLayout) -> Image.Image:
    """Return the picture whose rows are the rows of a grey picture's bytes."""
    reader, read = SampleReader(layout), Image.new(layout.mode, layout.size)
    bands = list(split_rows(layout.size, BAND_PIXELS))
    if layout.is_relative:
        reader.find_range(_read_rows(image, *band) for band in bands)
    for top, bottom in bands:
        pixels = reader.read(_read_rows(image, top, bottom))
        read.paste(Image.fromarray(pixels.squeeze(2) if pixels.shape[2] == 1 else pixels, layout.mode), (0, top))
    return read


def _read_rows(image: Image.Image, top: int, bottom: int) -> Bytes:
    return np.asarray(image.crop((0, top, image.width, bottom)))


class SampleReader:
    """Turns rows of bytes into pixels of 8 bits. `find_range` comes first where the layout `is_relative`."""

    def __init__(self, layout: SampleLayout) -> None:
        self.layout = layout
        self._low, self._high = 0.0, float((1 << layout.bits) - 1) if layout.bits <= 16 else 1.0

    def find_range(self, bands: Iterable[Bytes]) -> None:
        """Take the least and the largest colour of all rows as black and white."""
        extremes = [(float(band.min()), float(band.max())) for band in map(self._read_colours, bands)]
        self._low = min(low for low, _ in extremes)
        self._high = max(high for _, high in extremes)

    def read(self, rows: Bytes) -> Bytes:
        """Return the pixels `[rows, width, colours and alpha]` of rows `[rows, row_bytes]`."""
        layout = self.layout
        values = self._split(rows)
        colours = self._scale(values[..., : layout.num_colours])
        if layout.is_white_zero:
            colours = np.subtract(1, colours, dtype=np.float32)
        if not layout.has_alpha:
            return _to_8_bits(colours)
        alpha = self._scale_alpha(values[..., layout.num_colours :][..., :1])
        if layout.alpha == ASSOCIATED:
            colours = np.divide(colours, np.maximum(alpha, 1e-6), dtype=np.float32)
        return _to_8_bits(np.concatenate((colours, alpha), axis=2))

    def _read_colours(self, rows: Bytes) -> Values:
        return np.nan_to_num(self._split(rows)[..., : self.layout.num_colours], posinf=0.0, neginf=0.0)

    def _scale(self, values: Values) -> Values:
        return (values - np.float32(self._low)) / np.float32(max(self._high - self._low, 1e-12))

    def _scale_alpha(self, values: Values) -> Values:
        whole = 1.0 if self.layout.kind == FLOAT else float((1 << self.layout.bits) - 1)
        return values / np.float32(whole)

    def _split(self, rows: Bytes) -> Values:
        """Return the samples `[rows, width, num_samples]` as they are."""
        layout = self.layout
        width = layout.size[0]
        if layout.bits in (8, 16, 32, 64):
            letter = {UNSIGNED: "u", SIGNED: "i", FLOAT: "f"}[layout.kind]
            dtype = np.dtype(f"{'>' if layout.is_big_endian else '<'}{letter}{layout.bits // 8}")
            samples = np.ascontiguousarray(rows).view(dtype)
        else:
            bits = np.unpackbits(rows, axis=1)[:, : width * layout.num_samples * layout.bits]
            places = bits.reshape(len(rows), -1, layout.bits)
            samples = np.zeros(places.shape[:2], np.uint32)
            for place in range(layout.bits):  # no product of matrices: its library takes memory of its own
                samples = samples * 2 + places[..., place]
        return np.asarray(samples, np.float32).reshape(len(rows), width, layout.num_samples)


def _to_8_bits(values: Values) -> Bytes:
    return np.asarray(np.rint(np.nan_to_num(values).clip(0, 1) * 255), np.uint8)
