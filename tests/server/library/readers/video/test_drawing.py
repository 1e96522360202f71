"""Turning, proportions and size of drawn frames."""

import io
from fractions import Fraction

import numpy as np
import pytest
from PIL import Image
from PIL.Image import Transpose

from server.library.readers.video.drawing import choose_size, draw_frame, find_turn
from server.library.readers.video.reading import read_frames
from server.library.readers.video.records import ClipTask
from tests.helpers.clips import av, make_clip

ONE = 1 << 16
MANY = 10**6


@pytest.mark.parametrize(
    ("size", "aspect", "expected"),
    [
        ((640, 480), 1.0, (640, 480)),
        ((720, 576), 64 / 45, (1024, 576)),
        ((720, 480), 8 / 9, (720, 540)),
        ((720, 480), 0.0, (720, 480)),
        ((720, 480), 1e9, (720, 480)),
        ((2000, 1000), 1.0, (1414, 707)),
        ((1, 10**7), 1.0, (1, 3162278)),
    ],
)
def test_sizes(size: tuple[int, int], aspect: float, expected: tuple[int, int]) -> None:
    width, height = choose_size(*size, aspect, MANY)
    assert (width, height) == expected
    assert width * height <= max(MANY * 1.001, expected[1])


@pytest.mark.parametrize(
    ("matrix", "turn"),
    [
        (None, None),
        ((ONE, 0, 0, 0, ONE, 0, 0, 0, 1 << 30), None),
        ((0, ONE, 0, -ONE, 0, 0, 0, 0, 1 << 30), Transpose.ROTATE_270),
        ((-ONE, 0, 0, 0, -ONE, 0, 0, 0, 1 << 30), Transpose.ROTATE_180),
        ((0, -ONE, 0, ONE, 0, 0, 0, 0, 1 << 30), Transpose.ROTATE_90),
        ((-ONE, 0, 0, 0, ONE, 0, 0, 0, 1 << 30), Transpose.FLIP_LEFT_RIGHT),
        ((0, 0, 0, 0, 0, 0, 0, 0, 0), None),
    ],
)
def test_display_matrices(matrix: tuple[int, ...] | None, turn: Transpose | None) -> None:
    assert find_turn(matrix) == turn


def first_frame(data: bytes) -> Image.Image:
    task = ClipTask(max_frames=4, max_s=10, max_frame_pixels=MANY)
    frame = next(read_frames(io.BytesIO(data), task)).frame
    assert frame is not None
    picture = Image.open(io.BytesIO(frame.data))
    assert picture.size == (frame.width, frame.height)
    return picture


def draw_corner(rotation: int) -> bytes:
    """Return a clip that is white in its upper left quarter as stored, and black elsewhere."""
    pixels = np.zeros((48, 64, 3), np.uint8)
    pixels[:24, :32] = 255
    file = io.BytesIO()
    with av.open(file, "w", format="mp4") as output:
        stream = output.add_stream("libx264", rate=5)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        stream.set_display_rotation(rotation)
        for _ in range(3):
            output.mux(stream.encode(av.VideoFrame.from_ndarray(pixels, "rgb24")))
        output.mux(stream.encode())
    return file.getvalue()


@pytest.mark.parametrize(
    ("rotation", "size", "white"),
    [(0, (64, 48), (8, 8)), (90, (48, 64), (8, 56)), (180, (64, 48), (56, 40)), (-90, (48, 64), (40, 8))],
)
def test_phones_clips_are_turned(rotation: int, size: tuple[int, int], white: tuple[int, int]) -> None:
    """The display matrix of `rotation` turns counterclockwise."""
    picture = first_frame(draw_corner(rotation)).convert("L")
    assert picture.size == size
    corners = [(8, 8), (size[0] - 8, 8), (8, size[1] - 8), (size[0] - 8, size[1] - 8)]
    levels = {corner: picture.getpixel(corner) for corner in corners}
    assert max(levels, key=lambda corner: levels[corner]) == white  # type: ignore[arg-type,return-value]
    assert sorted(levels.values())[2] < 60  # type: ignore[type-var,operator]


def test_narrow_pixels_are_shown_wide() -> None:
    assert first_frame(make_clip(3, aspect=Fraction(2, 1))).size == (128, 48)
    assert first_frame(make_clip(3, aspect=Fraction(1, 2))).size == (64, 96)


@pytest.mark.parametrize("pixel_format", ["yuv420p", "yuv422p10le", "yuv444p", "gray10le"])
def test_pixel_formats(pixel_format: str) -> None:
    grey = first_frame(make_clip(3, pixel_format=pixel_format)).convert("L").getpixel((5, 5))
    assert grey == pytest.approx(8, abs=9)


def test_what_is_transparent_is_white() -> None:
    frame = av.VideoFrame.from_ndarray(np.zeros((8, 8, 4), np.uint8), "rgba")
    data, size = draw_frame(frame, 1.0, MANY)
    assert size == (8, 8)
    assert Image.open(io.BytesIO(data)).getpixel((4, 4)) == (255, 255, 255)
