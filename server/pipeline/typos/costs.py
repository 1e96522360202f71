"""How rare each known Chinese word is, in powers of ten: counts from books and newspapers, and the shipped lists."""

import math
from collections.abc import Mapping
from functools import cache
from types import MappingProxyType

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
"""In characters: the longest word that has a cost."""


def compute_cost(count: int) -> float:
    return math.log10(NUM_COUNTED / count)


RARE_COST = compute_cost(RARE_COUNT)


@cache
def read_costs() -> Mapping[str, float]:
    """Return the costs of the shipped words, and of the phrases that pypinyin has readings for."""
    costs = dict.fromkeys((word for word in phrases_dict if len(word) <= MAX_WORD_LENGTH), RARE_COST)
    for line in read_lines("zh_counts.txt"):
        word, _, count = line.partition(" ")
        costs[word] = compute_cost(int(count))
    for name, floor in FLOORS.items():
        cost = compute_cost(floor)
        costs |= {word: min(cost, costs.get(word, math.inf)) for word in read_words(name)}
    return MappingProxyType(costs)
