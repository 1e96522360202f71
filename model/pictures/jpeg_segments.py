"""A JPEG's segments: what its pixels follow from, its EXIF data and profile, and the file without all others.

Sources: ITU-T T.81 annex B; the ICC's specification, annex B.4; T.871 (JFIF) and T.872 6.5.3 (Adobe's segment).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

SIGNATURE = b"\xff\xd8\xff"
START, END = b"\xff\xd8", b"\xff\xd9"
START_OF_SCAN, END_OF_IMAGE = 0xDA, 0xD9
FRAMES = frozenset({*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC})
TABLES = frozenset({0xC4, 0xCC, 0xDB, 0xDD})
MARKERS_ALONE = frozenset({0x01, *range(0xD0, 0xD9)})
"""Markers that no length follows."""

JFIF = b"\xff\xe0\0\x10JFIF\0\1\1\0\0\1\0\1\0\0"
ADOBE, ADOBE_BYTES = b"Adobe", 12
EXIF, EXIF_BYTES, PROFILE = b"Exif\0", 6, b"ICC_PROFILE\0"


@dataclass(frozen=True)
class Segment:
    """A marker and the place of its data, which end before `end`."""

    marker: int
    start: int
    end: int


@dataclass(frozen=True)
class JpegFile:
    """A JPEG as the smallest file that shows its pixels, with what its other segments say about them.

    `bits` are those of a sample, 0 where there is no frame; `size` is the frame's.
    """

    data: bytes
    bits: int = 0
    size: tuple[int, int] = (0, 0)
    num_scan_components: int = 0
    exif: bytes = b""
    profile: bytes = b""


def read_jpeg(data: bytes) -> JpegFile:
    """Return what a JPEG holds. Segments that do not tell how pixels are read are left out, whole or damaged."""
    segments = list(_split(data))
    frame = next((data[each.start : each.end] for each in segments if each.marker in FRAMES), b"")
    scan = next((each.start for each in segments if each.marker == START_OF_SCAN), len(data))
    height, width = (int.from_bytes(frame[start : start + 2], "big") for start in (1, 3))
    return JpegFile(
        _join(data, segments),
        frame[0] if frame else 0,
        (width, height),
        data[scan] if scan < len(data) else 0,
        next((found[EXIF_BYTES:] for found in _find(data, segments, 0xE1, EXIF)), b""),
        _join_profile([found[len(PROFILE) :] for found in _find(data, segments, 0xE2, PROFILE)]),
    )


def end_jpeg(data: bytes) -> bytes:
    """Return a JPEG that was cut off with an end, less the tables or the head of a scan that it was cut off in."""
    starts = (data.rfind(bytes([0xFF, marker])) for marker in (*TABLES, START_OF_SCAN))
    place = max(starts)
    is_whole = place < 0 or place + 2 + int.from_bytes(data[place + 2 : place + 4], "big") < len(data)
    return (data if is_whole else data[:place]) + END


def _split(data: bytes) -> Iterator[Segment]:
    """Yield the segments up to the first scan's; what is no marker between them is skipped, as decoders do."""
    place = len(START)
    while 0 <= place < len(data) - 3:
        marker = data[place + 1]
        if data[place] != 0xFF or marker in (0x00, 0xFF):
            place = data.find(b"\xff", place + 1)
        elif marker in MARKERS_ALONE:
            place += 2
        elif marker == END_OF_IMAGE:
            return
        else:
            end = place + 2 + max(2, int.from_bytes(data[place + 2 : place + 4], "big"))
            yield Segment(marker, place + 4, min(end, len(data)))
            if marker == START_OF_SCAN:
                return
            place = end


def _join(data: bytes, segments: Sequence[Segment]) -> bytes:
    """Return the file of the tables, the frame and all scans. What tells the colour space is written anew."""
    parts = [START]
    if any(len(found) >= 14 for found in _find(data, segments, 0xE0, b"JFIF\0")):
        parts.append(JFIF)
    adobe = next((found for found in _find(data, segments, 0xEE, ADOBE) if len(found) >= ADOBE_BYTES), None)
    if adobe is not None:
        parts.append(b"\xff\xee\0\x0e" + adobe[:ADOBE_BYTES])
    for each in segments:
        if each.marker in TABLES or each.marker in FRAMES:
            parts.append(data[each.start - 4 : each.end])
        elif each.marker == START_OF_SCAN:
            parts.append(data[each.start - 4 :])
    return b"".join(parts)


def _find(data: bytes, segments: Sequence[Segment], marker: int, name: bytes) -> Iterator[bytes]:
    for each in segments:
        if each.marker == marker and data.startswith(name, each.start, each.end):
            yield data[each.start : each.end]


def _join_profile(parts: Sequence[bytes]) -> bytes:
    """Return the profile whose parts, each after its number and their count, are all there, or nothing."""
    whole = [part for part in parts if len(part) > 2]
    numbered = {part[0]: part[2:] for part in reversed(whole)}  # the first counts
    is_whole = len({part[1] for part in whole}) == 1 and sorted(numbered) == list(range(1, whole[0][1] + 1))
    return b"".join(numbered[number] for number in sorted(numbered)) if is_whole else b""
