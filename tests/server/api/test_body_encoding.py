"""Compressed bodies are decompressed in small pieces, and refused where they are not what they say."""

import gzip
import json
import random
import zlib

import pytest

from server.api.body_encoding import MAX_MEMBERS, PIECE, Decompressor, choose_decoder
from server.errors import BadBody, BodyEncodingRefused

DATA = json.dumps({"text": "hello " * 1000}).encode()
RANDOM = random.Random(1).randbytes(3 * PIECE)


def write_bare(data: bytes) -> bytes:
    """Return deflate without zlib's header, as some clients send it."""
    writer = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return writer.compress(data) + writer.flush()


def read(encoding: str, data: bytes, size: int = 1 << 30) -> list[bytes]:
    """Return the pieces of a body that comes in pieces of `size` bytes."""
    decoder = choose_decoder(encoding)
    assert decoder is not None
    pieces = [piece for start in range(0, len(data), size) for piece in decoder.decompress(data[start : start + size])]
    decoder.finish()
    return pieces


@pytest.mark.parametrize("size", [1, 7, 1000, 1 << 20])
def test_every_encoding_in_pieces(size: int) -> None:
    for encoding, data in (
        ("gzip", gzip.compress(DATA, mtime=0)),
        ("x-gzip", gzip.compress(DATA, mtime=0)),
        (" GZIP ", gzip.compress(DATA, mtime=0)),
        ("deflate", zlib.compress(DATA)),
        ("deflate", write_bare(DATA)),
        ("gzip", gzip.compress(DATA[:10], mtime=0) + gzip.compress(b"") + gzip.compress(DATA[10:])),
        ("gzip", gzip.compress(DATA, mtime=0) + b"\0" * 512),
    ):
        assert b"".join(read(encoding, data, size)) == DATA


@pytest.mark.parametrize("num_bytes", [0, 1, PIECE - 1, PIECE, PIECE + 1, 2 * PIECE, 3 * PIECE])
def test_pieces_are_small_and_none_is_lost(num_bytes: int) -> None:
    for data in (RANDOM[:num_bytes], bytes(num_bytes)):
        for written in (gzip.compress(data, mtime=0), gzip.compress(data) + gzip.compress(data)):
            pieces = read("gzip", written)
            assert b"".join(pieces) in (data, data * 2)
            assert max(map(len, pieces), default=0) <= PIECE


def test_a_bomb_is_read_as_far_as_it_is_asked_for() -> None:
    bomb = gzip.compress(bytes(100 << 20), compresslevel=1)
    pieces = Decompressor("gzip").decompress(bomb)
    assert sum(len(next(pieces)) for _ in range(3)) == 3 * PIECE


def test_as_it_is() -> None:
    assert choose_decoder("") is None
    assert choose_decoder("identity") is None


@pytest.mark.parametrize("encoding", ["br", "zstd", "compress", "gzip, gzip", "x" * 1000])
def test_other_encodings_are_refused(encoding: str) -> None:
    with pytest.raises(BodyEncodingRefused) as refused:
        choose_decoder(encoding)
    assert refused.value.status == 415
    assert refused.value.headers["Accept-Encoding"] == "gzip, deflate"
    assert encoding[:100] in refused.value.texts["zh"]
    assert len(str(refused.value)) < 300


@pytest.mark.parametrize(
    ("encoding", "data"),
    [
        ("gzip", b'{"text": 1}'),
        ("deflate", b'{"text": 1}'),
        ("gzip", gzip.compress(DATA, mtime=0)[:-1]),
        ("gzip", gzip.compress(DATA, mtime=0)[:20]),
        ("gzip", gzip.compress(DATA, mtime=0) + b"more"),
        ("gzip", gzip.compress(DATA, mtime=0)[:-8] + bytes(8)),
        ("deflate", zlib.compress(DATA) * 2),
        ("gzip", gzip.compress(b"", mtime=0) * (MAX_MEMBERS + 1)),
    ],
)
def test_what_is_not_what_it_says_is_refused(encoding: str, data: bytes) -> None:
    with pytest.raises(BadBody) as refused:
        read(encoding, data)
    assert encoding in refused.value.texts["en"]
    assert encoding in refused.value.texts["zh"]
