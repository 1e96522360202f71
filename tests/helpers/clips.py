"""Clips that tests make with PyAV: every frame is one grey, which tells its number."""

import io
from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from PIL import Image

av: Any = pytest.importorskip("av", reason="PyAV, the extra `video`, is not installed")

GREY_STEP = 3


def make_clip(
    num_frames: int = 90,
    rate: int = 30,
    *,
    container: str = "mp4",
    codec: str = "libx264",
    size: tuple[int, int] = (64, 48),
    times: Sequence[float] | None = None,
    rotation: int = 0,
    aspect: Fraction | None = None,
    pixel_format: str = "yuv420p",
    options: dict[str, str] | None = None,
    container_options: dict[str, str] | None = None,
) -> bytes:
    """Return a clip whose frame `i` has the grey of `grey_of(i)`; `times` are those of its frames in seconds."""
    file = io.BytesIO()
    with av.open(file, "w", format=container, options=container_options or {}) as output:
        stream = output.add_stream(codec, rate=rate)
        stream.width, stream.height, stream.pix_fmt = *size, pixel_format
        stream.options = options or ({"preset": "ultrafast"} if codec == "libx264" else {})
        if aspect is not None:
            stream.codec_context.sample_aspect_ratio = aspect
        if times is not None:
            stream.codec_context.time_base = Fraction(1, 1000)
        if rotation:
            stream.set_display_rotation(rotation)
        for index in range(num_frames):
            frame = _draw(index, size)
            if times is not None:
                frame.pts, frame.time_base = round(times[index] * 1000), Fraction(1, 1000)
            output.mux(stream.encode(frame))
        output.mux(stream.encode())
    return file.getvalue()


def make_sound(container: str = "mp4", codec: str = "aac") -> bytes:
    """Return a second of silence."""
    file = io.BytesIO()
    with av.open(file, "w", format=container) as output:
        stream = output.add_stream(codec, rate=16000)
        for index in range(16):
            frame = av.AudioFrame.from_ndarray(np.zeros((1, 1000), np.int16), "s16", "mono")
            frame.sample_rate, frame.pts = 16000, index * 1000
            output.mux(stream.encode(frame))
        output.mux(stream.encode())
    return file.getvalue()


def grey_of(index: int) -> int:
    """Return the grey of a frame; it repeats after 80."""
    return 8 + GREY_STEP * (index % 80)


def read_index(data: bytes) -> int:
    """Return which frame a picture shows, of the first 80."""
    with Image.open(io.BytesIO(data)) as picture:
        grey = np.asarray(picture.convert("L")).mean()
    return round((float(grey) - 8) / GREY_STEP)


def _draw(index: int, size: tuple[int, int]) -> Any:
    return av.VideoFrame.from_ndarray(np.full((size[1], size[0], 3), grey_of(index), np.uint8), "rgb24")
