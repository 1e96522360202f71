"""English words of a question that are misspelt words of the questions with answers, put right by code.

Only a long word that is in no dictionary is one, and only where just one known word is a single slip away: so a word
that says something else never becomes another.
"""

import re
from collections.abc import Collection
from functools import cache
from importlib.resources import files

from symspellpy.editdistance import DistanceAlgorithm, EditDistance

from server.store.passage_tokens import stem

MIN_LETTERS = 6
"""Shorter words are a slip away from too many others."""

WORD = re.compile(rf"(?<![A-Za-z0-9'’_-])[A-Za-z]{{{MIN_LETTERS},}}(?![A-Za-z0-9'’_-])")
DICTIONARY = "frequency_dictionary_en_82_765.txt"
SLIP = 1


def correct(question: str, known: Collection[str]) -> str:
    """Return a question in which misspelt words are those of `known`, words without their endings."""
    return WORD.sub(lambda found: _correct_word(found[0], known), question)


def _correct_word(word: str, known: Collection[str]) -> str:
    plain = word.lower()
    if plain in _read_dictionary() or stem(plain) in known:
        return word
    near = [each for each in known if is_slip(stem(plain), each)]
    return near[0] if len(near) == 1 else word


def is_slip(word: str, other: str) -> bool:
    """Whether two words of one first letter differ by a letter, or by two that changed places."""
    if word[:1] != other[:1] or abs(len(word) - len(other)) > SLIP or len(other) < MIN_LETTERS - 1:
        return False
    return bool(EditDistance(DistanceAlgorithm.DAMERAU_OSA).compare(word, other, SLIP) == SLIP)


@cache
def _read_dictionary() -> frozenset[str]:
    """Return the words of the language."""
    text = (files("symspellpy") / DICTIONARY).read_text(encoding="utf-8")
    return frozenset(line.partition(" ")[0] for line in text.splitlines())
