"""What the search index has of a text: pairs of neighbouring characters, and single ones of Chinese.

A text contains another only if it has all tokens of that, so the index finds any part of a text that has two
characters, in languages without spaces too. What it finds is then compared, as the tokens may lie apart. A change here
needs a migration that fills the index anew.
"""

import hashlib
import re
from collections.abc import Iterable
from operator import add

ASTRAL = re.compile("[\U00010000-\U0010ffff]")
PRIVATE_USE, NUM_PRIVATE_USE = 0xE000, 0x1900


def tokenize(text: str) -> set[str]:
    """Return the tokens of a text, whatever its case: one or two characters each, none of them white space."""
    tokens: set[str] = set()
    for word in ASTRAL.sub(_fold, text.lower()).split():
        tokens.update(map(add, word, word[1:]))
        if not word.isascii():
            tokens.update(character for character in word if not character.isascii())
    return tokens


def _fold(found: re.Match[str]) -> str:
    """Return one of a few characters for one that takes two places in UTF-16, so that all tokens are encoded alike."""
    return chr(PRIVATE_USE + ord(found[0]) % NUM_PRIVATE_USE)


def tokenize_owner(owner: str) -> str:
    """Return a token that all texts of an owner have, and no text by itself."""
    return "o" + hashlib.sha256(owner.encode("utf-8", "surrogatepass")).hexdigest()[:15]


def encode(tokens: Iterable[str]) -> str:
    """Return the tokens as words of letters and digits, which SQLite's index splits at spaces."""
    by_length: dict[int, list[str]] = {}
    for token in tokens:
        by_length.setdefault(len(token), []).append(token)
    owners = [token for length, same in by_length.items() if length > 2 for token in same]
    encoded = ["".join(by_length.get(n, ())).encode("utf-16-be").hex(" ", 2 * n) for n in (1, 2)]
    return " ".join((*owners, *filter(None, encoded)))
