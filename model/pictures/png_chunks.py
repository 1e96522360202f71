"""A PNG's chunks: the few that its pixels and colours follow from, and the file without all others.

Source: PNG specification (third edition), https://www.w3.org/TR/png-3/
"""

import struct
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

SIGNATURE = b"\x89PNG\r\n\x1a\n"
CHUNK_FRAME = 12
"""The bytes of a chunk beside its data: length, name and checksum."""

CRITICAL = frozenset({b"IHDR", b"PLTE"})
COLOURS = frozenset({b"cICP", b"iCCP", b"sRGB", b"gAMA", b"cHRM"})
AT_ANY_PLACE = frozenset({b"eXIf"})
ANCILLARY = COLOURS | AT_ANY_PLACE | {b"tRNS"}
MAX_ANCILLARY_BYTES = 4 << 20
FRAME_NUMBER_BYTES = 4
PALETTE, GREY, RGB = 3, 0, 2
ZLIB_HEAD_BYTES, PART_BYTES = 2, 1 << 16
MAX_PIXEL_BYTES = 9
"""Of the deepest samples with alpha, and more: rows begin with a byte for their filter."""


@dataclass(frozen=True)
class PngFile:
    """A PNG's pixels as the smallest file that shows them, and the data of the chunks in `ANCILLARY` that are whole.

    `bits` are those of a sample; `colour_type` and `size` are the header's.
    """

    data: bytes
    bits: int = 8
    colour_type: int = RGB
    size: tuple[int, int] = (0, 0)
    chunks: Mapping[bytes, bytes] = field(default_factory=dict)

    @property
    def transparent(self) -> tuple[int, ...] | None:
        """The samples, in their own bits, of the one colour that is transparent (11.3.1.1)."""
        value = self.chunks.get(b"tRNS", b"")
        num_samples = {GREY: 1, RGB: 3}.get(self.colour_type, 0)
        if not num_samples or len(value) < 2 * num_samples:
            return None
        return struct.unpack(f">{num_samples}H", value[: 2 * num_samples])


def read_png(data: bytes) -> PngFile:
    """Return what a PNG holds. What is cut off or damaged is left for its decoder to find, or left out.

    Chunks that only describe are left out, and so is whatever follows the end; a PNG that was cut off gets an end.
    """
    critical, chunks, pixels = dict[bytes, bytes](), dict[bytes, bytes](), list[memoryview]()
    for name, start, end in _split(data):
        if name == b"IDAT":
            pixels.append(memoryview(data)[start:end])
        elif name in CRITICAL and name not in critical and not pixels:
            critical[name] = data[start - 8 : end + 4]
        elif name in (AT_ANY_PLACE if pixels else ANCILLARY) and _is_whole(data, name, start, end):
            chunks.setdefault(name, data[start:end])
    header = critical.get(b"IHDR", b"")
    pixels = _find_first_frame(data, header[8:16]) or pixels
    bits, colour_type = (header[16], header[17]) if len(header) > 17 else (8, RGB)
    size = struct.unpack(">2I", header[8:16].rjust(8, b"\0"))
    if colour_type == PALETTE and b"PLTE" in critical:
        critical[b"PLTE"], critical[b"tRNS"] = _fill_palette(critical[b"PLTE"][8:-4], chunks.get(b"tRNS", b""), bits)
    length = struct.pack(">I", sum(map(len, pixels)))
    end_chunk = _write(b"IEND", b"")
    whole = b"".join((SIGNATURE, *critical.values(), length, b"IDAT", *pixels, b"\0\0\0\0", end_chunk))
    return PngFile(whole, bits, colour_type, size, chunks)


def find_checksum(data: bytes) -> tuple[int, int] | None:
    """Return where the checksum of a PNG's pixels should be (RFC 1950), and its value; None if they are not all there.

    The PNG has one IDAT chunk, as `read_png` gives it.
    """
    start, end = _find_pixels(data)
    width, height = struct.unpack(">2I", data[16:24])
    found = _find_checksum(memoryview(data)[start + ZLIB_HEAD_BYTES : end], MAX_PIXEL_BYTES * (width + 1) * height)
    return None if found is None else (start + ZLIB_HEAD_BYTES + found[0], found[1])


