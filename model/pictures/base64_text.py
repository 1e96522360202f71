"""Pictures as base64 text, in pieces: no call keeps other threads waiting for long, whatever the text is."""

import binascii
import io
import re
from collections.abc import Iterator

from model.errors import ImageError

PREFIX = re.compile(rb"""\s*["']?\s*(?:data\s*:(?:[^,]*;)?\s*base64\s*,)?""", re.IGNORECASE)
"""A data URL's (https://www.rfc-editor.org/rfc/rfc2397), if any. Some clients leave quotes around the text."""

MAX_PREFIX = 1024
"""The longest prefix of a data URL that is looked for, in characters."""

MAX_ENDING = 64
"""How many characters at the end are searched for a quote."""

PIECE = 1 << 20
WHITE_SPACE = b" \t\n\r\v\f"
FROM_URL_SAFE = bytes.maketrans(b"-_", b"+/")
"""https://www.rfc-editor.org/rfc/rfc4648#section-5"""

ESCAPES = ((b"%2B", b"+"), (b"%2F", b"/"), (b"%3D", b"="), (b"%0A", b""), (b"%0D", b""), (b"%09", b""), (b"%20", b""))
"""Characters of such a text that URLs have in percent-encoding."""


def decode_base64(text: str | memoryview) -> bytes:
    """Return the bytes of base64 text, with or without a data URL's prefix (RFC 2397); white space is ignored.

    The text may be percent-encoded, have the URL-safe alphabet, or lack its padding. A memoryview holds the characters
    as bytes. Raises `ImageError` for other text, and where there are no bytes.
    """
    decoded, rest = io.BytesIO(), b""
    try:
        for piece in _clean_pieces(text):
            rest += piece
            num_whole = max(len(rest) - 1, 0) // 4 * 4  # what may end in padding is left to the last
            if b"=" in rest[:num_whole]:
                raise ValueError("padding before the end")
            decoded.write(binascii.a2b_base64(rest[:num_whole], strict_mode=True))
            rest = rest[num_whole:]
        decoded.write(_decode_end(rest))
    except ValueError as error:
        raise ImageError("it is neither base64 nor a data URL with base64", "base64") from error
    if not decoded.tell():
        raise ImageError("it is empty", "empty")
    return decoded.getvalue()


def _decode_end(text: bytes) -> bytes:
    digits = text.rstrip(b"=")
    num_missing = -len(digits) % 4
    if len(text) - len(digits) > num_missing:
        raise ValueError("too much padding")
    return binascii.a2b_base64(digits + b"=" * num_missing, strict_mode=True)


def _clean_pieces(text: str | memoryview) -> Iterator[bytes]:
    """Yield the text with nothing but the digits of base64, and whatever it has that is wrong."""
    start, end = _find_payload(text)
    held = b""
    for place in range(start, end, PIECE):
        piece = held + _to_bytes(text[place : min(place + PIECE, end)])
        cut = piece.rfind(b"%", max(len(piece) - 2, 0))  # an escape that the next piece may complete
        piece, held = (piece, b"") if cut < 0 else (piece[:cut], piece[cut:])
        yield _clean(piece)
    yield _clean(held)


def _clean(piece: bytes) -> bytes:
    if b"%" in piece:
        for escape, character in ESCAPES:
            piece = piece.replace(escape, character).replace(escape.lower(), character)
    return piece.translate(FROM_URL_SAFE, WHITE_SPACE)


def _find_payload(text: str | memoryview) -> tuple[int, int]:
    """Return where the base64 begins and ends."""
    prefix = PREFIX.match(_to_bytes(text[:MAX_PREFIX]))
    ending = _to_bytes(text[-MAX_ENDING:])
    num_after = len(ending) - len(ending.rstrip(WHITE_SPACE + b"\"'"))
    return (prefix.end() if prefix else 0), len(text) - num_after


def _to_bytes(piece: str | memoryview) -> bytes:
    return piece.encode("ascii", "replace") if isinstance(piece, str) else bytes(piece)
