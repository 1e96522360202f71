"""Bodies that come compressed (RFC 9110, section 8.4): gzip and deflate, decompressed in small pieces."""

import zlib
from collections.abc import Iterator

from server.errors import BadBody, BodyEncodingRefused

PIECE = 64 * 1024
"""The most bytes that are decompressed at once: a body can be a thousand times as large as it came."""

MAX_MEMBERS = 1000
"""The most parts that gzip files may be joined of: each takes some time, even if there is nothing in it."""

ANY_HEADER = zlib.MAX_WBITS | 32
"""Reads gzip and zlib, whichever the data begin with."""

ZLIB_METHOD = 8
"""The low half of the first byte of data in zlib's format, which `deflate` stands for; some send it without."""


def choose_decoder(header: str) -> "Decompressor | None":
    """Return what reads a body with this `Content-Encoding`, None where it comes as it is.

    Raises `BodyEncodingRefused`.
    """
    encoding = header.strip().lower()
    if encoding in ("", "identity"):
        return None
    if encoding not in ("gzip", "x-gzip", "deflate"):
        raise BodyEncodingRefused(header.strip())
    return Decompressor(encoding)


class Decompressor:
    """Decompresses a body as it comes."""

    def __init__(self, encoding: str) -> None:
        self._encoding = encoding
        self._inner: zlib._Decompress | None = None
        self._num_members = 0

    def decompress(self, data: bytes) -> Iterator[bytes]:
        """Yield what the next bytes hold, at most `PIECE` at once. Raises `BadBody`."""
        piece = b""
        while data or len(piece) == PIECE:  # a full piece: there may be more, though all data are taken
            if self._inner is None:
                data = data.lstrip(b"\0") if self._num_members else data  # gzip files may be padded with zeros
                if not data:
                    return
                self._inner = self._open_member(data)
            try:
                piece = self._inner.decompress(data, PIECE)
            except zlib.error as error:
                raise self._refuse("is not", "不符合") from error
            data = self._inner.unconsumed_tail
            if self._inner.eof:
                data, self._inner = self._inner.unused_data, None
            yield piece

    def finish(self) -> None:
        """Check that the data are whole. Raises `BadBody`."""
        if self._inner is not None:
            raise self._refuse("ends too early for", "提前结束，不符合")

    def _open_member(self, data: bytes) -> "zlib._Decompress":
        self._num_members += 1
        is_bare = self._encoding == "deflate" and data[0] & 15 != ZLIB_METHOD and data[:1] != b"\x1f"
        if self._num_members > (1 if self._encoding == "deflate" else MAX_MEMBERS):
            raise self._refuse("has too many parts for", "分段过多，不符合")
        return zlib.decompressobj(-zlib.MAX_WBITS if is_bare else ANY_HEADER)

    def _refuse(self, en: str, zh: str) -> BadBody:
        name = self._encoding
        return BadBody(f"it {en} {name}, which its Content-Encoding says", f"内容{zh} Content-Encoding 所说的 {name}")
