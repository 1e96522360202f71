"""Which Chinese characters are typed for each other: those that sound alike, and those that look alike."""

from collections import defaultdict
from collections.abc import Iterable
from enum import IntEnum
from functools import lru_cache
from unicodedata import normalize

from pypinyin.pinyin_dict import pinyin_dict

MAX_READINGS = 2
"""How many readings of a character count, the common ones first; with the rare ones almost any two sound alike."""

TONES = str.maketrans("", "", "\u0300\u0301\u0304\u030c")
"""Combining grave, acute, macron and caron, the tone marks of pinyin; the dots of ü stay."""

NEAR_INITIALS = (("zh", "z"), ("ch", "c"), ("sh", "s"), ("n", "l"))
NEAR_FINALS = (("ang", "an"), ("eng", "en"), ("ing", "in"))


class Likeness(IntEnum):
    """In what way two characters are alike, the likeliest reason for a typo first."""

    SOUND = 0
    NEAR_SOUND = 1
    SHAPE = 2


@lru_cache(maxsize=50_000)
def read_syllables(character: str) -> frozenset[str]:
    """Return the pinyin syllables of a character without tones; none if it has no reading."""
    readings = pinyin_dict.get(ord(character), "").split(",")[:MAX_READINGS]
    return frozenset(normalize("NFC", normalize("NFD", reading).translate(TONES)) for reading in readings if reading)


def merge_near_sounds(syllable: str) -> str:
    """Return one form for syllables that many speakers do not tell apart: zh and z, n and l, ang and an, ..."""
    for full, short in NEAR_INITIALS:
        if syllable.startswith(full):
            syllable = short + syllable[len(full) :]
            break
    for full, short in NEAR_FINALS:
        if syllable.endswith(full):
            return syllable[: -len(full)] + short
    return syllable


@lru_cache(maxsize=50_000)
def read_near_syllables(character: str) -> frozenset[str]:
    """Return the syllables of a character with near sounds merged."""
    return frozenset(map(merge_near_sounds, read_syllables(character)))


class Confusions:
    """Knows which characters are mistaken for each other. Each of the `groups` is a string of look-alikes."""

    def __init__(self, groups: Iterable[str]) -> None:
        self._shapes: dict[str, set[str]] = defaultdict(set)
        for group in groups:
            for character in group:
                self._shapes[character].update(group)

    def find_likeness(self, typed: str, meant: str) -> Likeness | None:
        """Return in what way two different characters are alike; None if they are not."""
        if read_syllables(typed) & read_syllables(meant):
            return Likeness.SOUND
        if read_near_syllables(typed) & read_near_syllables(meant):
            return Likeness.NEAR_SOUND
        return Likeness.SHAPE if meant in self._shapes.get(typed, ()) else None
