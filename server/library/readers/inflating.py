"""What the entries of a ZIP archive really unpack to: as other libraries do it, not as its list of entries says."""

import struct
import zipfile
import zlib
from collections.abc import Iterator
from typing import BinaryIO

from server.library.readers.protocol import Refused
from server.library.readers.records import Refusal

PIECE = 1 << 20

LOCAL_HEADER = struct.Struct("<4s22xHH")
LOCAL_SIGNATURE = b"PK\x03\x04"


def find_data(file: BinaryIO, entry: zipfile.ZipInfo) -> tuple[int, int, int]:
    """Return where an entry's own header, its data, and the end of both are in the file. Raises `Refused`."""
    file.seek(entry.header_offset)
    header = file.read(LOCAL_HEADER.size)
    if len(header) < LOCAL_HEADER.size or not header.startswith(LOCAL_SIGNATURE):
        raise Refused(Refusal("broken", {"cause": "archive"}))
    _, num_name, num_extra = LOCAL_HEADER.unpack(header)
    start = entry.header_offset + LOCAL_HEADER.size + num_name + num_extra
    return entry.header_offset, start, start + entry.compress_size


def inflate(file: BinaryIO, entry: zipfile.ZipInfo) -> Iterator[bytes]:
    """Yield an entry's content in pieces of at most a mebibyte. Raises `Refused` where it is damaged."""
    _, start, end = find_data(file, entry)
    packed = _read(file, start, end)
    if entry.compress_type == zipfile.ZIP_STORED:
        yield from packed
    elif entry.compress_type == zipfile.ZIP_DEFLATED:
        yield from _inflate(packed)
    else:
        raise Refused(Refusal("broken", {"cause": "archive_compression"}))


def _read(file: BinaryIO, start: int, end: int) -> Iterator[bytes]:
    for at in range(start, end, PIECE):
        file.seek(at)
        piece = file.read(min(PIECE, end - at))
        if len(piece) < min(PIECE, end - at):
            raise Refused(Refusal("broken", {"cause": "cut_off"}))
        yield piece


def _inflate(packed: Iterator[bytes]) -> Iterator[bytes]:
    stream = zlib.decompressobj(-zlib.MAX_WBITS)
    try:
        for piece in packed:
            rest = piece
            while rest and not stream.eof:
                yield stream.decompress(rest, PIECE)
                rest = stream.unconsumed_tail
        yield stream.flush()
    except zlib.error as error:
        raise Refused(Refusal("broken", {"cause": "archive"})) from error
