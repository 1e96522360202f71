"""What the boxes of AVIF and HEIF files say, where their decoders do not tell (ISO/IEC 14496-12 and 23008-12)."""

import re
import struct

HIGH_BIT_DEPTH = 0x40
HEVC_CHROMA_PLACE, HEVC_DEPTHS_PLACE = 16, 17
SRGB_TRANSFER = 13
VIDEO_TRANSFERS = (1, 6, 14, 15)
"""Cameras name them for pictures that are meant for the same screens as others: browsers take them as sRGB."""

NUM_BRANDS = 64
HEIF_BRANDS = frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs", b"mif1", b"msf1"})
AVIF_BRANDS = frozenset({b"avif", b"avis"})
PICTURE_BRANDS = HEIF_BRANDS | AVIF_BRANDS


def read_brands(data: bytes) -> frozenset[bytes]:
    """Return the brands of a file in boxes, its own and those that it is compatible with; none for other files."""
    if data[4:8] != b"ftyp":
        return frozenset()
    end = min(int.from_bytes(data[:4], "big"), len(data), 4 * NUM_BRANDS)
    return frozenset({data[8:12], *(data[place : place + 4] for place in range(16, end, 4))})


def is_heif(data: bytes) -> bool:
    """Whether it is HEIF with another codec than AV1."""
    brands = read_brands(data)
    return bool(brands & HEIF_BRANDS) and not brands & AVIF_BRANDS


def has_deep_samples(data: bytes) -> bool:
    """Whether any picture has more than 8 bits a sample, by the decoders' configuration: av1C (AV1-ISOBMFF) or hvcC."""
    av1 = (data[match.end() + 2] for match in re.finditer(b"av1C", data) if match.end() + 2 < len(data))
    if any(flags & HIGH_BIT_DEPTH for flags in av1):
        return True
    hevc = (data[match.end() + HEVC_DEPTHS_PLACE :][:2] for match in re.finditer(b"hvcC", data))
    return any(value & 7 for depths in hevc for value in depths)


def has_full_chroma(data: bytes) -> bool:
    """Whether any HEVC picture has more colour samples than a quarter, by hvcC (ISO/IEC 14496-15, 8.3.2.1)."""
    formats = (data[match.end() + HEVC_CHROMA_PLACE :][:1] for match in re.finditer(b"hvcC", data))
    return any(value & 3 > 1 for chroma in formats for value in chroma)


def read_code_points(data: bytes) -> tuple[int, int]:
    """Return the primaries and the transfer function of H.273 that the first colr box of that kind names, or zeros."""
    place = data.find(b"colrnclx", 0, _find_content(data))
    if place < 0 or place + 12 > len(data):
        return 0, 0
    primaries, transfer = struct.unpack_from(">HH", data, place + 8)
    return primaries, SRGB_TRANSFER if transfer in VIDEO_TRANSFERS else transfer


def hide_descriptions(data: bytes) -> bytes:
    """Return a file whose EXIF data and XMP no decoder finds: they turn nothing, and refuse no picture by damage."""
    place = _find_content(data)
    head = data[:place].replace(b"Exif\0", b"none\0").replace(b"application/rdf+xml", b"application/nothing")
    return data if head == data[:place] else head + data[place:]


def _find_content(data: bytes) -> int:
    """Return where the boxes that describe end; all of the file where that is not known."""
    place = data.find(b"mdat")
    return place if place >= 0 else len(data)
