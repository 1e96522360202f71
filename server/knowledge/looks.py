"""How things look, by words of names and of descriptions: colour, pattern and kind in either language, and the rest."""

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import cache, cached_property
from importlib.resources import files
from itertools import pairwise

from server.knowledge.name_tokens import NameTokens, Token, TokenText, is_idle
from server.store.passage_tokens import stem

Features = frozenset[str]

KNOWN = ("colour:", "pattern:", "kind:")
"""The features of which things have one each, so that two different ones are a conflict."""

OTHER = "word:"


class Looks:
    """Finds features in texts."""

    def __init__(self, tokens: NameTokens) -> None:
        self._tokens = tokens

    @cached_property
    def _words(self) -> dict[tuple[str, ...], str]:
        """The feature that each known word stands for, by the word's tokens."""
        return {
            tuple(stem(token.text) for token in self._tokens.read(word).tokens): feature
            for feature, words in read_groups()
            for word in words
        }

    @cached_property
    def _longest(self) -> int:
        return max(map(len, self._words))

    def find(self, text: str) -> Features:
        """Return the features of a text."""
        return self.find_in(self._tokens.read(text))

    def find_in(self, text: TokenText) -> Features:
        """Return the features of a text, and each of its other words, in Chinese pairs of characters."""
        return frozenset(self._list(text.tokens))

    def _list(self, tokens: Sequence[Token]) -> Iterator[str]:
        words = [stem(token.text) for token in tokens]
        i = 0
        rest: list[Token | None] = []
        while i < len(words):
            size = self._find_longest(words, i)
            if size:
                yield self._words[tuple(words[i : i + size])]
                rest.append(None)
            else:
                rest.append(tokens[i])
            i += size or 1
        yield from _list_others(rest)

    def _find_longest(self, words: Sequence[str], i: int) -> int:
        sizes = range(min(self._longest, len(words) - i), 0, -1)
        return next((size for size in sizes if tuple(words[i : i + size]) in self._words), 0)


def _list_others(tokens: Iterable[Token | None]) -> Iterator[str]:
    """Yield words that are not known; None stands for one that is."""
    found = list(tokens)
    for token in found:
        if token is not None and not token.is_mark and not token.is_single and not is_idle(token.text):
            yield OTHER + stem(token.text)
    for first, second in pairwise(found):
        if first is not None and second is not None and first.is_single and second.is_single:
            yield OTHER + first.text + second.text


def differ(first: Features, second: Features) -> bool:
    """Whether two things cannot be the same: they have different colours, patterns or kinds."""
    for kind in KNOWN:
        ours, theirs = ({each for each in features if each.startswith(kind)} for features in (first, second))
        if ours and theirs and ours.isdisjoint(theirs):
            return True
    return False


@cache
def read_groups() -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Return the features with their words."""
    lines = (files("server.knowledge") / "words" / "looks.txt").read_text(encoding="utf-8").splitlines()
    groups = []
    for line in lines:
        kind, _, rest = line.partition(": ")
        words = tuple(re.split(r",\s*", rest))
        groups.append((f"{kind}:{words[0]}", words))
    return tuple(groups)
