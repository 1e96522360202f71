"""Which Chinese characters are typed for which: those that sound alike, and those that look alike."""

from collections import defaultdict
from collections.abc import Iterable
from enum import IntEnum
from functools import lru_cache
from unicodedata import normalize

from pypinyin.pinyin_dict import pinyin_dict

MAX_READINGS = 2
"""Of a character's readings the common ones come first; the rare ones would make almost any two sound alike."""

TONES = str.maketrans("", "", "\u0300\u0301\u0304\u030c")
"""Grave, acute, macron and caron, as Unicode takes them off their vowel; the dots of ü stay."""

NEAR_INITIALS = (("zh", "z"), ("ch", "c"), ("sh", "s"), ("n", "l"))
NEAR_FINALS = (("ang", "an"), ("eng", "en"), ("ing", "in"))


class Likeness(IntEnum):
    """How likely one character is typed for another, the likeliest first."""

    SOUND = 0
    NEAR_SOUND = 1
    SHAPE = 2


@lru_cache(maxsize=50_000)
def syllables(character: str) -> frozenset[str]:
    """The syllables of a character without their tones; none for one that has no reading."""
    readings = pinyin_dict.get(ord(character), "").split(",")[:MAX_READINGS]
    return frozenset(normalize("NFC", normalize("NFD", reading).translate(TONES)) for reading in readings if reading)


def near(syllable: str) -> str:
    """The same for syllables that many speakers do not tell apart: zh and z, n and l, ang and an, ..."""
    for full, short in NEAR_INITIALS:
        if syllable.startswith(full):
            syllable = short + syllable[len(full) :]
            break
    for full, short in NEAR_FINALS:
        if syllable.endswith(full):
            return syllable[: -len(full)] + short
    return syllable


@lru_cache(maxsize=50_000)
def near_syllables(character: str) -> frozenset[str]:
    return frozenset(map(near, syllables(character)))


class Confusions:
    """`groups` are characters that look alike, each a string."""

    def __init__(self, groups: Iterable[str]) -> None:
        self._shapes: dict[str, set[str]] = defaultdict(set)
        for group in groups:
            for character in group:
                self._shapes[character].update(group)

    def likeness(self, typed: str, meant: str) -> Likeness | None:
        """Of two different characters; None where nobody would take one for the other."""
        if syllables(typed) & syllables(meant):
            return Likeness.SOUND
        if near_syllables(typed) & near_syllables(meant):
            return Likeness.NEAR_SOUND
        return Likeness.SHAPE if meant in self._shapes.get(typed, ()) else None
