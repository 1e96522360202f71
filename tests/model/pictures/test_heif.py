"""HEIC pictures give their colours; those that pretend, or are damaged, are refused.

The files were written by libheif and x265: the scene of `picture_files` at 96 x 64, plain, in Display P3, turned by a
box, half transparent, as the second of two, with 10 bits a sample, and with a quarter of the colours as in photos.
"""

from pathlib import Path

import numpy as np
import pytest

from model.errors import ImageError, ImageTooLarge
from model.pictures.decode import SizeLimits, decode_image, read_header
from model.pictures.media_boxes import has_deep_samples, has_full_chroma, is_heif
from tests.helpers.heif_writer import write_grid
from tests.helpers.picture_files import PROFILES, open_scene, profile_chunk, write_samples

FOLDER = Path(__file__).parent / "heic"
SIZE = (96, 64)


def read(name: str) -> bytes:
    return (FOLDER / f"{name}.heic").read_bytes()


def test_the_primary_picture_is_shown_upright_over_white_and_in_srgb() -> None:
    scene = np.asarray(open_scene(SIZE), int)
    half = scene.copy()
    half[:32] = 255
    wide = write_samples(np.asarray(open_scene(SIZE), np.uint16), 2, 8, [profile_chunk(PROFILES["p3"])])
    wanted = {
        "plain": scene,
        "deep": scene,
        "photo": scene,
        "two": scene,
        "turned": np.rot90(scene, -1),
        "alpha": half,
        "p3": np.asarray(decode_image(wide), int),
    }
    for name, pixels in wanted.items():
        found = np.asarray(decode_image(read(name)), int)
        assert found.shape == pixels.shape, name
        assert np.abs(found - pixels).mean() < (4 if name == "photo" else 1.5), name


def test_tiles_are_put_together_and_turned_by_the_box() -> None:
    tile = np.asarray(decode_image(read("plain")), int)
    whole = np.tile(tile, (2, 3, 1))[:120, :250]
    for turn in (None, 0, 1, 3):
        data = write_grid(read("plain"), SIZE, 3, 2, (250, 120), turn)
        header = read_header(data, SizeLimits(), lambda size: size)
        found = np.asarray(decode_image(data), int)
        assert (header.size, header.media_type) == ((found.shape[1], found.shape[0]), "image/heic")
        assert np.abs(found - np.rot90(whole, turn or 0)).mean() < 1, turn


def test_pictures_that_pretend_to_be_huge_are_refused_by_the_header() -> None:
    for size in ((30_000, 30_000), (60_000, 60_000), (2**31, 2**31)):
        with pytest.raises(ImageError):
            read_header(_forge_size(size), SizeLimits(), lambda size: size)
    with pytest.raises(ImageTooLarge, match="30000 x 30000"):
        read_header(_forge_size((30_000, 30_000)), SizeLimits(), lambda size: size)


def test_a_picture_smaller_than_its_header_says_is_refused_or_takes_no_other_size() -> None:
    data = _forge_size((200, 200))
    try:
        found = decode_image(data)
    except ImageError:
        return
    assert found.size == read_header(data, SizeLimits(), lambda size: size).size


def test_damaged_files_are_refused_in_words() -> None:
    whole = read("plain")
    for data in (whole[:60], whole[:-300], whole[:900], b"\0\0\0\x18ftypmp42" + bytes(90)):
        with pytest.raises(ImageError) as refused:
            decode_image(data)
        assert "lib" not in str(refused.value)


def test_descriptions_that_are_damaged_refuse_nothing() -> None:
    data = read("turned")
    place = data.index(b"II*\0")
    junk = data[:place] + b"\xff" * 8 + data[place + 8 :]
    assert decode_image(junk).tobytes() == decode_image(data).tobytes()


def test_depth_and_kind_are_read_from_the_boxes() -> None:
    assert has_deep_samples(read("deep"))
    assert not has_deep_samples(read("plain"))
    assert has_full_chroma(read("plain"))
    assert not has_full_chroma(read("photo"))
    assert is_heif(read("plain"))
    assert not is_heif(b"\0\0\0\x1cftypavif\0\0\0\0mif1avif")


def _forge_size(size: tuple[int, int]) -> bytes:
    data = bytearray(read("plain"))
    place = data.index(b"ispe") + 8
    data[place : place + 8] = size[0].to_bytes(4, "big") + size[1].to_bytes(4, "big")
    return bytes(data)
