"""Folding of names of things: one form for all the ways to write a name, by which references are compared.

It is stricter than what texts are searched with, as codes differ by little: `X1+` is not `X1`, and `1.5` is not `15`.
"""

import unicodedata
from functools import cache

from server.matching.folding import BREAK, Folding, join_letters

JOINT = "-"
"""What separates two digits, whatever is written there."""

SIGNS = frozenset("+#%")
"""Signs that tell names apart."""


@cache
def _load_folding() -> Folding:
    return Folding()


def fold_name(text: str) -> str:
    """Return the letters of a name in one case, width and script, without what separates them.

    What separates digits stays as `JOINT`, and so do `SIGNS`. A name without any letter stays as it is in one width.
    """
    plain = unicodedata.normalize("NFKC", text).strip()
    folded = "".join(_fold(character) for character in plain)
    return _join(folded) or plain.casefold()


def _fold(character: str) -> str:
    if character in SIGNS:
        return character
    folded = _load_folding()[ord(character)]
    return " " if folded == BREAK else folded


def _join(folded: str) -> str:
    """Remove what separates the letters of a folded name, but not all between two digits."""
    parts = [join_letters(part) for part in folded.split()]
    joined = parts[0] if parts else ""
    for part in parts[1:]:
        is_between_digits = joined[-1].isdecimal() and part[0].isdecimal()
        joined += JOINT + part if is_between_digits else part
    return joined