def mend_checksum(data: bytes, place: int, checksum: int) -> bytes:
    """Return a PNG whose pixels end with the right checksum."""
    start, _ = _find_pixels(data)
    end, pixels = struct.pack(">I", checksum), memoryview(data)[start:place]
    whole = zlib.crc32(end, zlib.crc32(pixels, zlib.crc32(b"IDAT")))
    head, size = memoryview(data)[: start - 8], struct.pack(">I", len(pixels) + len(end))
    return b"".join((head, size, b"IDAT", pixels, end, struct.pack(">I", whole), _write(b"IEND", b"")))


def _find_pixels(data: bytes) -> tuple[int, int]:
    return next(((start, end) for name, start, end in _split(data) if name == b"IDAT"), (0, 0))


def _find_checksum(packed: memoryview, max_bytes: int) -> tuple[int, int] | None:
    """Return the size of packed bytes, and the checksum of what they hold; None if it is cut off, or more than that."""
    unpacker, checksum, num_bytes = zlib.decompressobj(-zlib.MAX_WBITS), zlib.adler32(b""), 0
    for place in range(0, len(packed), PART_BYTES):
        part: bytes | memoryview = packed[place : place + PART_BYTES]
        while len(part) and not unpacker.eof and num_bytes <= max_bytes:
            try:
                content = unpacker.decompress(part, PART_BYTES)
            except zlib.error:
                return None
            checksum, num_bytes, part = (
                zlib.adler32(content, checksum),
                num_bytes + len(content),
                unpacker.unconsumed_tail,
            )
        if unpacker.eof:
            return min(place + PART_BYTES, len(packed)) - len(unpacker.unused_data), checksum
    return None


def inflate_profile(chunk: bytes) -> bytes:
    """Return the profile in an iCCP chunk (11.3.2.3); nothing where there is none of a reasonable size."""
    _, _, rest = chunk.partition(b"\0")
    unpacker = zlib.decompressobj()
    try:
        profile = unpacker.decompress(rest[1:], MAX_ANCILLARY_BYTES)
    except zlib.error:
        return b""
    return profile if unpacker.eof else b""


def _split(data: bytes) -> Iterator[tuple[bytes, int, int]]:
    """Yield the name of each chunk before the end, and the places where its data begin and end, cut off or not."""
    place = len(SIGNATURE)
    while place + 8 <= len(data):
        name, start = data[place + 4 : place + 8], place + 8
        end = start + int.from_bytes(data[place : place + 4], "big")
        if name == b"IEND" or not name.isalpha():
            return
        yield name, start, min(end, len(data))
        place = end + 4


def _find_first_frame(data: bytes, size: bytes) -> list[memoryview]:
    """Return the pixels of an animation's first frame, where the picture is not that itself; it has to be as large."""
    names, parts = set[bytes](), list[memoryview]()
    for name, start, end in _split(data):
        if name == b"fdAT":
            parts.append(memoryview(data)[start + FRAME_NUMBER_BYTES : end])
        elif name == b"fcTL":
            is_same_size = data[start + FRAME_NUMBER_BYTES :][:16] == size + bytes(8)
            if parts or not (is_same_size and {b"acTL", b"IDAT"} <= names):
                break
        names.add(name)
    return parts if b"fcTL" in names else []


def _fill_palette(colours: bytes, alphas: bytes, bits: int) -> tuple[bytes, bytes]:
    """Return the chunks of a palette in which every sample has a colour: those beyond its end have its last one."""
    num_colours, num_samples = len(colours) // 3, 1 << bits
    missing = max(0, num_samples - num_colours)
    colours = colours[: 3 * num_colours] + missing * colours[3 * num_colours - 3 : 3 * num_colours]
    if missing and len(alphas) >= num_colours > 0:
        alphas = alphas[:num_colours] + missing * alphas[num_colours - 1 : num_colours]
    return _write(b"PLTE", colours), _write(b"tRNS", alphas) if alphas else b""


def _is_whole(data: bytes, name: bytes, start: int, end: int) -> bool:
    if end - start > MAX_ANCILLARY_BYTES:
        return False
    return data[end : end + 4] == struct.pack(">I", zlib.crc32(data[start:end], zlib.crc32(name)))


def _write(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
