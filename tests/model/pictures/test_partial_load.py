"""Pictures that were cut off show what they have."""

import io

import numpy as np
import pytest
from PIL import Image

from model.pictures.interlace import fill_passes
from model.pictures.jpeg_segments import read_jpeg
from model.pictures.partial_load import NOTHING, draft_image, load_cut_jpeg, load_shown
from tests.helpers.picture_files import open_scene
from tests.helpers.pictures import encode

SIZE = (64, 200)


def open_part(data: bytes, share: float) -> Image.Image:
    return Image.open(io.BytesIO(data[: int(len(data) * share)]))


def test_rows_that_came_are_shown() -> None:
    scene = open_scene(SIZE)
    image = open_part(encode(scene, "PNG"), 0.5)
    left, top, right, bottom = load_shown(image)
    assert (left, top, right) == (0, 0, 64)
    assert 60 < bottom < 140
    assert image.crop((0, 0, 64, bottom - 1)).tobytes() == scene.crop((0, 0, 64, bottom - 1)).tobytes()


def test_a_whole_picture_is_shown_whole_and_an_empty_one_not() -> None:
    data = encode(open_scene(SIZE), "PNG")
    assert load_shown(Image.open(io.BytesIO(data))) == (0, 0, *SIZE)
    assert load_shown(Image.open(io.BytesIO(data[:50]))) == NOTHING


def test_a_bitmap_is_shown_from_the_bottom() -> None:
    assert load_shown(open_part(encode(open_scene(SIZE), "BMP"), 0.5))[1] in range(90, 110)


def test_the_screen_around_a_gif_is_not_shown() -> None:
    gif = encode(open_scene((30, 20)).quantize(8), "GIF")
    larger = gif[:6] + b"\x40\0\x30\0" + gif[10:]
    assert load_shown(Image.open(io.BytesIO(larger))) == (0, 0, 30, 20)


def test_running_out_of_memory_is_no_damage(monkeypatch: pytest.MonkeyPatch) -> None:
    for error in (
        MemoryError(),
        OSError("out of memory when reading image file"),
        ValueError("Memory allocation error"),
    ):
        image = Image.open(io.BytesIO(encode(open_scene(), "PNG")))

        def fail(error: Exception = error) -> None:
            raise error

        monkeypatch.setattr(image, "load", fail)
        with pytest.raises(MemoryError):
            load_shown(image)


def test_a_jpeg_is_ended_where_it_was_cut_off() -> None:
    for options in ({}, {"progressive": True}):
        data = read_jpeg(encode(open_scene(SIZE), "JPEG", quality=90, **options)).data
        for share in (0.6, 0.8):
            part = data[: int(len(data) * share)]
            first = Image.open(io.BytesIO(part))
            image, shown = load_cut_jpeg(part, None, load_shown(first))
            assert (shown[3] == SIZE[1]) == bool(options)
            rows = (0, 0, 64, shown[3])
            apart = np.asarray(image.crop(rows), int) - np.asarray(open_scene(SIZE).crop(rows), int)
            assert np.abs(apart).mean() < 30


def test_a_draft_is_scaled_while_it_is_decoded() -> None:
    image = Image.open(io.BytesIO(encode(open_scene((640, 480)), "JPEG")))
    draft_image(image, None)
    assert image.size == (640, 480)
    draft_image(image, (160, 120))
    assert image.size == (160, 120)


def test_missing_passes_look_like_the_pixels_before_them() -> None:
    for mode in ("RGB", "L", "RGBA", "1", "P"):
        scene = (
            open_scene((21, 19)).convert("L").point(lambda value: max(value, 1)).convert(mode) if mode != "1" else None
        )
        image = scene or Image.new("1", (21, 19), 1)
        pixels = np.array(image)
        first = np.zeros_like(pixels)
        first[::8, ::8] = pixels[::8, ::8]
        filled = Image.fromarray(first) if mode == "1" else Image.frombytes(mode, image.size, first.tobytes())
        fill_passes(filled)
        wanted = np.repeat(np.repeat(pixels[::8, ::8], 8, axis=0), 8, axis=1)[:19, :21]
        assert (np.array(filled) == wanted).all(), mode


def test_scans_behind_a_damaged_one_are_left_out() -> None:
    jpeg = encode(open_scene(), "JPEG", progressive=True, quality=90)
    scan = jpeg.rindex(b"\xff\xda")
    damaged = jpeg[: scan + 2] + b"\0\x03" + jpeg[scan + 4 :]
    image, shown = load_cut_jpeg(damaged, None, NOTHING)
    assert shown == (0, 0, *image.size)
    assert np.abs(np.asarray(image, int) - np.asarray(open_scene(), int)).mean() < 8


def test_what_was_cut_off_is_changed_in_its_place() -> None:
    png = encode(open_scene(), "PNG")
    image = Image.open(io.BytesIO(png[: len(png) // 2]))
    load_shown(image)
    core = image.im
    image.paste("white", (0, 0, 1, 1))
    assert image.im is core, "a copy takes as much memory again"


def test_missing_rows_of_a_gif_look_like_those_before_them() -> None:
    gif = encode(open_scene().quantize(64), "GIF", interlace=1)
    image = Image.open(io.BytesIO(gif[: 3 * len(gif) // 5]))
    shown = load_shown(image)
    rows = np.asarray(image)
    assert shown == (0, 0, *image.size)
    assert (rows[1:-1:8] == rows[0:-2:8]).all()
