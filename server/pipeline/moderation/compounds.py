"""Words that customers make by patterns, as 偏高 and 肉串: more of them than a dictionary of books and newspapers has.

Each line of `data/compounds.txt` and `data/ordinary.txt` has words, or groups of parts with + between them: any part of
a group may be followed by any part of the next one.
"""

from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from itertools import product
from types import MappingProxyType

from server.pipeline.typos.costs import MAX_WORD_LENGTH, compute_cost, read_costs

COMPOUNDS = files("server.pipeline.moderation") / "data" / "compounds.txt"

ORDINARY = files("server.pipeline.moderation") / "data" / "ordinary.txt"

COMPOUND_COUNT = 1_000
"""The least count of these words: the texts that others were counted in say little of goods."""


def parse_line(line: str) -> Iterator[str]:
    """Yield the words that a line stands for."""
    return map("".join, product(*(group.split() for group in line.split("+"))))


def read_compounds() -> frozenset[str]:
    """Return the shipped words, without those of one character and those too long to be looked for."""
    return frozenset(word for word in _read_words(COMPOUNDS) if 1 < len(word) <= MAX_WORD_LENGTH)


@cache
def read_ordinary_words() -> frozenset[str]:
    """Return the words that may have a listed one within and mean another thing, as 手枪钻."""
    return frozenset(_read_words(ORDINARY))


def _read_words(file: Traversable) -> Iterator[str]:
    lines = file.read_text(encoding="utf-8").splitlines()
    return (word for line in lines if not line.startswith("#") for word in parse_line(line))


@cache
def read_all_costs() -> Mapping[str, float]:
    """Return the costs of these words and of all that are counted, in powers of ten."""
    cost, counted = compute_cost(COMPOUND_COUNT), read_costs()
    return MappingProxyType({**counted, **{word: min(cost, counted.get(word, cost)) for word in read_compounds()}})
