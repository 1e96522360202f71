"""TIFFs with samples of any depth (TIFF 6.0)."""

import struct
import zlib
from collections.abc import Collection, Mapping
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

Order = Literal["<", ">"]
LETTERS = {3: "H", 4: "I"}
WIDTH, HEIGHT, BITS, COMPRESSION, PHOTOMETRIC, STRIPS, SAMPLES, ROWS, BYTES = (
    256,
    257,
    258,
    259,
    262,
    273,
    277,
    278,
    279,
)
EXTRA_SAMPLES, SAMPLE_FORMAT = 338, 339


def write_tiff(
    samples: NDArray[Any],
    bits: int,
    photometric: int,
    order: Order = "<",
    *,
    tags: Mapping[int, tuple[int, tuple[int, ...]]] | None = None,
    is_deflated: bool = False,
    without: Collection[int] = (),
) -> bytes:
    """Return a TIFF of samples `[height, width, channels]`, with further `tags` by number, each with its type."""
    height, width, count = samples.shape
    rows = pack_rows(samples, bits, order)
    data = zlib.compress(rows) if is_deflated else rows
    kind = {"u": 1, "i": 2, "f": 3}[samples.dtype.kind]
    entries: dict[int, tuple[int, tuple[int, ...]]] = {
        WIDTH: (4, (width,)),
        HEIGHT: (4, (height,)),
        BITS: (3, (bits,) * count),
        COMPRESSION: (3, (8 if is_deflated else 1,)),
        PHOTOMETRIC: (3, (photometric,)),
        STRIPS: (4, (8,)),
        SAMPLES: (3, (count,)),
        ROWS: (4, (height,)),
        BYTES: (4, (len(data),)),
        SAMPLE_FORMAT: (3, (kind,) * count),
        **(tags or {}),
    }
    return join_tiff(data, {number: entry for number, entry in entries.items() if number not in without}, order)


def join_tiff(data: bytes, entries: Mapping[int, tuple[int, tuple[int, ...]]], order: Order = "<") -> bytes:
    """Return a TIFF with data behind its header, and one directory."""
    data += bytes(len(data) % 2)
    place = 8 + len(data)
    extra_place, directory, extra = place + 2 + 12 * len(entries) + 4, b"", b""
    for number, (kind, values) in sorted(entries.items()):
        packed = struct.pack(f"{order}{len(values)}{LETTERS[kind]}", *values)
        if len(packed) > 4:
            packed, extra = struct.pack(f"{order}I", extra_place + len(extra)), extra + packed
        directory += struct.pack(f"{order}HHI", number, kind, len(values)) + packed.ljust(4, b"\0")
    head = (b"II*\0" if order == "<" else b"MM\0*") + struct.pack(f"{order}I", place)
    return head + data + struct.pack(f"{order}H", len(entries)) + directory + bytes(4) + extra


def pack_rows(samples: NDArray[Any], bits: int, order: Order) -> bytes:
    """Return rows of samples, each of which begins with a byte of its own."""
    height = len(samples)
    if bits in (8, 16, 32, 64):
        return samples.astype(samples.dtype.newbyteorder(order)).tobytes()
    spread = (samples.reshape(height, -1)[..., None] >> np.arange(bits - 1, -1, -1)) & 1
    return np.packbits(spread.reshape(height, -1).astype(np.uint8), axis=1).tobytes()
