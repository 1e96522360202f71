"""Whether a listed word is a word where it is found, or the end of one word and the beginning of the next.

Chinese is written without spaces, so 颜色情况 has the characters of 色情, and none of its sense. The text around a
hit is cut into words in the cheapest way by their counts, as in the unigram model of jieba
(https://github.com/fxsjy/jieba), once with the listed word and once with words that reach over its edges. The cheaper
one decides.
"""

import math
from collections.abc import Mapping
from functools import lru_cache
from typing import NamedTuple, Self

from server.pipeline.moderation.compounds import read_all_costs, read_ordinary_words
from server.pipeline.typos.costs import MAX_WORD_LENGTH, RARE_COST

CONTEXT = 5
"""How many characters on each side of a hit are looked at; a stream waits for no more than these."""

MIN_LISTED_COST, MAX_LISTED_COST = 5.0, 6.0
"""The least and the greatest cost of a listed word, in powers of ten.

The counts are from newspapers, which write about much that customers do not, and the lists have words that they lack.
"""

LETTER_COST = 3.0
"""The cost of a letter that is no Chinese character."""

LISTED_LEAD = 1.0
"""How much likelier a listed word is than its characters side by side by chance."""

OVERLAP_COST = 1.3
"""What a listed word costs more where other words overlap it: those stand in a dictionary for all texts."""

REQUESTS = frozenset("有发买卖看找要想出带给求来搞做用拿玩")
REQUEST_COST = 1.3
"""What an overlapping word costs more that begins with a verb of asking or offering just before the listed one.

In 卖假证 the verb is rather a word of its own.
"""

PAUSE_COST = 1.0
"""How unlikely it is that somebody writes white space or a comma into a word, to disguise it."""

UNEVEN_COST = 1.0
"""What a pause costs more between some letters of a word and not between others: who disguises a word parts all."""

CLAUSE_COST, MIN_CLAUSE = 2.5, 2
"""What a comma costs more that parts two clauses, and how many characters of the second must follow the word."""

NUM_REMEMBERED = 10_000
"""How many answers are kept: a long text repeats itself."""

FIRST_HAN, LAST_HAN, FIRST_RARE_HAN = 0x3400, 0x9FFF, 0x20000


def is_han(letter: str) -> bool:
    """Whether this is a Chinese character."""
    code_point = ord(letter)
    return FIRST_HAN <= code_point <= LAST_HAN or code_point >= FIRST_RARE_HAN


class Found(NamedTuple):
    """A listed word among the Chinese characters around it, all folded.

    With `has_pause` there is nothing but white space or a comma between two of its letters, at which the text may be
    cut; with `has_sign` there is a sign that nobody writes into a text without a purpose. With `has_comma` a
    pause has a comma, which may part clauses; with `is_partly_joined` some letters are apart and others are not.
    """

    before: str
    word: str
    after: str
    has_pause: bool = False
    has_sign: bool = False
    has_comma: bool = False
    is_partly_joined: bool = False


