"""Hostile pictures and bodies: small to send, large to read."""

import base64
import io
import struct
import zlib
from collections.abc import Callable, Mapping
from functools import cache

from PIL import Image

from scripts.attacks.http import write_chat, write_picture, write_text

MAX_BODY = 32 * 2**20
"""The default limit of the server, in bytes."""


@cache
def draw_png(width: int, height: int, bits: int = 8, colour_type: int = 2) -> str:
    """Return an empty PNG of that size in base64, made without its pixels ever being in memory at once."""
    channels = {0: 1, 2: 3, 6: 4}[colour_type]
    row = b"\0" + bytes(width * channels * bits // 8)
    packer = zlib.compressobj(9)
    data = b"".join(packer.compress(row) for _ in range(height)) + packer.flush()
    head = struct.pack(">IIBBBBB", width, height, bits, colour_type, 0, 0, 0)
    chunks = _write_chunk(b"IHDR", head) + _write_chunk(b"IDAT", data) + _write_chunk(b"IEND", b"")
    return base64.b64encode(b"\x89PNG\r\n\x1a\n" + chunks).decode()


def _write_chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


@cache
def draw_jpeg2000(side: int) -> str:
    """Return an empty square JPEG 2000 in base64: under a kilobyte, and seconds to decode."""
    file = io.BytesIO()
    Image.new("RGB", (side, side)).save(file, "JPEG2000")
    return base64.b64encode(file.getvalue()).decode()


def write_bombs(count: int = 8, side: int = 7000) -> dict[str, object]:
    """Return a question about large empty pictures, each cut into one view so that the prompt stays short."""
    picture = write_picture(draw_png(side, side), max_slice_nums=1)
    return write_chat(*[picture] * count, write_text("What is this?"))


def write_parts(count: int) -> dict[str, object]:
    return write_chat(*[write_text("")] * count, write_text("hi"))


def write_padded(before: bytes, filling: bytes, after: bytes, size: int = MAX_BODY) -> bytes:
    """Return a body just under `size` bytes that repeats `filling`."""
    count = (size - len(before) - len(after)) // len(filling)
    return before + filling * count + after


HEAD = b'{"model":"minicpm-v","max_tokens":4,"messages":[{"role":"user","content":"hi"}],'

HOSTILE_BODIES: Mapping[str, Callable[[], object]] = {
    "300,000 empty parts": lambda: write_parts(300_000),
    "300,000 messages": lambda: {**write_parts(0), "messages": [{"role": "user", "content": ""}] * 300_000},
    "32 MB of numbers in a schema": lambda: write_padded(
        HEAD + b'"response_format":{"type":"json_schema","json_schema":{"schema":{"enum":[0', b",0", b"]}}}}"
    ),
    "32 MB of empty lists in a tool": lambda: write_padded(
        HEAD + b'"tools":[{"type":"function","function":{"name":"f","parameters":{"a":[[]', b",[]", b"]}}}]}"
    ),
    "32 MB of nesting": lambda: write_padded(HEAD + b'"metadata":', b"[", b"]}"),
    "32 MB of text": lambda: write_padded(
        b'{"model":"minicpm-v","messages":[{"role":"user","content":"', "买一件衬衫, ".encode(), b'"}]}'
    ),
    "32 MB of escapes": lambda: write_padded(
        b'{"model":"minicpm-v","messages":[{"role":"user","content":"', rb"\u4e00", b'"}]}'
    ),
    "32 MB of white space in base64": lambda: write_padded(b'{"question":"hi","image":"iVBO', b"\\n ", b'"}'),
    "32 MB of letters in base64": lambda: write_padded(b'{"question":"hi","image":"', b"iVBORw0K", b'"}'),
}
"""Bodies that fit the limit of size and are expensive to read. Those with an image are for `/ask`."""

HOSTILE_PICTURES: Mapping[str, Callable[[], str]] = {
    "PNG of 50,000,000 x 1": lambda: draw_png(50_000_000, 1, colour_type=0),
    "PNG of 1 x 50,000,000": lambda: draw_png(1, 50_000_000, colour_type=0),
    "JPEG 2000 of 7000 x 7000": lambda: draw_jpeg2000(7000),
    "PNG of 7000 x 7140, 16-bit grey": lambda: draw_png(7000, 7140, bits=16, colour_type=0),
    "PNG of 7000 x 7140, 16-bit RGBA": lambda: draw_png(7000, 7140, bits=16, colour_type=6),
}
