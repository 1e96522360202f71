"""Correction of Chinese: the cheapest way to read a run of characters as words, some of them misspelt.

A word costs the more the rarer it is, and a misspelt one costs a penalty besides. So a character is changed only where
the typed text reads as rare words or as none, the corrected one as a common word, and no longer word is broken for it.
This is the noisy channel of Kernighan, Church and Gale (1990) over a segmentation by word counts. All costs are powers
of ten.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from importlib.resources import files

from server.pipeline.typos.change import Change
from server.pipeline.typos.confusions import Confusions, Likeness
from server.pipeline.typos.costs import MAX_WORD_LENGTH
from server.pipeline.typos.vocabulary import MAX_CORRECTED_LENGTH, MIN_CORRECTED_LENGTH, Vocabulary
from server.pipeline.typos.words import read_lines

PENALTIES = {Likeness.SOUND: 2.8, Likeness.NEAR_SOUND: 3.4, Likeness.SHAPE: 3.0}
"""How rare it is that one character is typed for another."""

PAIR_COST = 0.2
"""What a correction in a word of two characters costs more: two characters side by side are often right."""

MIN_LEAD = 0.3
"""How much cheaper the likeliest word must be than the next one."""

STRAY_COST = 6.0
"""From this cost on, a word may be a typo that was common enough to be counted as a word."""

NEVER_TYPED_FOR_OTHERS = frozenset(
    "零一二三四五六七八九十百千万亿两的了吗呢吧啊么能得要可不是我你他她它就也都很给把被让这那"
)
"""Numerals, particles and the like: in a word of two characters they are never typos, in longer words they may be."""

DIALECT = frozenset("俺侬咱恁忒噻嘞嘎呗咋啥冇唔嘅咗喺啲嗰佢哋乜嘢俾畀揾睇攞咩嚟嘥囝厝囡伐")
"""Characters of dialects, which nobody types unintentionally."""

RUN = re.compile(r"[\u4e00-\u9fff]{2,}")


@dataclass(frozen=True)
class _Step:
    """The cheapest reading up to a place: where its last word starts, and which word is meant if that is misspelt."""

    cost: float
    start: int
    meant: str | None = None


class ChineseSpelling:
    """Finds misspelt Chinese words. Never changes once it is made.

    A run with one of the `traditional` characters is left alone, because the vocabulary has simplified words only.
    """

    def __init__(self, vocabulary: Vocabulary, confusions: Confusions, traditional: frozenset[str]) -> None:
        self._vocabulary = vocabulary
        self._confusions = confusions
        self._traditional = traditional

    @classmethod
    def open(cls) -> "ChineseSpelling":
        """Read the shipped words."""
        groups = (group for line in read_lines("zh_shapes.txt") for group in line.split())
        return cls(Vocabulary.open(), Confusions(groups), _read_traditional_characters())

    def with_words(self, words: Iterable[str]) -> "ChineseSpelling":
        """Return another one that also knows these words, and corrects to them."""
        return ChineseSpelling(self._vocabulary.with_words(words), self._confusions, self._traditional)

    def find_changes(self, text: str) -> Iterator[Change]:
        """Yield a change for each misspelt word in the runs of two or more Chinese characters."""
        for run in RUN.finditer(text):
            for start, end, meant in self._find_typos(run[0]):
                yield Change(run.start() + start, run[0][start:end], meant)

    def _find_typos(self, run: str) -> Iterator[tuple[int, int, str]]:
        """Yield start, end and meant word of each misspelt word in the cheapest reading, the last one first."""
        strays = set() if self._traditional.intersection(run) else self._find_strays(run)
        if not strays:
            return
        steps = [_Step(0.0, 0)]
        for end in range(1, len(run) + 1):
            options = (*self._known_steps(run, end, steps), *self._typo_steps(run, end, steps, strays))
            steps.append(min(options, key=lambda step: (step.cost, bool(step.meant))))
        yield from ((start, end, meant) for start, end, meant in _read_back(steps) if meant)

    def _find_strays(self, run: str) -> set[int]:
        """Return the places of single characters and rare words in the run as typed: every typo leaves one."""
        steps = [_Step(0.0, 0)]
        for end in range(1, len(run) + 1):
            steps.append(min(self._known_steps(run, end, steps), key=lambda step: step.cost))
        strays: set[int] = set()
        for start, end, _ in _read_back(steps):
            if end - start == 1 or steps[end].cost - steps[start].cost > STRAY_COST:
                strays.update(range(start, end))
        return strays

    def _known_steps(self, run: str, end: int, steps: list[_Step]) -> Iterator[_Step]:
        """Yield a step for each known word that ends at `end`."""
        for start in range(max(end - MAX_WORD_LENGTH, 0), end):
            cost = self._vocabulary.cost(run[start:end])
            if cost is not None:
                yield _Step(steps[start].cost + cost, start)

    def _typo_steps(self, run: str, end: int, steps: list[_Step], strays: set[int]) -> Iterator[_Step]:
        """Yield a step for each misspelt word that ends at `end`."""
        first = max(end - MAX_CORRECTED_LENGTH, 0)
        for start in range(first, end - MIN_CORRECTED_LENGTH + 1):
            window = run[start:end]
            if strays.isdisjoint(range(start, end)) or self._vocabulary.cost(window) is not None:
                continue
            if found := self._find_meant(window):
                meant, cost = found
                yield _Step(steps[start].cost + cost, start, meant)

    def _find_meant(self, window: str) -> tuple[str, float] | None:
        """Return the likeliest meant word and its cost; None if there is none, or another one is as likely."""
        found: dict[str, float] = {}
        is_pair = len(window) == MIN_CORRECTED_LENGTH
        for word, index in self._vocabulary.find_alike(window):
            likeness = self._confusions.find_likeness(window[index], word[index])
            is_meant = window[index] in DIALECT or (is_pair and window[index] in NEVER_TYPED_FOR_OTHERS)
            if likeness is not None and not is_meant:
                found[word] = (self._vocabulary.cost(word) or 0.0) + PENALTIES[likeness] + PAIR_COST * is_pair
        if not found:
            return None
        (word, cost), *others = sorted(found.items(), key=lambda pair: pair[1])
        if others and others[0][1] - cost < MIN_LEAD:
            return None
        return word, cost


def _read_back(steps: list[_Step]) -> Iterator[tuple[int, int, str | None]]:
    """Yield start, end and meant word of each word in the cheapest reading, the last one first."""
    end = len(steps) - 1
    while end:
        yield steps[end].start, end, steps[end].meant
        end = steps[end].start


def _read_traditional_characters() -> frozenset[str]:
    """Return the characters that OpenCC has a simplified form for."""
    text = (files("opencc") / "dictionary" / "TSCharacters.txt").read_text(encoding="utf-8")
    return frozenset(line[0] for line in text.splitlines())
