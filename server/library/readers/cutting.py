"""Where a long text may be cut: at the ends of paragraphs, lines, sentences or words, in this order."""

import re
import unicodedata
from collections.abc import Iterable, Iterator

PART_CHARACTERS = 3000
"""About as many characters as a printed page has; what has no pages is cut into parts of this length."""

_ENDS = (
    re.compile(r"(?:\r\n|\r|\n)[ \t]*(?:\r\n|\r|\n)+"),
    re.compile(r"\r\n|\r|\n"),
    re.compile(r"[。！？；…]+[”’」』）]*|[.!?;]+[\"')\]]*[ \t]+"),
    re.compile(r"[，、,:：]|\s+"),
)
_JOINERS = frozenset("\u200d\ufe0e\ufe0f")
_MIN_SHARE = 0.5
"""A better place to cut is looked for in this last share of a part, and a worse one taken before a shorter part."""


def cut_text(chunks: Iterable[str], length: int = PART_CHARACTERS) -> Iterator[str]:
    """Cut a text into parts of at most `length` characters, which together are the text."""
    rest = ""
    for chunk in chunks:
        rest += chunk
        start = 0
        while len(rest) - start > length + 1:
            end = find_cut(rest, start, start + length)
            yield rest[start:end]
            start = end
        rest = rest[start:]
    while len(rest) > length:
        end = find_cut(rest, 0, length)
        yield rest[:end]
        rest = rest[end:]
    if rest:
        yield rest


def find_cut(text: str, start: int, end: int) -> int:
    """Return where to end the part from `start` that may have characters up to `end`, which the text goes on after."""
    least = start + max(1, int((end - start) * _MIN_SHARE))
    for pattern in _ENDS:
        last = max((match.end() for match in pattern.finditer(text, least, end)), default=0)
        if last > least and not _is_inside_line_end(text, last):
            return last
    return _find_character_end(text, least, end)


def _find_character_end(text: str, least: int, end: int) -> int:
    """Return the last place up to `end` that tears no character from its accents, nor an emoji from its parts."""
    for place in range(end, least, -1):
        if not _is_inside_line_end(text, place) and not _is_inside_character(text, place):
            return place
    return end


def _is_inside_line_end(text: str, place: int) -> bool:
    return text[place - 1] == "\r" and text[place : place + 1] == "\n"


def _is_inside_character(text: str, place: int) -> bool:
    after = text[place : place + 1]
    return bool(after) and (unicodedata.combining(after) > 0 or after in _JOINERS or text[place - 1] in _JOINERS)
