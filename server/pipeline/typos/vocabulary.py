"""The known Chinese words: how rare each is, and which of them differ from a text in one character."""

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping

from server.pipeline.typos.costs import RARE_COST, SHOP_COUNT, compute_cost, read_costs
from server.pipeline.typos.words import read_words

MIN_CORRECTED_LENGTH, MAX_CORRECTED_LENGTH = 2, 5
"""In characters: the shortest and the longest word in which a typo is looked for."""

MASK = "\0"


class Vocabulary:
    """The costs of words, and those that a typo may be corrected to. Never changes once it is made.

    `masked` has the latter by what is left of them when one character is masked.
    """

    def __init__(self, costs: Mapping[str, float], masked: dict[str, tuple[str, ...]]) -> None:
        self._costs = costs
        self._masked = masked

    @classmethod
    def open(cls) -> "Vocabulary":
        """Read the shipped words, and the phrases that pypinyin has readings for."""
        return cls(read_costs(), _build_index(read_words("zh_everyday.txt") | read_words("zh_words.txt")))

    def with_words(self, words: Iterable[str]) -> "Vocabulary":
        """Return another one with the operator's words added; they count as the shop's own."""
        own = list(words)
        masked = dict(self._masked)
        for key, targets in _build_index(own).items():
            masked[key] = tuple(dict.fromkeys((*masked.get(key, ()), *targets)))
        costs = {word: min(compute_cost(SHOP_COUNT), self._costs.get(word, math.inf)) for word in own}
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


def _build_index(words: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """Return the words by what is left of them when one character is masked."""
    masked: dict[str, list[str]] = defaultdict(list)
    for word in words:
        if MIN_CORRECTED_LENGTH <= len(word) <= MAX_CORRECTED_LENGTH:
            for key, _ in _mask_each(word):
                masked[key].append(word)
    return {key: tuple(found) for key, found in masked.items()}
