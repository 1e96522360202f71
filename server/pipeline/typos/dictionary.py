"""The operator's dictionary: a text file of correct words, and of misspellings with their corrections.

    # a comment
    minibook
    云朵杯
    冲电宝 -> 充电宝

A word alone is correct: it is left alone, and near misses are corrected to it. What stands before an arrow is always
replaced by what stands behind it.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

ARROW = "->"
COMMENT = re.compile(r"(^|\s)#.*")
MAX_LENGTH = 64
"""In characters, of a word or of one side of a pair."""


class DictionaryError(ValueError):
    """A dictionary cannot be used: `path:line: cause`. `line` is None if the whole file cannot be read."""

    def __init__(self, path: Path, line: int | None, cause: str) -> None:
        super().__init__(f"{path}: {cause}" if line is None else f"{path}:{line}: {cause}")
        self.path = path
        self.line = line
        self.cause = cause


@dataclass(frozen=True)
class Dictionary:
    """The operator's words, which are correct, and pairs: each key is replaced by its value."""

    words: frozenset[str] = frozenset()
    pairs: dict[str, str] = field(default_factory=dict)


def load(path: Path) -> Dictionary:
    """Read a dictionary. Raises `DictionaryError` if it cannot be read, and for the first wrong line."""
    words: dict[str, int] = {}
    pairs: dict[str, str] = {}
    for number, line in _read_lines(path):
        try:
            if ARROW in line:
                wrong, right = _parse_pair(line)
                _check_new(wrong, right, pairs)
                pairs[wrong] = right
            else:
                words[_parse_word(line)] = number
        except ValueError as error:
            raise DictionaryError(path, number, str(error)) from None
    for wrong in pairs:
        if wrong in words:
            raise DictionaryError(path, words[wrong], f"{wrong!r} is a correct word here, but a pair replaces it")
    return Dictionary(frozenset(words), pairs)


def _read_lines(path: Path) -> Iterator[tuple[int, str]]:
    """Yield the lines that hold an entry, with their numbers."""
    try:
        raw = path.read_bytes().removeprefix(b"\xef\xbb\xbf")
    except OSError as error:
        raise DictionaryError(path, None, f"cannot be read: {error.strerror}") from None
    for number, line in enumerate(raw.splitlines(), 1):
        try:
            text = COMMENT.sub("", line.decode()).strip()
        except UnicodeDecodeError:
            raise DictionaryError(path, number, "is not UTF-8") from None
        if text:
            yield number, text


def _parse_pair(line: str) -> tuple[str, str]:
    wrong, right, *more = (side.strip() for side in line.split(ARROW))
    if more:
        raise ValueError(f"has more than one {ARROW}")
    if not wrong or not right:
        raise ValueError(f"has nothing {'before' if not wrong else 'after'} {ARROW}")
    if wrong == right:
        raise ValueError("has the same text on both sides")
    return _check_length(wrong), _check_length(right)


def _check_new(wrong: str, right: str, pairs: dict[str, str]) -> None:
    if pairs.get(wrong, right) != right:
        raise ValueError(f"{wrong!r} is corrected to {pairs[wrong]!r} in an earlier line")


def _parse_word(line: str) -> str:
    if re.search(r"\s", line):
        raise ValueError(f"is neither one word nor a pair with {ARROW} between its sides")
    return _check_length(line)


def _check_length(text: str) -> str:
    if len(text) > MAX_LENGTH:
        raise ValueError(f"has {len(text)} characters, the limit is {MAX_LENGTH}")
    return text
