"""The operator's dictionary: a text file of words that are right, and of misspellings with what is meant by them.

# a comment
minibook            a word that is right: it is left alone, and what is nearly it is corrected to it
云朵杯
冲电宝 -> 充电宝      what stands before the arrow is always corrected to what stands behind it
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

ARROW = "->"
COMMENT = re.compile(r"(^|\s)#.*")
MAX_LENGTH = 64
"""Characters in a word, or in a side of a pair."""


class DictionaryError(ValueError):
    """A dictionary that cannot be used: `path:line: cause`; `line` is None where the file as a whole cannot be read."""

    def __init__(self, path: Path, line: int | None, cause: str) -> None:
        super().__init__(f"{path}: {cause}" if line is None else f"{path}:{line}: {cause}")
        self.path = path
        self.line = line
        self.cause = cause


@dataclass(frozen=True)
class Dictionary:
    """`words` are right; of `pairs`, each key is replaced by its value."""

    words: frozenset[str] = frozenset()
    pairs: dict[str, str] = field(default_factory=dict)


def load(path: Path) -> Dictionary:
    """Raises `DictionaryError` for a file that cannot be read, and for the first line that is wrong."""
    words: dict[str, int] = {}
    pairs: dict[str, str] = {}
    for number, line in _lines(path):
        try:
            if ARROW in line:
                wrong, right = _pair(line)
                _check_new(wrong, right, pairs)
                pairs[wrong] = right
            else:
                words[_word(line)] = number
        except ValueError as error:
            raise DictionaryError(path, number, str(error)) from None
    for wrong in pairs:
        if wrong in words:
            raise DictionaryError(path, words[wrong], f"{wrong!r} is said to be right here, and corrected elsewhere")
    return Dictionary(frozenset(words), pairs)


def _lines(path: Path) -> Iterator[tuple[int, str]]:
    """Those with something in them, by their number."""
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


def _pair(line: str) -> tuple[str, str]:
    wrong, right, *more = (side.strip() for side in line.split(ARROW))
    if more:
        raise ValueError(f"has more than one {ARROW}")
    if not wrong or not right:
        raise ValueError(f"nothing stands {'before' if not wrong else 'behind'} {ARROW}")
    if wrong == right:
        raise ValueError("both sides are the same")
    return _checked(wrong), _checked(right)


def _check_new(wrong: str, right: str, pairs: dict[str, str]) -> None:
    if pairs.get(wrong, right) != right:
        raise ValueError(f"{wrong!r} is corrected to {pairs[wrong]!r} before")


def _word(line: str) -> str:
    if re.search(r"\s", line):
        raise ValueError(f"one word a line, or a pair with {ARROW} between its sides")
    return _checked(line)


def _checked(text: str) -> str:
    if len(text) > MAX_LENGTH:
        raise ValueError(f"has {len(text)} characters, the limit is {MAX_LENGTH}")
    return text
