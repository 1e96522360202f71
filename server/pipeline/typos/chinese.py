"""Correction of Chinese: the cheapest way to read a run of characters as words, some of them misspelt.

A word costs as much as it is rare, and a misspelt one a penalty besides. So a character is changed only where what was
typed reads as rare words or as none, and what is meant as a common one, and no longer word is broken for it. That is
the noisy channel of Kernighan, Church and Gale (1990) over a segmentation by word counts.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from importlib.resources import files

from server.pipeline.typos.change import Change
from server.pipeline.typos.confusions import Confusions, Likeness
from server.pipeline.typos.vocabulary import (
    MAX_CORRECTED_LENGTH,
    MAX_WORD_LENGTH,
    MIN_CORRECTED_LENGTH,
    Vocabulary,
)
from server.pipeline.typos.words import read_lines

PENALTIES = {Likeness.SOUND: 2.8, Likeness.NEAR_SOUND: 3.4, Likeness.SHAPE: 3.0}
"""Powers of ten: how rare it is that a character is typed for another."""
MIN_LEAD = 0.3
"""Powers of ten: that of the likeliest word over the next."""

STRAY_COST = 6.0
"""Powers of ten: a longer word that is rarer may be a typo that was counted."""

CERTAIN = frozenset("零一二三四五六七八九十百千万亿两的了吗呢吧啊么")
"""Numerals and particles: beside a single character they are meant; only in a longer word may they be misspelt."""

RUN = re.compile(r"[\u4e00-\u9fff]{2,}")


@dataclass(frozen=True)
class _Step:
    """The cheapest way to a place: where its last word starts, and what is meant by it where it is misspelt."""

    cost: float
    start: int
    meant: str | None = None


class ChineseSpelling:
    """`traditional` characters mark a run in the other script, whose words the vocabulary lacks."""

    def __init__(self, vocabulary: Vocabulary, confusions: Confusions, traditional: frozenset[str]) -> None:
        self._vocabulary = vocabulary
        self._confusions = confusions
        self._traditional = traditional

    @classmethod
    def open(cls) -> "ChineseSpelling":
        groups = (group for line in read_lines("zh_shapes.txt") for group in line.split())
        return cls(Vocabulary.open(), Confusions(groups), _traditional_characters())

    def extended(self, words: Iterable[str]) -> "ChineseSpelling":
        return ChineseSpelling(self._vocabulary.extended(words), self._confusions, self._traditional)

    def changes(self, text: str) -> Iterator[Change]:
        """One for each misspelt word, with the whole of it, where two or more Chinese characters are in a row."""
        for run in RUN.finditer(text):
            for start, end, meant in self._read(run[0]):
                yield Change(run.start() + start, run[0][start:end], meant)

    def _read(self, run: str) -> Iterator[tuple[int, int, str]]:
        """The misspelt words of the cheapest reading, last first."""
        strays = set() if self._traditional.intersection(run) else self._strays(run)
        if not strays:
            return
        steps = [_Step(0.0, 0)]
        for end in range(1, len(run) + 1):
            options = (*self._words(run, end, steps), *self._typos(run, end, steps, strays))
            steps.append(min(options, key=lambda step: (step.cost, bool(step.meant))))
        yield from ((start, end, meant) for start, end, meant in _way(steps) if meant)

    def _strays(self, run: str) -> set[int]:
        """Where single characters and rare words are when the run is read as known words: a typo leaves one."""
        steps = [_Step(0.0, 0)]
        for end in range(1, len(run) + 1):
            steps.append(min(self._words(run, end, steps), key=lambda step: step.cost))
        strays: set[int] = set()
        for start, end, _ in _way(steps):
            if end - start == 1 or steps[end].cost - steps[start].cost > STRAY_COST:
                strays.update(range(start, end))
        return strays

    def _words(self, run: str, end: int, steps: list[_Step]) -> Iterator[_Step]:
        for start in range(max(end - MAX_WORD_LENGTH, 0), end):
            cost = self._vocabulary.cost(run[start:end])
            if cost is not None:
                yield _Step(steps[start].cost + cost, start)

    def _typos(self, run: str, end: int, steps: list[_Step], strays: set[int]) -> Iterator[_Step]:
        first = max(end - MAX_CORRECTED_LENGTH, 0)
        for start in range(first, end - MIN_CORRECTED_LENGTH + 1):
            window = run[start:end]
            if strays.isdisjoint(range(start, end)) or self._vocabulary.cost(window) is not None:
                continue
            if found := self._meant(window):
                meant, cost = found
                yield _Step(steps[start].cost + cost, start, meant)

    def _meant(self, window: str) -> tuple[str, float] | None:
        """The word that is likeliest meant, and what that costs; None where there is none, or another as likely."""
        found: dict[str, float] = {}
        for word, index in self._vocabulary.alike(window):
            likeness = self._confusions.likeness(window[index], word[index])
            is_certain = window[index] in CERTAIN and len(window) == MIN_CORRECTED_LENGTH
            if likeness is not None and not is_certain:
                found[word] = (self._vocabulary.cost(word) or 0.0) + PENALTIES[likeness]
        if not found:
            return None
        (word, cost), *others = sorted(found.items(), key=lambda pair: pair[1])
        if others and others[0][1] - cost < MIN_LEAD:
            return None
        return word, cost


def _way(steps: list[_Step]) -> Iterator[tuple[int, int, str | None]]:
    """The words of the cheapest way to the end, last first."""
    end = len(steps) - 1
    while end:
        yield steps[end].start, end, steps[end].meant
        end = steps[end].start


def _traditional_characters() -> frozenset[str]:
    """Those that OpenCC has a simplified form for."""
    text = (files("opencc") / "dictionary" / "TSCharacters.txt").read_text(encoding="utf-8")
    return frozenset(line[0] for line in text.splitlines())