class Segmenter:
    """Cuts the text around a hit into words. Never changes once it is made."""

    def __init__(self, costs: Mapping[str, float], ordinary: frozenset[str] = frozenset()) -> None:
        """`costs` says how rare each word is, in powers of ten. What is part of an ordinary word is no listed one."""
        self._costs = costs
        self._ordinary = ordinary
        self.is_word = lru_cache(NUM_REMEMBERED)(self._decide)

    @classmethod
    def open(cls) -> Self:
        """Use the shipped words."""
        return cls(read_all_costs(), read_ordinary_words())

    def knows(self, word: str) -> bool:
        """Whether this is a known word."""
        return word in self._costs

    def _decide(self, found: Found) -> bool:
        """Whether the listed word is a word of the text as it is most likely meant."""
        if self._is_in_ordinary_word(found):
            return False
        is_overlapped = self._has_overlapping_word(found)
        if not (found.has_pause or is_overlapped):
            return True
        listed = self._get_listed_cost(found.word) + self._compute_cost(found.before) + self._compute_cost(found.after)
        if not found.has_sign:
            listed += OVERLAP_COST * is_overlapped
            listed += found.has_pause * (PAUSE_COST + UNEVEN_COST * found.is_partly_joined)
            listed += CLAUSE_COST * self._has_clauses(found)
        return listed <= self._compute_rival_cost(found)

    def _is_in_ordinary_word(self, found: Found) -> bool:
        """Whether the listed word is but a part of an ordinary one, and not disguised."""
        if found.has_pause or found.has_sign:
            return False
        text, (first, last) = _join(found)
        words = (text[start:end] for start in range(first + 1) for end in range(last, len(text) + 1))
        return any(word != found.word and word in self._ordinary for word in words)

    def _has_clauses(self, found: Found) -> bool:
        """Whether a comma between the letters has enough text on both sides to part two clauses."""
        return found.has_comma and bool(found.before) and len(found.after) >= MIN_CLAUSE

    def _has_overlapping_word(self, found: Found) -> bool:
        """Whether any word reaches over an edge of the listed one, the cheap question that decides most cases."""
        text, edges = _join(found)
        return any(
            text[start:end] in self._costs and _straddles(start, end, edges)
            for edge in edges
            for start in range(max(edge - MAX_WORD_LENGTH + 1, 0), edge)
            for end in range(edge + 1, min(start + MAX_WORD_LENGTH, len(text)) + 1)
        )

    def _compute_cost(self, text: str) -> float:
        """Return the cost of the cheapest way to cut a text into words."""
        costs = [0.0]
        for end in range(1, len(text) + 1):
            starts = range(max(end - MAX_WORD_LENGTH, 0), end)
            costs.append(min(costs[start] + self._get_cost(text[start:end]) for start in starts))
        return costs[-1]

    def _compute_rival_cost(self, found: Found) -> float:
        """Return the cost of the cheapest way to cut the text without the listed word.

        A word must reach over one of its edges, unless a pause parts it.
        """
        text, edges = _join(found)
        within, over = [0.0], [0.0 if found.has_pause else math.inf]
        for end in range(1, len(text) + 1):
            within.append(math.inf)
            over.append(math.inf)
            for start in range(max(end - MAX_WORD_LENGTH, 0), end):
                if start <= edges[0] and end >= edges[1]:
                    continue
                cost = self._get_cost(text[start:end])
                over[end] = min(over[end], over[start] + cost)
                if _straddles(start, end, edges):
                    asked = REQUEST_COST if text[start] in REQUESTS and start == edges[0] - 1 else 0.0
                    over[end] = min(over[end], within[start] + cost + asked)
                else:
                    within[end] = min(within[end], within[start] + cost)
        return over[-1]

    def _get_cost(self, word: str) -> float:
        if len(word) > 1:
            return self._costs.get(word, math.inf)
        return self._costs.get(word, RARE_COST) if is_han(word) else LETTER_COST

    def _get_listed_cost(self, word: str) -> float:
        counted = max(self._costs.get(word, MAX_LISTED_COST), MIN_LISTED_COST)
        apart = (self._compute_cost(word[:cut]) + self._compute_cost(word[cut:]) for cut in range(1, len(word)))
        return min(counted, MAX_LISTED_COST, min(apart, default=math.inf) - LISTED_LEAD)


def _join(found: Found) -> tuple[str, tuple[int, int]]:
    """Return the whole text, and where the listed word begins and ends in it."""
    start = len(found.before)
    return f"{found.before}{found.word}{found.after}", (start, start + len(found.word))


def _straddles(start: int, end: int, edges: tuple[int, int]) -> bool:
    """Whether a word reaches over one edge of the listed word. One that has all of it says nothing against it."""
    first, last = edges
    return (start < first < end) != (start < last < end) and not (start <= first and end >= last)
