"""A decoded frame as the picture that people see: turned, in its true proportions, and not larger than needed."""

import io
import math
import struct
from typing import TYPE_CHECKING, Any

from PIL import Image
from PIL.Image import Transpose

if TYPE_CHECKING:
    from av.video.frame import VideoFrame

JPEG_QUALITY = 92
MATRIX = "=9i"
PIXEL_FORMATS = {"RGB": "rgb24", "RGBA": "rgba"}
MAX_ASPECT = 64
"""Pixels that are longer than this many times their width are a mistake in the file."""

TURNS: dict[tuple[int, int, int, int], Transpose] = {
    (0, 1, -1, 0): Transpose.ROTATE_270,
    (-1, 0, 0, -1): Transpose.ROTATE_180,
    (0, -1, 1, 0): Transpose.ROTATE_90,
    (-1, 0, 0, 1): Transpose.FLIP_LEFT_RIGHT,
    (1, 0, 0, -1): Transpose.FLIP_TOP_BOTTOM,
    (0, 1, 1, 0): Transpose.TRANSPOSE,
    (0, -1, -1, 0): Transpose.TRANSVERSE,
}
"""What a display matrix does, by the signs of its a, b, c and d: a point (x, y) is shown at (ax + cy, bx + dy)."""


def draw_frame(frame: "VideoFrame", aspect: float, max_pixels: int) -> tuple[bytes, tuple[int, int]]:
    """Return a JPEG of a frame whose pixels are `aspect` times as wide as high, and the size of the picture."""
    width, height = choose_size(frame.width, frame.height, aspect, max_pixels)
    mode = "RGBA" if _has_alpha(frame) else "RGB"
    plane = frame.reformat(width, height, PIXEL_FORMATS[mode], threads=1).planes[0]
    picture = Image.frombuffer(mode, (width, height), bytes(plane), "raw", mode, plane.line_size, 1)
    if mode == "RGBA":
        picture = Image.alpha_composite(Image.new(mode, picture.size, "white"), picture)
    turn = find_turn(_read_matrix(frame))
    shown = picture if turn is None else picture.transpose(turn)
    file = io.BytesIO()
    shown.convert("RGB").save(file, "JPEG", quality=JPEG_QUALITY)
    return file.getvalue(), shown.size


def choose_size(width: int, height: int, aspect: float, max_pixels: int) -> tuple[int, int]:
    """Return the size of a frame in square pixels, scaled down to `max_pixels`: narrow pixels are made higher."""
    if not 1 / MAX_ASPECT <= aspect <= MAX_ASPECT:
        aspect = 1.0
    shown_width, shown_height = width * max(aspect, 1.0), height / min(aspect, 1.0)
    scale = min(1.0, math.sqrt(max_pixels / (shown_width * shown_height)))
    return max(round(shown_width * scale), 1), max(round(shown_height * scale), 1)


def find_turn(matrix: tuple[int, ...] | None) -> Transpose | None:
    """Return how a picture has to be turned or mirrored for a display matrix; nothing for angles in between."""
    if matrix is None:
        return None
    a, b, _, c, d = matrix[:5]
    largest = max(map(abs, (a, b, c, d)))
    signs = tuple(0 if 2 * abs(each) < largest else (each > 0) - (each < 0) for each in (a, b, c, d))
    return TURNS.get(signs)  # type: ignore[arg-type]


def _read_matrix(frame: "VideoFrame") -> tuple[int, ...] | None:
    matrix: Any = frame.side_data.get("DISPLAYMATRIX")
    data = b"" if matrix is None else bytes(matrix)
    return struct.unpack(MATRIX, data) if len(data) == struct.calcsize(MATRIX) else None


def _has_alpha(frame: "VideoFrame") -> bool:
    return frame.format.has_palette or any(component.is_alpha for component in frame.format.components)
