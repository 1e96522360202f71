"""Samples of every depth are read from packed rows, each of which begins with a byte of its own."""

import numpy as np
from PIL import Image

from model.pictures.sample_reader import ASSOCIATED, FLOAT, SIGNED, UNASSOCIATED, UNSIGNED, SampleLayout, read_samples
from tests.helpers.tiff_writer import pack_rows


def make_layout(
    bits: int, kind: int = UNSIGNED, samples: int = 1, colours: int = 1, alpha: int = 0, *, is_white_zero: bool = False
) -> SampleLayout:
    return SampleLayout((5, 3), bits, kind, samples, colours, alpha, is_white_zero, is_big_endian=False)


def read(values: np.ndarray[tuple[int, ...], np.dtype[np.generic]], layout: SampleLayout) -> Image.Image:
    rows = pack_rows(values, layout.bits, "<")
    assert len(rows) == 3 * layout.row_bytes
    return read_samples(Image.frombytes("L", (layout.row_bytes, 3), rows), layout)


def test_every_depth_reaches_from_black_to_white() -> None:
    for bits in (*range(1, 17),):
        values = np.zeros((3, 5, 1), np.uint16 if bits > 8 else np.uint8)
        values[1] = (1 << bits) - 1
        plain = np.asarray(read(values, make_layout(bits)))
        inverse = np.asarray(read(values, make_layout(bits, is_white_zero=True)))
        assert (plain[0].max(), plain[1].min(), plain[2].max()) == (0, 255, 0), bits
        assert (plain.astype(int) + inverse == 255).all(), bits


def test_numbers_without_a_range_have_their_own() -> None:
    values = np.linspace(-3, 5, 15).reshape(3, 5, 1)
    for kind, dtype, factor in ((FLOAT, "f4", 1.0), (FLOAT, "f8", 1e-6), (SIGNED, "i4", 1e6), (SIGNED, "i2", 1e3)):
        scaled = (values * factor).astype(dtype)
        found = np.asarray(read(scaled, make_layout(8 * scaled.dtype.itemsize, kind)))
        assert (found[0, 0], found[1, 2], found[2, 4]) in ((0, 127, 255), (0, 128, 255)), dtype


def test_what_is_no_number_is_dark_and_moves_no_limit() -> None:
    values = np.array([[0, 1, 2, 3, 4], [np.nan] * 5, [np.inf, -np.inf, 0, 0, 4]], "f4")[..., None]
    found = np.asarray(read(values, make_layout(32, FLOAT)))
    assert found[0].tolist() == [0, 64, 128, 191, 255]
    assert found[1].max() == 0


def test_alpha_is_taken_from_behind_the_colours() -> None:
    values = np.zeros((3, 5, 4), np.uint16)
    values[..., 0], values[..., 3] = 1000, 2000
    for alpha, red in ((UNASSOCIATED, 62), (ASSOCIATED, 128)):
        image = read(values, make_layout(12, samples=4, colours=3, alpha=alpha))
        assert image.mode == "RGBA"
        assert image.getpixel((2, 1)) == (red, 0, 0, 125), alpha
    assert read(values, make_layout(12, samples=4, colours=3)).mode == "RGB"
    assert read(values[..., 2:], make_layout(12, samples=2, alpha=UNASSOCIATED)).mode == "LA"
