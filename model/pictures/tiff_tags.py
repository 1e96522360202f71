"""The tags of a TIFF's first directory, and of EXIF data, which are laid out like one (TIFF 6.0, section 2)."""

import struct
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Literal

SHORT, LONG = 3, 4
UNIT_BYTES: Mapping[int, int] = {1: 1, 2: 1, SHORT: 2, LONG: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8}
LETTERS: Mapping[int, str] = {1: "B", SHORT: "H", LONG: "I"}
HEADER_BYTES, ENTRY_BYTES = 8, 12
MAX_TAGS = 1000
MAX_VALUES = 1 << 16
Order = Literal["<", ">"]


@dataclass(frozen=True)
class Tag:
    """A tag's entry as it stands in the file, and its values if they are whole numbers: at most `MAX_VALUES`."""

    entry: bytes
    kind: int
    count: int
    place: int
    values: tuple[int, ...] = ()


def read_order(data: bytes) -> Order:
    """Return the byte order. Raises `ValueError` for what is no TIFF; its larger variant, BigTIFF, is none here."""
    if data[:4] == b"II*\0":
        return "<"
    if data[:4] == b"MM\0*":
        return ">"
    raise ValueError("no TIFF")


def read_tags(data: bytes) -> Mapping[int, Tag]:
    """Return the tags of the first directory, as many as are there; the first of several with the same number.

    Raises `ValueError` where there is no directory.
    """
    order = read_order(data)
    (start,) = struct.unpack(f"{order}I", data[4:8].ljust(4, b"\0"))
    if start < HEADER_BYTES or start + 2 > len(data):
        raise ValueError("no directory")
    (count,) = struct.unpack_from(f"{order}H", data, start)
    places = range(start + 2, start + 2 + ENTRY_BYTES * count, ENTRY_BYTES)
    tags = dict[int, Tag]()
    for place in islice(places, MAX_TAGS):
        if place + ENTRY_BYTES > len(data):
            break
        number, kind, length = struct.unpack_from(f"{order}HHI", data, place)
        tags.setdefault(number, _read_tag(data, order, place, kind, length))
    return tags


def _read_tag(data: bytes, order: Order, place: int, kind: int, count: int) -> Tag:
    num_bytes = UNIT_BYTES.get(kind, 1) * count
    start = place + 8 if num_bytes <= 4 else struct.unpack_from(f"{order}I", data, place + 8)[0]
    entry = data[place : place + ENTRY_BYTES]
    if kind not in LETTERS or start + num_bytes > len(data) or count > MAX_VALUES:
        return Tag(entry, kind, count, start)
    return Tag(entry, kind, count, start, struct.unpack_from(f"{order}{count}{LETTERS[kind]}", data, start))


def write_directory(data: bytes, entries: Iterable[bytes]) -> bytes:
    """Return a TIFF whose only directory, behind all else, has these entries."""
    order = read_order(data)
    rows = sorted(entries, key=lambda entry: struct.unpack_from(f"{order}H", entry)[0])
    place = len(data) + len(data) % 2
    head = data[:4] + struct.pack(f"{order}I", place)
    directory = struct.pack(f"{order}H", len(rows)) + b"".join(rows) + bytes(4)
    return b"".join((head, memoryview(data)[HEADER_BYTES:], bytes(len(data) % 2), directory))


def write_entry(order: Order, number: int, value: int) -> bytes:
    """Return the entry of a tag with one whole number."""
    return struct.pack(f"{order}HHII", number, LONG, 1, value)
