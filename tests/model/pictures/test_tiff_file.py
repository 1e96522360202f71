"""TIFFs of every depth, order, alpha and orientation give the colours that were written."""

from itertools import product
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from model.errors import ImageError
from model.pictures.decode import decode_image
from model.pictures.tiff_file import read_tiff
from tests.helpers.pictures import encode
from tests.helpers.tiff_writer import BYTES, EXTRA_SAMPLES, ROWS, STRIPS, Order, write_tiff

ORDERS: tuple[Order, ...] = ("<", ">")
LIGHT: NDArray[np.float64] = np.linspace(0, 1, 7 * 5 * 3).reshape(5, 7, 3)


def scale(light: NDArray[np.float64], bits: int) -> NDArray[Any]:
    return np.rint(light * ((1 << bits) - 1)).astype(np.uint32 if bits > 16 else np.uint16 if bits > 8 else np.uint8)


def find_error(data: bytes, light: NDArray[np.float64], bits: int = 8) -> float:
    """Return the largest difference, in levels, beside what the depth of the samples cannot tell."""
    found = np.asarray(decode_image(data), np.float64)
    wanted = np.broadcast_to(light * 255, found.shape)
    return float(np.abs(found - wanted).max()) - 128 / ((1 << bits) - 1)


def test_samples_are_scaled_by_their_bits() -> None:
    for bits, order, is_deflated in product((1, 2, 4, 8, 10, 12, 14, 16), ORDERS, (False, True)):
        grey, colour = scale(LIGHT[..., :1], bits), scale(LIGHT, bits)
        case = bits, order, is_deflated
        assert find_error(write_tiff(grey, bits, 1, order, is_deflated=is_deflated), LIGHT[..., :1], bits) <= 1, case
        assert find_error(write_tiff(grey, bits, 0, order, is_deflated=is_deflated), 1 - LIGHT[..., :1], bits) <= 1, (
            case
        )
        assert find_error(write_tiff(colour, bits, 2, order, is_deflated=is_deflated), LIGHT, bits) <= 1, case


def test_other_numbers_are_scaled_by_their_range() -> None:
    kinds = ("f2", "f4", "f8", "i2", "i4", "u4")
    for dtype, order, channels, is_deflated in product(kinds, ORDERS, (1, 3), (False, True)):
        light = LIGHT[..., :channels]
        values = (light * 1000 - (0 if dtype == "u4" else 300)).astype(dtype)
        stretched = (light - light.min()) / (light.max() - light.min())
        bits, photometric = 8 * values.dtype.itemsize, 2 if channels == 3 else 1
        data = write_tiff(values, bits, photometric, order, is_deflated=is_deflated)
        assert find_error(data, stretched) <= 2, (dtype, order, channels, is_deflated)


def test_a_uniform_picture_of_floats_is_black() -> None:
    data = write_tiff(np.full((3, 3, 3), 7.5, "f4"), 32, 2)
    assert np.asarray(decode_image(data)).max() == 0


def test_alpha_is_over_white_multiplied_or_not() -> None:
    alpha = np.linspace(0, 1, 35).reshape(5, 7, 1)
    for bits, order, num_colours in product((8, 12, 16), ORDERS, (1, 3)):
        light = LIGHT[..., :num_colours]
        wanted = light * alpha + 1 - alpha
        photometric = 2 if num_colours == 3 else 1
        for extra, colours in ((1, light * alpha), (2, light)):
            samples = scale(np.concatenate((colours, alpha), axis=2), bits)
            data = write_tiff(samples, bits, photometric, order, tags={EXTRA_SAMPLES: (3, (extra,))})
            assert find_error(data, wanted) <= 2, (bits, order, num_colours, extra)


def test_a_sample_that_is_no_alpha_hides_nothing() -> None:
    samples = scale(np.concatenate((LIGHT, np.zeros((5, 7, 1))), axis=2), 12)
    assert find_error(write_tiff(samples, 12, 2, tags={EXTRA_SAMPLES: (3, (0,))}), LIGHT) <= 1


def test_the_orientation_is_that_of_its_own_tag() -> None:
    image = Image.fromarray(scale(LIGHT, 8))
    for orientation in range(1, 9):
        turned = Image.fromarray(np.asarray(image))
        exif = Image.Exif()
        exif[274] = orientation
        expected = decode_image(encode(turned, "PNG", exif=exif.tobytes()))
        found = decode_image(write_tiff(scale(LIGHT, 8), 8, 2, tags={274: (3, (orientation,))}))
        deep = decode_image(write_tiff(scale(LIGHT, 12), 12, 2, tags={274: (3, (orientation,))}))
        assert found.tobytes() == expected.tobytes(), orientation
        assert np.abs(np.asarray(deep, int) - np.asarray(expected, int)).max() <= 1, orientation
    assert decode_image(write_tiff(scale(LIGHT, 8), 8, 2, tags={274: (3, (99,))})).size == image.size


