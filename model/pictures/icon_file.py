"""An icon's or a cursor's largest picture: a PNG, or a BMP without its file header, with a mask below its rows.

Source: https://learn.microsoft.com/en-us/previous-versions/ms997538(v=msdn.10)
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass

from model.pictures import png_chunks
from model.pictures.layout import Size

ICON, CURSOR = b"\0\0\1\0", b"\0\0\2\0"
SIGNATURES = (ICON, CURSOR)
HEAD_BYTES, ENTRY_BYTES, INFO_BYTES = 6, 16, 40
MAX_ENTRIES = 1000
ALPHA_BITS = 32


@dataclass(frozen=True)
class IconFile:
    """The file of the icon's largest picture alone, a PNG or an icon that has no other, and its size."""

    data: bytes
    size: Size

    @property
    def is_png(self) -> bool:
        return self.data.startswith(png_chunks.SIGNATURE)


def is_icon(data: bytes) -> bool:
    """Whether it is an icon or a cursor: a TGA may begin as one does that holds no picture."""
    return data.startswith(SIGNATURES) and data[4:6] != b"\0\0"


def read_icon(data: bytes) -> IconFile:
    """Return an icon's largest picture, of several as large the one of the most bits. Raises `ValueError`."""
    width, height, bits, place = max(
        _read_entries(data), key=lambda entry: (entry[0] * entry[1], entry[2]), default=(0, 0, 0, len(data))
    )
    content = data[place:]
    if len(content) < INFO_BYTES:
        raise ValueError("an icon without a picture")
    if content.startswith(png_chunks.SIGNATURE):
        return IconFile(content, (width, height))
    whole = _fill_up(content, width, height)
    bits = int.from_bytes(content[14:16], "little")
    if bits == ALPHA_BITS and not any(whole[INFO_BYTES + 3 : INFO_BYTES + 4 * width * height : 4]):
        bits = 24  # without any alpha, the mask counts
    entry = struct.pack("<4B2H2I", width % 256, height % 256, 0, 0, 1, bits, len(whole), HEAD_BYTES + ENTRY_BYTES)
    return IconFile(ICON + b"\1\0" + entry + whole, (width, height))


def _read_entries(data: bytes) -> Iterator[tuple[int, int, int, int]]:
    """Yield the width, height and bits of each picture, and where it is; a cursor's bits are elsewhere."""
    is_cursor = data.startswith(CURSOR)
    for number in range(min(int.from_bytes(data[4:6], "little"), MAX_ENTRIES)):
        entry = data[HEAD_BYTES + ENTRY_BYTES * number :][:ENTRY_BYTES]
        if len(entry) < ENTRY_BYTES:
            return
        width, height, _, _, _, bits, _, place = struct.unpack("<4B2H2I", entry)
        yield width or 256, height or 256, 0 if is_cursor else bits, place


def _fill_up(content: bytes, width: int, height: int) -> bytes:
    """Return a BMP that was cut off with all its rows and its mask: pixels that are missing are transparent."""
    head_bytes, inner_width, both_heights, _, bits = struct.unpack_from("<IiiHH", content)
    (num_colours,) = struct.unpack_from("<I", content, 32)
    if head_bytes != INFO_BYTES or (inner_width, both_heights) != (width, 2 * height) or bits > 32:
        return content
    start = INFO_BYTES + (4 * min(num_colours or 1 << bits, 1 << bits) if bits <= 8 else 0)
    row_bytes, mask_bytes = ((width * each + 31) // 32 * 4 for each in (bits, 1))
    num_rows = min(height, max(0, len(content) - start) // row_bytes)
    mask = bytes(mask_bytes * num_rows) + b"\xff" * (mask_bytes * (height - num_rows))
    end = start + row_bytes * height
    pixels = content[:end].ljust(end, b"\0")
    return pixels + content[end : end + len(mask)] + mask[max(0, len(content) - end) :]
