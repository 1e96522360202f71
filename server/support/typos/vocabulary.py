"""The Chinese words that are known: what reading them costs, and which of them differ from a text in one character."""

import math
from collections.abc import Iterable, Iterator

from pypinyin.phrases_dict import phrases_dict

from server.support.typos.words import read_lines, read_words

NUM_COUNTED = 60_101_967
"""Words of the texts that the counts are from."""

COMMON_COUNT = 6_000
"""At least, of the shop's own words: the counts are from books and newspapers, which say little of coupons."""

KNOWN_COUNT = 300
"""At least, of the words that the counts lack."""

RARE_COUNT = 3
"""Of the phrases that pypinyin has readings for, and of characters that are no word of their own."""

MAX_WORD_LENGTH = 4
MIN_CORRECTED_LENGTH, MAX_CORRECTED_LENGTH = 2, 5
"""Characters in a word: the longest that is looked for, and the shortest and longest that a typo is looked for in."""

MASK = "\0"


class Vocabulary:
    """`common` words are those that a typo is corrected to; `others` are only known to be right. Never changed."""

    def __init__(self, costs: dict[str, float], masked: dict[str, tuple[str, ...]]) -> None:
        self._costs = costs
        self._masked = masked

    @classmethod
    def open(cls) -> "Vocabulary":
        """The shipped words, and the phrases that pypinyin has readings for."""
        costs = dict.fromkeys((word for word in phrases_dict if len(word) <= MAX_WORD_LENGTH), RARE_COST)
        for line in read_lines("zh_counts.txt"):
            word, _, count = line.partition(" ")
            costs[word] = _cost(int(count))
        costs |= {word: min(KNOWN_COST, costs.get(word, KNOWN_COST)) for word in read_words("zh_known.txt")}
        return cls(costs, {}).extended(read_words("zh_words.txt"))

    def extended(self, common: Iterable[str]) -> "Vocabulary":
        """This with more words."""
        words = set(common)
        masked = dict(self._masked)
        for word in words:
            if MIN_CORRECTED_LENGTH <= len(word) <= MAX_CORRECTED_LENGTH:
                for key, _ in _masks(word):
                    masked[key] = tuple(dict.fromkeys((*masked.get(key, ()), word)))
        costs = {word: min(COMMON_COST, self._costs.get(word, COMMON_COST)) for word in words}
        return Vocabulary({**self._costs, **costs}, masked)

    def cost(self, word: str) -> float | None:
        """How rare the word is, in powers of ten; None for what is none."""
        return self._costs.get(word, RARE_COST if len(word) == 1 else None)

    def alike(self, window: str) -> Iterator[tuple[str, int]]:
        """The common words that differ from `window` in one character, and where."""
        for key, index in _masks(window):
            for word in self._masked.get(key, ()):
                yield word, index


def _masks(word: str) -> Iterator[tuple[str, int]]:
    return ((f"{word[:index]}{MASK}{word[index + 1 :]}", index) for index in range(len(word)))


def _cost(count: int) -> float:
    return math.log10(NUM_COUNTED / count)


COMMON_COST = _cost(COMMON_COUNT)
KNOWN_COST = _cost(KNOWN_COUNT)
RARE_COST = _cost(RARE_COUNT)
