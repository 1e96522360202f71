"""A WebP's chunks: the file with those that its pixels and colours follow from, and with true sizes (RFC 9649)."""

import struct
from collections.abc import Iterator

KEPT = frozenset({b"VP8X", b"ICCP", b"ALPH", b"VP8 ", b"VP8L", b"ANIM", b"ANMF"})
HEADER_BYTES, CHUNK_BYTES = 12, 8
DESCRIBED = 0b1100
"""The flags of EXIF data and XMP, which are left out."""

MAX_LOST = 0.02
"""How much of its last chunk a file may lack: with more, a decoder would show noise for what is missing."""


def mend_webp(data: bytes) -> bytes:
    """Return a WebP without what only describes it; one that lacks its very end gets zeros there."""
    chunks = b"".join(_write(name, content) for name, content in _split(data) if name in KEPT)
    return b"RIFF" + struct.pack("<I", 4 + len(chunks)) + b"WEBP" + chunks


def _split(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Yield the name and the content of each chunk, the last one filled up, or left out if it lacks much."""
    place = HEADER_BYTES
    while place + CHUNK_BYTES <= len(data):
        name, size = data[place : place + 4], int.from_bytes(data[place + 4 : place + 8], "little")
        content = data[place + CHUNK_BYTES : place + CHUNK_BYTES + size]
        if size - len(content) > MAX_LOST * size:
            return
        yield name, content.ljust(size, b"\0")
        place += CHUNK_BYTES + size + size % 2


def _write(name: bytes, content: bytes) -> bytes:
    if name == b"VP8X" and content:
        content = bytes([content[0] & ~DESCRIBED]) + content[1:]
    return name + struct.pack("<I", len(content)) + content + bytes(len(content) % 2)
