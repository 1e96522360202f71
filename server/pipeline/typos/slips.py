"""How unlikely a slip of the pen or the keyboard is, in powers of ten.

The order of the costs is that of Pollock and Zamora (1984) and of Damerau (1964): letters left out, doubled,
not doubled and swapped are most of all slips, and the first letter is seldom wrong.
"""

from itertools import groupby

DOUBLED = 0.4
SWAPPED = 0.7
LEFT_OUT = 0.9
ADDED = 1.5
ADDED_AT_THE_END = 2.0
OTHER_VOWEL = 1.0
NEIGHBOUR_KEY = 1.4
OTHER_LETTER = 1.7
TWO_SLIPS = 4.2
TWO_VOWELS = 1.8
FIRST_LETTER = 1.5

VOWELS = frozenset("aeiouy")
ROWS = ("qwertyuiop", "asdfghjkl", "zxcvbnm")


def slip_cost(typed: str, meant: str, distance: int) -> float:
    """`distance` is that of Damerau and Levenshtein, at most 2."""
    first = FIRST_LETTER if typed[0] != meant[0] and typed[:2] != meant[1::-1] else 0.0
    if distance == 0:
        return 0.0
    if distance > 1:
        return first + _cost_of_two(typed, meant)
    if len(typed) == len(meant):
        return first + _cost_of_other(typed, meant)
    shorter, longer = sorted((typed, meant), key=len)
    if _is_doubled(shorter, longer):
        return first + DOUBLED
    if shorter == typed:
        return first + LEFT_OUT
    return first + (ADDED_AT_THE_END if typed.startswith(meant) else ADDED)


def _cost_of_two(typed: str, meant: str) -> float:
    if _undoubled(typed) == _undoubled(meant):
        return 2 * DOUBLED
    return TWO_VOWELS if _consonants(typed) == _consonants(meant) else TWO_SLIPS


def _cost_of_other(typed: str, meant: str) -> float:
    """Of two words of one length that differ in one letter, or in two that are swapped."""
    pairs = [(old, new) for old, new in zip(typed, meant, strict=True) if old != new]
    if len(pairs) > 1:
        return SWAPPED
    ((old, new),) = pairs
    if old in VOWELS and new in VOWELS:
        return OTHER_VOWEL
    return NEIGHBOUR_KEY if _are_neighbours(old, new) else OTHER_LETTER


def _are_neighbours(one: str, other: str) -> bool:
    places = [(row, keys.find(letter)) for letter in (one, other) for row, keys in enumerate(ROWS) if letter in keys]
    return len(places) > 1 and all(abs(a - b) <= 1 for a, b in zip(*places, strict=True))


def _is_doubled(shorter: str, longer: str) -> bool:
    """Whether the letter that only `longer` has stands beside the same."""
    return any(
        longer[index] == longer[index - 1] and longer[:index] + longer[index + 1 :] == shorter
        for index in range(1, len(longer))
    )


def _consonants(word: str) -> str:
    return "".join(letter for letter in word if letter not in VOWELS)


def _undoubled(word: str) -> str:
    return "".join(letter for letter, _ in groupby(word))
