"""How unlikely a slip of the keyboard is, in powers of ten.

The order of the costs follows Pollock and Zamora (1984) and Damerau (1964): most slips leave a letter out, double it,
fail to double it, or swap two letters; the first letter is seldom wrong.
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


def compute_slip_cost(typed: str, meant: str, distance: int) -> float:
    """Return how unlikely it is that `meant` is typed as `typed`, at a Damerau-Levenshtein `distance` of at most 2."""
    first = FIRST_LETTER if typed[0] != meant[0] and typed[:2] != meant[1::-1] else 0.0
    if distance == 0:
        return 0.0
    if distance > 1:
        return first + _compute_cost_of_two(typed, meant)
    if len(typed) == len(meant):
        return first + _compute_cost_of_other(typed, meant)
    shorter, longer = sorted((typed, meant), key=len)
    if _is_doubled(shorter, longer):
        return first + DOUBLED
    if shorter == typed:
        return first + LEFT_OUT
    return first + (ADDED_AT_THE_END if typed.startswith(meant) else ADDED)


def _compute_cost_of_two(typed: str, meant: str) -> float:
    if _remove_doubles(typed) == _remove_doubles(meant):
        return 2 * DOUBLED
    return TWO_VOWELS if _keep_consonants(typed) == _keep_consonants(meant) else TWO_SLIPS


def _compute_cost_of_other(typed: str, meant: str) -> float:
    """Return the cost for words of one length that differ in one letter, or in two that are swapped."""
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
    """Whether the one letter that only `longer` has stands beside the same letter."""
    return any(
        longer[index] == longer[index - 1] and longer[:index] + longer[index + 1 :] == shorter
        for index in range(1, len(longer))
    )


def _keep_consonants(word: str) -> str:
    return "".join(letter for letter in word if letter not in VOWELS)


def _remove_doubles(word: str) -> str:
    return "".join(letter for letter, _ in groupby(word))
