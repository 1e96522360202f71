"""The known Chinese words: how rare each is, and which of them differ from a text in one character."""

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator

from pypinyin.phrases_dict import phrases_dict

from server.pipeline.typos.words import read_lines, read_words

NUM_COUNTED = 60_101_967
"""How many words the texts have that the counts are from."""

SHOP_COUNT = 40_000
"""The least count of the shop's own words: the counts are from books and newspapers, which say little of coupons."""

EVERYDAY_COUNT = 3_000
"""The least count of everyday words."""

KNOWN_COUNT = 300
"""The least count of the words that the counts lack."""

RARE_COUNT = 3
"""The count of the phrases that pypinyin has readings for, and of characters that are no word of their own."""

FLOORS = {"zh_known.txt": KNOWN_COUNT, "zh_everyday.txt": EVERYDAY_COUNT, "zh_words.txt": SHOP_COUNT}

MAX_WORD_LENGTH = 4
MIN_CORRECTED_LENGTH, MAX_CORRECTED_LENGTH = 2, 5
"""In characters: the longest word of the vocabulary, and the shortest and longest in which a typo is looked for."""

MASK = "\0"


class Vocabulary:
    """The costs of words, and those that a typo may be corrected to. Never changes once it is made.

    `masked` has the latter by what is left of them when one character is masked.
    """

    def __init__(self, costs: dict[str, float], masked: dict[str, tuple[str, ...]]) -> None:
        self._costs = costs
        self._masked = masked

    @classmethod
    def open(cls) -> "Vocabulary":
        """Read the shipped words, and the phrases that pypinyin has readings for."""
        costs = dict.fromkeys((word for word in phrases_dict if len(word) <= MAX_WORD_LENGTH), RARE_COST)
        for line in read_lines("zh_counts.txt"):
            word, _, count = line.partition(" ")
            costs[word] = _compute_cost(int(count))
        lists = {name: read_words(name) for name in FLOORS}
        for name, words in lists.items():
            costs |= {word: min(_compute_cost(FLOORS[name]), costs.get(word, math.inf)) for word in words}
        return cls(costs, _build_index(lists["zh_everyday.txt"] | lists["zh_words.txt"]))

    def with_words(self, words: Iterable[str]) -> "Vocabulary":
        """Return another one with the operator's words added; they count as the shop's own."""
        own = list(words)
        masked = dict(self._masked)
        for key, targets in _build_index(own).items():
            masked[key] = tuple(dict.fromkeys((*masked.get(key, ()), *targets)))
        costs = {word: min(_compute_cost(SHOP_COUNT), self._costs.get(word, math.inf)) for word in own}
        return Vocabulary({**self._costs, **costs}, masked)

    def cost(self, word: str) -> float | None:
        """Return how rare the word is, in powers of ten; None for an unknown word."""
        return self._costs.get(word, RARE_COST if len(word) == 1 else None)

    def find_alike(self, window: str) -> Iterator[tuple[str, int]]:
        """Yield the words to correct to that differ from `window` in one character, and the place of that character."""
        for key, index in _mask_each(window):
            for word in self._masked.get(key, ()):
                yield word, index


def _mask_each(word: str) -> Iterator[tuple[str, int]]:
    """Yield the word with each of its characters masked in turn, and the place of that character."""
    return ((f"{word[:index]}{MASK}{word[index + 1 :]}", index) for index in range(len(word)))


def _compute_cost(count: int) -> float:
    return math.log10(NUM_COUNTED / count)


def _build_index(words: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """Return the words by what is left of them when one character is masked."""
    masked: dict[str, list[str]] = defaultdict(list)
    for word in words:
        if MIN_CORRECTED_LENGTH <= len(word) <= MAX_CORRECTED_LENGTH:
            for key, _ in _mask_each(word):
                masked[key].append(word)
    return {key: tuple(found) for key, found in masked.items()}


RARE_COST = _compute_cost(RARE_COUNT)
