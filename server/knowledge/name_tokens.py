"""Names and texts as the tokens that names are looked for by: words, numbers, and single characters of Chinese.

Letters and digits are apart, so that it makes no difference how a code is divided: `TS-101`, `ts101` and `TS 101` are
`ts` and `101`. Words are in the singular. The ends of sentences and pauses are tokens of their own, which names lack.
"""

import re
import unicodedata
from dataclasses import dataclass

from server.library.query import read_idle_words
from server.matching.folding import Folding
from server.store.passage_tokens import PAIRED, drop_plural

MAX_CHARACTERS = 4000
"""How much of a longer text is read."""

MAX_KNOWN = 50_000
"""How many words are remembered as they are folded."""

MAX_NAME = 120
"""Longer names are not looked for: nobody writes them."""

BREAK, PAUSE = ".", ","

TOKEN = re.compile(
    rf"(?P<single>[{PAIRED}])|(?P<number>[0-9]+(?:\.[0-9]+)*)|(?P<word>[^\W\d_{PAIRED}]+(?:['’](?:s|re|ve|ll|d|m|t)\b)?)"
    r"|(?P<digit>\d)|(?P<break>[。！？!?‼⁇⁈⁉\n]|\.(?=\s|$)|…)|(?P<pause>[,，、;；:：]|\s[-–—]+\s|——)"
)
SINGLE = re.compile(f"[{PAIRED}]")
POSSESSIVE = re.compile(r"['’](?:s|re|ve|ll|d|m|t)$")
IRREGULAR = {
    "knives": "knife",
    "shelves": "shelf",
    "scarves": "scarf",
    "wolves": "wolf",
    "halves": "half",
    "leaves": "leaf",
    "mice": "mouse",
    "men": "man",
    "women": "woman",
    "children": "child",
    "feet": "foot",
    "teeth": "tooth",
}
JOINT = re.compile(r"[\s\-‐‑–_/.·'’\"“”&+()（）\[\]【】「」《》™®]{0,4}")
"""What may stand between two tokens of a name."""

HYPHEN = re.compile(r"(?<=[^\W\d_])[-‐‑](?=[^\W\d_])")
"""What may be left out between two words: `t-shirt`, `tshirt`."""

CODE_JOINTS = frozenset("-‐‑_.")
MAX_CODE_PART = 3
"""A word of so few letters that a hyphen joins to a code is a part of that code."""


@dataclass(frozen=True, slots=True)
class Token:
    """A token, and where it is in the text."""

    text: str
    start: int
    end: int

    @property
    def is_number(self) -> bool:
        return self.text[0].isdigit()

    @property
    def is_single(self) -> bool:
        """Whether this is one character of a script without spaces."""
        return len(self.text) == 1 and SINGLE.match(self.text) is not None

    @property
    def is_mark(self) -> bool:
        return self.text in {BREAK, PAUSE}


class NameTokens:
    """Reads texts as tokens."""

    def __init__(self) -> None:
        self._folding = Folding()
        self._known: dict[str, str] = {}

    def read(self, text: str, max_characters: int = MAX_CHARACTERS) -> "TokenText":
        """Return the tokens of a text, the last ones of a text that is too long."""
        plain = unicodedata.normalize("NFKC", text[-max_characters:])
        return TokenText(plain, tuple(self._make(found) for found in TOKEN.finditer(plain)))

    def read_name(self, name: str) -> list[tuple[str, ...]]:
        """Return the ways in which a name may be written, as tokens; none for what says nothing."""
        if len(name) > MAX_NAME:
            return []
        found = self.read(name)
        words = [token.text for token in found.tokens]
        while words and words[-1] in {BREAK, PAUSE}:
            words.pop()
        plain = [word for word in words if word not in {BREAK, PAUSE}]
        forms = {tuple(plain)}
        if BREAK not in words:
            forms.add(tuple(words))
        if HYPHEN.search(name):
            forms.add(tuple(token.text for token in self.read(HYPHEN.sub("", name)).tokens))
        return sorted(form for form in forms if form and BREAK not in form and not says_nothing(form))

    def fold(self, text: str) -> str:
        """Return the letters of a word in the one way of writing that names are compared in."""
        return "".join(text.translate(self._folding).split())

    def _fold_word(self, text: str) -> str:
        """Return a word in the singular and in one way of writing, and remember it."""
        word = self.fold(POSSESSIVE.sub("", text)) or text
        folded = IRREGULAR.get(word) or (drop_plural(word) if len(word) > 3 and word.isascii() else word)
        if len(self._known) >= MAX_KNOWN:
            self._known.clear()
        self._known[text] = folded
        return folded

    def _make(self, found: re.Match[str]) -> Token:
        kind, text = found.lastgroup, found[0]
        if kind == "break":
            text = BREAK
        elif kind == "pause":
            text = PAUSE
        elif kind in {"word", "single"}:
            text = self._known.get(text) or self._fold_word(text)
        return Token(text, found.start(), found.end())


@dataclass(frozen=True)
class TokenText:
    """A text and its tokens, whose places are those in `plain`."""

    plain: str
    tokens: tuple[Token, ...]

    def cut(self, first: int, end: int) -> str:
        """Return the text from token `first` up to token `end`."""
        return self.plain[self.tokens[first].start : self.tokens[end - 1].end]

    def find_gap(self, i: int) -> str:
        """Return what stands before token `i`, after the one before it."""
        start = self.tokens[i - 1].end if i else 0
        end = self.tokens[i].start if i < len(self.tokens) else len(self.plain)
        return self.plain[start:end]

    def is_name(self, first: int, end: int) -> bool:
        """Whether these tokens stand together, and are no part of a longer word or code."""
        if any(JOINT.fullmatch(self.find_gap(i)) is None for i in range(first + 1, end)):
            return False
        return not (
            self._is_joined(first, first, end) or self._is_joined(end, first, end) or self._is_by_chance(first, end)
        )

    def _is_joined(self, i: int, first: int, end: int) -> bool:
        """Whether the tokens on both sides of a place belong to one word or code."""
        if not 0 < i < len(self.tokens):
            return False
        before, after = self.tokens[i - 1], self.tokens[i]
        if before.is_mark or after.is_mark or before.is_single or after.is_single:
            return False
        gap = self.find_gap(i)
        has_number = any(token.is_number for token in self.tokens[first:end])
        outer = after if i == end else before
        is_part = outer.is_number or len(outer.text) <= MAX_CODE_PART
        return not gap or (gap in CODE_JOINTS and has_number and is_part)

    def _is_by_chance(self, first: int, end: int) -> bool:
        """Whether this is a small word before a number, as `a 1` and `in 3`, rather than a code."""
        if end - first != 2 or not self.tokens[first + 1].is_number:
            return False
        return bool(self.find_gap(first + 1).strip(" ") != self.find_gap(first + 1)) and is_idle(
            self.tokens[first].text
        )


def is_idle(word: str) -> bool:
    """Whether a word says nothing about what is looked for."""
    return word in read_idle_words()


def says_nothing(form: tuple[str, ...]) -> bool:
    """Whether a name has only words that any question may have."""
    return all(is_idle(word) for word in form)
