"""Compound files (MS-CFB, version 3) with streams at their top."""

import struct
from collections.abc import Mapping, Sequence

SECTOR = 512
MIN_STREAM = 4096
END, FAT, FREE = 0xFFFFFFFE, 0xFFFFFFFD, 0xFFFFFFFF
NUM_FAT_IN_HEADER = 109


def write_compound(streams: Mapping[str, bytes]) -> bytes:
    """Write a compound file; streams are filled up with zeros to where they need no mini stream."""
    padded = {name: data.ljust(MIN_STREAM, b"\0") for name, data in streams.items()}
    sectors = [_split(data) for data in padded.values()]
    directory = _split(_write_directory(padded, sectors))
    num_data = sum(map(len, sectors))
    num_used = num_data + len(directory)
    num_fat = next(n for n in range(1, NUM_FAT_IN_HEADER + 1) if n * SECTOR // 4 >= num_used + n)
    fat: list[int] = []
    for chain in (*sectors, directory):
        fat += [*range(len(fat) + 1, len(fat) + len(chain)), END]
    fat += [FAT] * num_fat
    fat += [FREE] * (num_fat * SECTOR // 4 - len(fat))
    header = _write_header(num_fat, num_used, num_data)
    return b"".join(
        (header, *(part for chain in (*sectors, directory) for part in chain), struct.pack(f"<{len(fat)}I", *fat))
    )


def _split(data: bytes) -> list[bytes]:
    return [data[at : at + SECTOR].ljust(SECTOR, b"\0") for at in range(0, len(data), SECTOR)]


def _write_header(num_fat: int, first_fat: int, first_directory: int) -> bytes:
    places = [*range(first_fat, first_fat + num_fat)] + [FREE] * (NUM_FAT_IN_HEADER - num_fat)
    return (
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
        + bytes(16)
        + struct.pack(
            "<HHHHH6xIIIIIIIIII",
            0x3E,
            3,
            0xFFFE,
            9,
            6,
            0,
            num_fat,
            first_directory,
            0,
            MIN_STREAM,
            END,
            0,
            END,
            0,
            places[0],
        )
        + struct.pack("<108I", *places[1:])
    )


def _write_directory(streams: Mapping[str, bytes], sectors: Sequence[Sequence[bytes]]) -> bytes:
    """Write the entries of the streams, each the right sibling of the one before."""
    entries = [_write_entry("Root Entry", 5, FREE, 1, END, 0)]
    start = 0
    for number, ((name, data), chain) in enumerate(zip(streams.items(), sectors, strict=True), 1):
        sibling = number + 1 if number < len(streams) else FREE
        entries.append(_write_entry(name, 2, sibling, FREE, start, len(data)))
        start += len(chain)
    return b"".join(entries)


def _write_entry(name: str, kind: int, right: int, child: int, start: int, size: int) -> bytes:
    encoded = (name + "\0").encode("utf-16-le")
    return encoded.ljust(64, b"\0") + struct.pack(
        "<HBBIII16xI8x8xIQ", len(encoded), kind, 1, FREE, right, child, 0, start, size
    )
