"""How the bytes of a text are to be read: told strictly, so that no character is made up."""

import codecs
import unicodedata

BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
ENCODINGS = ("utf-8", "gb18030", "big5")
"""Tried in this order where a text has no byte order mark."""

WHITE = frozenset("\t\n\v\f\r\x1b\x1a\x85")
MAX_ODD_SHARE = 0.02

MIN_ASCII_SHARE = 0.7
"""A text in another encoding has at least so much ASCII, else nothing is known of it."""


def decode_head(head: bytes, is_whole: bool) -> str | None:
    """Return the text that a file begins with, None where it is no text. The last character may be cut, if not whole.

    It is what the first encoding gives that can read all of it and finds few control characters. What is mostly ASCII
    is a text in any case.
    """
    marked = next((name for mark, name in BYTE_ORDER_MARKS if head.startswith(mark)), None)
    for name in (marked,) if marked else ENCODINGS:
        text = _decode(head, name, is_whole)
        if text is not None and _is_text(text):
            return text
    return None if marked else _decode_others(head)


def _decode_others(head: bytes) -> str | None:
    """Return what is mostly ASCII with its other characters replaced: its kind may say how it is to be read."""
    text = head.decode("ascii", "replace")
    return text if text.count("\ufffd") <= (1 - MIN_ASCII_SHARE) * len(text) and _is_text(text) else None


def _decode(head: bytes, name: str, is_whole: bool) -> str | None:
    try:
        return codecs.getincrementaldecoder(name)("strict").decode(head, is_whole)
    except UnicodeError:
        return None


def _is_text(text: str) -> bool:
    """Whether few of the characters are those that files of another kind are full of."""
    num_odd = sum(unicodedata.category(each) in ("Cc", "Cn", "Co") and each not in WHITE for each in text)
    return num_odd <= MAX_ODD_SHARE * len(text)
