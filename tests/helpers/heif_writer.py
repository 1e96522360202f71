"""HEIC pictures that are put together of tiles, as phones write them (ISO/IEC 23008-12, 6.6.2.3)."""

import struct
from collections.abc import Iterable

from model.pictures.layout import Size

GRID_ITEM = 1


def box(name: bytes, *parts: bytes) -> bytes:
    content = b"".join(parts)
    return struct.pack(">I", 8 + len(content)) + name + content


def full_box(name: bytes, *parts: bytes, version: int = 0, flags: int = 0) -> bytes:
    return box(name, struct.pack(">I", version << 24 | flags), *parts)


def write_grid(tile: bytes, tile_size: Size, columns: int, rows: int, size: Size, turn: int | None = None) -> bytes:
    """Return a HEIC whose picture of `size` is made of one tile, again and again.

    `tile` is a HEIC with one picture. A box turns the whole by `turn` times 90 degrees.
    """
    numbers = range(GRID_ITEM + 1, GRID_ITEM + 1 + columns * rows)
    grid = struct.pack(">BBBBHH", 0, 0, rows - 1, columns - 1, *size)
    pixels = tile[tile.index(b"mdat") + 4 :]
    meta = _write_meta(tile, tile_size, size, numbers, turn, (0, len(grid), len(pixels)))
    head = box(b"ftyp", b"heic", bytes(4), b"mif1heic")
    start = len(head) + len(meta) + 8
    meta = _write_meta(tile, tile_size, size, numbers, turn, (start, len(grid), len(pixels)))
    return head + meta + box(b"mdat", grid, pixels)


def _write_meta(
    tile: bytes, tile_size: Size, size: Size, numbers: Iterable[int], turn: int | None, places: tuple[int, int, int]
) -> bytes:
    numbers = list(numbers)
    items = [(GRID_ITEM, b"grid"), *((number, b"hvc1") for number in numbers)]
    entries = (full_box(b"infe", struct.pack(">HH", number, 0), kind, b"\0", version=2) for number, kind in items)
    references = struct.pack(f">HH{len(numbers)}H", GRID_ITEM, len(numbers), *numbers)
    return full_box(
        b"meta",
        full_box(b"hdlr", bytes(4), b"pict", bytes(13)),
        full_box(b"pitm", struct.pack(">H", GRID_ITEM)),
        full_box(b"iloc", _write_places(numbers, places)),
        full_box(b"iinf", struct.pack(">H", len(items)), *entries),
        full_box(b"iref", box(b"dimg", references)),
        box(b"iprp", *_write_properties(tile, tile_size, size, numbers, turn)),
    )


def _write_places(numbers: list[int], places: tuple[int, int, int]) -> bytes:
    start, num_grid_bytes, num_tile_bytes = places
    rows = [
        (GRID_ITEM, start, num_grid_bytes),
        *((number, start + num_grid_bytes, num_tile_bytes) for number in numbers),
    ]
    packed = (struct.pack(">HHHII", number, 0, 1, place, length) for number, place, length in rows)
    return struct.pack(">HH", 0x4400, len(rows)) + b"".join(packed)


def _write_properties(
    tile: bytes, tile_size: Size, size: Size, numbers: list[int], turn: int | None
) -> tuple[bytes, bytes]:
    place = tile.index(b"hvcC") - 4
    decoder = tile[place : place + int.from_bytes(tile[place : place + 4], "big")]
    sizes = [full_box(b"ispe", struct.pack(">II", *each)) for each in (size, tile_size)]
    turned = () if turn is None else (box(b"irot", bytes([turn])),)
    of_grid = struct.pack(">HB", GRID_ITEM, 1 + len(turned)) + bytes([1, *([0x84] if turned else [])])
    of_tiles = b"".join(struct.pack(">HB", number, 2) + bytes([2, 0x83]) for number in numbers)
    links = struct.pack(">I", 1 + len(numbers)) + of_grid + of_tiles
    return box(b"ipco", *sizes, decoder, *turned), full_box(b"ipma", links)
