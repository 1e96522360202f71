"""A BMP's pixels in a form that Pillow reads, and its profile (BITMAPINFOHEADER to BITMAPV5HEADER, Windows GDI).

Source: https://learn.microsoft.com/en-us/windows/win32/api/wingdi/ns-wingdi-bitmapv5header
"""

import struct
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

SIGNATURE = b"BM"
FILE_BYTES, INFO_BYTES, V3_BYTES, OS2_BYTES, V4_BYTES, V5_BYTES = 14, 40, 56, 64, 108, 124
COLOURS_PLACE = 46
BIT_FIELDS = 3
EMBEDDED = b"DEBM"
BLUE_TO_ALPHA = (0xFF, 0xFF00, 0xFF0000, 0xFF000000)
PILLOWS_MASKS = {
    16: {(0xF800, 0x7E0, 0x1F, 0), (0x7C00, 0x3E0, 0x1F, 0)},
    32: {(0xFF0000, 0xFF00, 0xFF, 0), (0xFF0000, 0xFF00, 0xFF, 0xFF000000), (0xFF, 0xFF00, 0xFF0000, 0xFF000000)},
}
BAND_PIXELS = 1 << 16
MAX_BITS = 16


@dataclass(frozen=True)
class BmpFile:
    """The file as Pillow reads it, and its ICC profile, if it holds one."""

    data: bytes
    profile: bytes = b""


def read_bmp(data: bytes) -> BmpFile:
    """Return what a BMP holds; what is no BMP that is known is left as it is."""
    if len(data) < FILE_BYTES + 16:
        return BmpFile(data)
    (head_bytes,) = struct.unpack_from("<I", data, FILE_BYTES)
    if 16 <= head_bytes < OS2_BYTES and head_bytes not in (INFO_BYTES, 52, V3_BYTES):
        return BmpFile(_lengthen_head(data, head_bytes))
    if head_bytes < INFO_BYTES or len(data) < FILE_BYTES + head_bytes + 12:
        return BmpFile(data)
    bits, compression = struct.unpack_from("<HI", data, FILE_BYTES + 14)
    data = _limit_colours(data, bits)
    masks = _read_masks(data, head_bytes)
    is_unknown = compression == BIT_FIELDS and bits in PILLOWS_MASKS and masks not in PILLOWS_MASKS[bits]
    return BmpFile(_rewrite(data, bits, masks) if is_unknown else data, _read_profile(data, head_bytes))


def _lengthen_head(data: bytes, head_bytes: int) -> bytes:
    """Return a file whose OS/2 header, which may end after any of its fields, has all of them."""
    end, added = FILE_BYTES + head_bytes, OS2_BYTES - head_bytes
    (start,) = struct.unpack_from("<I", data, 10)
    head = data[:10] + struct.pack("<II", start + added, OS2_BYTES) + data[FILE_BYTES + 4 : end] + bytes(added)
    return head + data[end:]


def _limit_colours(data: bytes, bits: int) -> bytes:
    """Return a file that does not say of more colours than its samples can have."""
    (num_colours,) = struct.unpack_from("<I", data, COLOURS_PLACE)
    is_wrong = bits <= 8 and num_colours > 1 << bits
    return data[:COLOURS_PLACE] + bytes(4) + data[COLOURS_PLACE + 4 :] if is_wrong else data


def _read_masks(data: bytes, head_bytes: int) -> tuple[int, ...]:
    """Return which bits are red, green, blue and alpha."""
    masks = struct.unpack("<4I", data[FILE_BYTES + INFO_BYTES :][:16].ljust(16, b"\0"))
    return masks if head_bytes >= V3_BYTES else (*masks[:3], 0)


def _read_profile(data: bytes, head_bytes: int) -> bytes:
    if head_bytes < V5_BYTES or data[FILE_BYTES + 56 : FILE_BYTES + 60] != EMBEDDED:
        return b""
    start, size = struct.unpack_from("<II", data, FILE_BYTES + 112)
    return data[FILE_BYTES + start : FILE_BYTES + start + size]


def _rewrite(data: bytes, bits: int, masks: Sequence[int]) -> bytes:
    """Return the file with four bytes a pixel, of as many rows as are there."""
    width, height = struct.unpack_from("<ii", data, FILE_BYTES + 4)
    (start,) = struct.unpack_from("<I", data, 10)
    row_bytes = (width * bits + 31) // 32 * 4
    if width <= 0 or row_bytes <= 0:
        return data
    num_rows = min(abs(height), (len(data) - start) // row_bytes)
    parts, step = list[bytes](), max(1, BAND_PIXELS // width)
    for top in range(0, num_rows, step):
        count = min(step, num_rows - top)
        band = np.frombuffer(data, f"<u{bits // 8}", count * row_bytes * 8 // bits, start + top * row_bytes)
        parts.append(_split(band.reshape(count, -1)[:, :width].astype(np.uint32), masks).tobytes())
    red, green, blue = BLUE_TO_ALPHA[2::-1]
    head = struct.pack(
        "<IiiHHIIiiII4I", V4_BYTES, width, height, 1, 32, BIT_FIELDS, 0, 0, 0, 0, 0, red, green, blue, BLUE_TO_ALPHA[3]
    )
    head = head.ljust(V4_BYTES, b"\0")
    place = FILE_BYTES + len(head)
    return SIGNATURE + struct.pack("<IHHI", place + 4 * width * abs(height), 0, 0, place) + head + b"".join(parts)


def _split(values: NDArray[np.uint32], masks: Sequence[int]) -> NDArray[np.uint8]:
    """Return pixels as blue, green, red and alpha, each scaled from the bits of its mask."""
    red, green, blue, alpha = (_scale(values, mask) for mask in masks)
    if not masks[3]:
        alpha = np.full_like(alpha, 255)
    return np.stack((blue, green, red, alpha), axis=-1)


def _scale(values: NDArray[np.uint32], mask: int) -> NDArray[np.uint8]:
    if not mask:
        return np.zeros(values.shape, np.uint8)
    shift = (mask & -mask).bit_length() - 1
    shift += max(0, (mask >> shift).bit_length() - MAX_BITS)
    table = np.rint(np.linspace(0, 255, (mask >> shift) + 1)).astype(np.uint8)
    return np.asarray(table[np.right_shift(values & np.uint32(mask), np.uint32(shift))])
