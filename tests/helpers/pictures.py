"""Small pictures in the forms that clients send."""

import base64
import io
import struct
import zlib
from typing import Any

import numpy as np
from PIL import Image


def png(size: tuple[int, int] = (8, 8), colour: str = "red") -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", size, colour).save(buffer, "PNG")
    return buffer.getvalue()


def png_base64(size: tuple[int, int] = (8, 8)) -> str:
    return base64.b64encode(png(size)).decode()


def png_url(size: tuple[int, int] = (8, 8)) -> str:
    return f"data:image/png;base64,{png_base64(size)}"


def open_noise(size: tuple[int, int], mode: str = "RGB", seed: int = 0) -> Image.Image:
    """Return a picture in which neighbouring pixels differ."""
    values = np.random.default_rng(seed).integers(0, 256, (size[1], size[0], 3), dtype=np.uint8)
    image = Image.fromarray(values)
    return Image.fromarray(np.asarray(image.convert("L"), np.uint16) * 257) if mode == "I;16" else image.convert(mode)


def encode(image: Image.Image, file_format: str = "PNG", **options: Any) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, file_format, **options)
    return buffer.getvalue()


def write_png(size: tuple[int, int], colour_type: int = 2, bits: int = 8, behind: bytes = b"") -> bytes:
    """Return a PNG of one colour, made without holding its pixels; `behind` are chunks after them."""
    width, height = size
    row = b"\0" + b"\x40" * (width * {0: 1, 2: 3, 6: 4}[colour_type] * bits // 8)
    compressor = zlib.compressobj()
    pixels = b"".join([*(compressor.compress(row) for _ in range(height)), compressor.flush()])
    header = struct.pack(">IIBBBBB", width, height, bits, colour_type, 0, 0, 0)
    chunks = (chunk(b"IHDR", header), chunk(b"IDAT", pixels), behind, chunk(b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


def chunk(name: bytes, data: bytes) -> bytes:
    """Return a chunk of a PNG."""
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
