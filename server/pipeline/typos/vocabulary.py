"""The Chinese words that are known: what reading them costs, and which of them differ from a text in one character."""

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator

from pypinyin.phrases_dict import phrases_dict

from server.pipeline.typos.words import read_lines, read_words

NUM_COUNTED = 60_101_967
"""Words of the texts that the counts are from."""

SHOP_COUNT = 40_000
"""At least, of the shop's own words: the counts are from books and newspapers, which say little of coupons."""

EVERYDAY_COUNT = 3_000
"""At least, of everyday words."""

KNOWN_COUNT = 300
"""At least, of the words that the counts lack."""

RARE_COUNT = 3
"""Of the phrases that pypinyin has readings for, and of characters that are no word of their own."""

FLOORS = {"zh_known.txt": KNOWN_COUNT, "zh_everyday.txt": EVERYDAY_COUNT, "zh_words.txt": SHOP_COUNT}

MAX_WORD_LENGTH = 4
MIN_CORRECTED_LENGTH, MAX_CORRECTED_LENGTH = 2, 5
"""Characters in a word: the longest that is looked for, and the shortest and longest that a typo is looked for in."""

MASK = "\0"


class Vocabulary:
    """`costs` of words, and under `masked` those that a typo may be corrected to. Never changed."""

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
        lists = {name: read_words(name) for name in FLOORS}
        for name, words in lists.items():
            costs |= {word: min(_cost(FLOORS[name]), costs.get(word, math.inf)) for word in words}
        return cls(costs, _index(lists["zh_everyday.txt"] | lists["zh_words.txt"]))

    def extended(self, words: Iterable[str]) -> "Vocabulary":
        """This with the operator's words, which count as the shop's own."""
        own = list(words)
        masked = dict(self._masked)
        for key, targets in _index(own).items():
            masked[key] = tuple(dict.fromkeys((*masked.get(key, ()), *targets)))
        costs = {word: min(_cost(SHOP_COUNT), self._costs.get(word, math.inf)) for word in own}
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


def _index(words: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """The words by what is left of them where a character is masked."""
    masked: dict[str, list[str]] = defaultdict(list)
    for word in words:
        if MIN_CORRECTED_LENGTH <= len(word) <= MAX_CORRECTED_LENGTH:
            for key, _ in _masks(word):
                masked[key].append(word)
    return {key: tuple(found) for key, found in masked.items()}


RARE_COST = _cost(RARE_COUNT)
