"""Scaled pictures, their hashes, and the patches that they are cut into."""

import hashlib

import numpy as np
import pytest
from PIL import Image

from model.pictures import cutting
from model.pictures.cutting import cut_patches, make_view_key, scale, split_rows
from model.pictures.layout import Size, lay_out
from tests.helpers.pictures import open_noise


@pytest.mark.parametrize("size", [(1, 1), (31, 700), (901, 733), (400, 2000), (1400, 900)])
def test_a_picture_is_scaled_as_pillow_scales_it_and_hashed_whole(size: Size) -> None:
    image, layout = open_noise(size), lay_out(size, 9, 448, 14)
    scaled = scale(image, layout)
    for found, wanted in zip(scaled.images, layout.scaled_sizes, strict=True):
        assert found.tobytes() == image.resize(wanted, Image.Resampling.BICUBIC).tobytes()
    told = image.tobytes() + repr((size, layout.grid, 448)).encode()
    assert scaled.digest == hashlib.blake2b(told, digest_size=16).digest()


@pytest.mark.parametrize("size", [(1, 1), (3, 100_000), (100_000, 3), (999, 999), (300_000, 2)])
def test_bands_cover_all_rows_once(size: Size) -> None:
    bands = list(split_rows(size))
    assert [row for top, bottom in bands for row in range(top, bottom)] == list(range(size[1]))
    assert all((bottom - top) * size[0] <= max(cutting.BAND_PIXELS, size[0]) for top, bottom in bands)


def test_patches_lie_row_by_row() -> None:
    pixels = np.arange(4 * 6 * 3, dtype=np.uint8).reshape(4, 6, 3)
    patches = cut_patches(Image.fromarray(pixels), 2)
    assert patches.shape == (6, 3, 2, 2)
    assert (patches[4] == pixels[2:4, 2:4].transpose(2, 0, 1)).all()


def test_slices_come_after_the_overview() -> None:
    layout = lay_out((900, 900), 4, 448, 14)
    overview, *slices = scale(open_noise((900, 900)), layout).cut()
    assert len(slices) == 4
    assert overview.nbytes + sum(each.nbytes for each in slices) == layout.num_bytes


def test_each_view_has_its_own_key() -> None:
    assert make_view_key(b"a", 0) != make_view_key(b"a", 256) != make_view_key(b"b", 0)
