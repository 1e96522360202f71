"""Whether a message is a customer's plain yes: nothing but a yes, with polite words around it.

Whatever is not on the lists `yes.txt` and `polite.txt` is no yes: a customer who meant one is asked again, while a call
that nobody wanted cannot be taken back. So words that may also mean "enough", "perhaps" or "let me see" are on neither.
"""

import re
import unicodedata
from functools import cache
from importlib.resources import files

from server.matching.folding import read_simplified_characters

MAX_LENGTH = 60
"""No yes is longer, in characters."""

LEADING = ("嗯", "哦", "那", "oh")
"""Sounds that say nothing where a yes follows."""

ASKED_BACK = ("please confirm",)
"""What is made of words on the lists, and asks us for something."""

SEPARATORS = " ,.!~，。！、～"
APOSTROPHES = str.maketrans({"\u2019": "'", "\u02bc": "'", "\uff07": "'"})
HESITATION = re.compile(r"\.\.|。。|…|(.)\1\1")
"""Points in a row, and anything three times in a row: "好好好" and "yessss" are often meant as the opposite."""


def is_plain_yes(text: str) -> bool:
    """Whether a message is nothing but a yes, in Chinese or English."""
    if len(text) > MAX_LENGTH:
        return False
    plain = _normalize(text)
    if HESITATION.search(plain):
        return False
    has_yes, rest = False, plain.lstrip(SEPARATORS)
    while rest:
        found = _word_pattern().match(rest)
        if found is None or found[1] in ASKED_BACK or (found[1] in LEADING and has_yes):
            return False
        has_yes |= found[1] in _read_words("yes.txt")
        rest = rest[found.end() :]
    return has_yes


def _normalize(text: str) -> str:
    """Return a text with one form for width and case, with simplified characters, and one space where there are some.

    What has no shape stays, and so do other scripts, so that no such character makes a yes of something else.
    """
    folded = unicodedata.normalize("NFKC", text.translate(APOSTROPHES)).casefold()
    simplified = _simplified()
    return " ".join("".join(simplified.get(each, each) for each in folded).split())


@cache
def _read_words(name: str) -> frozenset[str]:
    text = (files("server.tools") / "words" / name).read_text(encoding="utf-8")
    return frozenset(word.strip() for line in text.splitlines() for word in line.split(","))


@cache
def _simplified() -> dict[str, str]:
    return read_simplified_characters()


@cache
def _word_pattern() -> re.Pattern[str]:
    """Return what matches the longest word at the beginning, and the separators behind it.

    An English word must end there; Chinese ones need nothing between them.
    """
    words = sorted((*_read_words("yes.txt"), *_read_words("polite.txt"), *LEADING, *ASKED_BACK), key=len, reverse=True)
    is_ended = "(?:(?<![a-z])|(?![a-z0-9']))"
    return re.compile(f"({'|'.join(map(re.escape, words))}){is_ended}[{re.escape(SEPARATORS)}]*")