def test_xmp_turns_nothing_and_odd_tags_refuse_nothing() -> None:
    xmp = b'<x:xmpmeta><rdf:Description tiff:Orientation="6"/></x:xmpmeta>'
    odd: dict[int, tuple[int, tuple[int, ...]]] = {
        282: (4, (0, 0)),
        305: (3, (65535,)),
        700: (3, tuple(xmp)),
        33550: (4, (2**32 - 1,) * 9),
        34665: (4, (7,)),
        65000: (3, (1,) * 300),
    }
    assert find_error(write_tiff(scale(LIGHT, 8), 8, 2, tags=odd), LIGHT) <= 1


def test_tiffs_that_pillow_writes_are_read() -> None:
    scene = Image.fromarray(scale(LIGHT, 8)).resize((70, 50))
    for compression in ("raw", "tiff_lzw", "tiff_adobe_deflate", "packbits", "jpeg", "group4"):
        image = scene.convert("1") if compression == "group4" else scene
        found = np.asarray(decode_image(encode(image, "TIFF", compression=compression)), int)
        assert np.abs(found - np.asarray(image.convert("RGB"), int)).mean() < 3, compression


def test_lab_is_converted() -> None:
    samples = np.array([[[135, 81, 67], [255, 0, 0], [0, 0, 0]]], np.uint8)  # L* of 255, and signed a* and b*
    found = np.asarray(decode_image(write_tiff(samples, 8, 8)), int)[0]
    assert np.abs(found - [[255, 0, 0], [255, 255, 255], [0, 0, 0]]).max() <= 12


def test_tiles_of_packed_samples_are_read() -> None:
    samples = scale(LIGHT[..., :1], 12)
    tile = np.zeros((16, 16, 1), np.uint16)
    tile[:5, :7] = samples
    data = write_tiff(tile, 12, 1)
    tags = {322: (4, (16,)), 323: (4, (16,)), 324: (4, (8,)), 325: (4, (16 * 24,)), 256: (4, (7,)), 257: (4, (5,))}
    tiled = write_tiff(tile, 12, 1, tags=tags, without=(STRIPS, ROWS, BYTES))
    assert decode_image(data).size == (16, 16)
    assert find_error(tiled, LIGHT[..., :1], 12) <= 1


def test_what_was_cut_off_is_white() -> None:
    for bits, value in ((8, 40), (12, 40 << 4)):
        data = write_tiff(
            np.full((10, 8, 3), value, np.uint16 if bits > 8 else np.uint8), bits, 2, tags={257: (4, (40,))}
        )
        image = np.asarray(decode_image(data))  # the directory tells of 40 rows, the file has 10
        assert abs(int(image[5, 3, 1]) - 40) <= 1, bits
        assert image[30:].min() == 255, bits


def test_damaged_directories_are_left_to_the_decoder() -> None:
    for data in (b"II*\0", b"II*\0\xff\xff\xff\xff", b"MM\0*\0\0\0\x08\xff\xff" + bytes(30)):
        assert read_tiff(data).samples is None
        with pytest.raises(ImageError):
            decode_image(data)


def test_deep_samples_in_planes_are_read() -> None:
    for order in ORDERS:
        samples = (LIGHT * 65_000).astype(np.uint16) + 7
        planes = samples.transpose(2, 0, 1).reshape(15, 7, 1)
        places = {STRIPS: (4, tuple(8 + 70 * plane for plane in range(3))), BYTES: (4, (70, 70, 70)), ROWS: (4, (5,))}
        form = {257: (4, (5,)), 258: (3, (16,) * 3), 277: (3, (3,)), 284: (3, (2,)), 339: (3, (1,) * 3)}
        data = write_tiff(planes, 16, 2, order, tags={**places, **form})
        assert find_error(data, samples / 65_535) <= 1, order


def test_inks_with_further_samples_and_reversed_bits_are_read() -> None:
    ink = np.full((4, 4, 5), (255, 0, 0, 0, 128), np.uint8)
    for extra, order in product((0, 1, 2), ORDERS):
        data = write_tiff(ink, 8, 5, order, tags={EXTRA_SAMPLES: (3, (extra,))})
        assert decode_image(data).getpixel((0, 0)) == (0, 255, 255), (extra, order)
    red = np.full((4, 4, 4), (255, 0, 0, 1), np.uint8)  # alpha of 128, its bits reversed
    data = write_tiff(red, 8, 2, tags={EXTRA_SAMPLES: (3, (2,)), 266: (3, (2,))})
    assert decode_image(data).getpixel((0, 0)) == (255, 127, 127)
