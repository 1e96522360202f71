"""Correction of English: the likeliest word that a misspelt one was meant to be, where there is little doubt about it.

Only plain words of small letters are looked at; those with a capital, a digit or a sign are names or codes. Candidates
come from symspellpy (Garbe's symmetric deletes) and its list of words with their counts.
"""

import math
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from importlib.resources import files
from threading import Lock

from symspellpy import SymSpell, Verbosity
from symspellpy.suggest_item import SuggestItem

from server.pipeline.typos.change import Change
from server.pipeline.typos.slips import LEFT_OUT, slip_cost
from server.pipeline.typos.words import read_words

COUNTS = "frequency_dictionary_en_82_765.txt"
NUM_CANDIDATES = 25_000
"""The most frequent words, which a typo may be corrected to; the rarer ones are only known to be right."""

NUM_FREQUENT = 10_000
"""Those that a word may be two of, written as one, such as powerbank."""

PREFIX_LENGTH = 6
"""Letters that SymSpell indexes of a word: a third of the memory of its own default, and as quick here."""

MIN_LENGTH = 4
MIN_LENGTH_OF_TWO = 7
"""Letters in a word: the shortest that is corrected, and the shortest in which two slips are looked for."""

PREFERENCE = 1.2
"""How far the shop's own words are ahead of others: as if they were so many powers of ten more frequent."""

MIN_SCORES = {4: 7.2, 5: 6.0, 6: 5.5}
MIN_SCORE = 5.0
MIN_LEAD = 0.25
"""Powers of ten, by letters: the count that a word must have left after its slip, and its lead over the next."""

MAX_STRANGE_SHARE = 0.4
"""Of the words of a text that is English; with more, and one that is like no English word, it is left alone."""

OWN_COUNT = 10**8
"""Of the operator's words, and of the shop's that the list lacks: that of an everyday word."""

TOKEN = re.compile(r"[^\s\u3000-\u9fff\uff00-\uffef]+")
PUNCTUATION = "([{)]},.;:!?…"
PLAIN = re.compile(r"[a-z]+")

PREFIXES = ("un", "re", "pre", "non", "multi", "micro", "mini", "over", "anti", "semi", "super", "ultra")
SUFFIXES = ("s", "es", "ed", "er", "ers", "ing", "ly", "less", "able", "ish", "proof")
MIN_STEM_LENGTH = 4


class EnglishSpelling:
    """`index` has the candidates, `own` those of the operator; `words` are all that are right."""

    def __init__(self, index: "_Index", own: "_Index", words: "_Words") -> None:
        self._indexes = (index, own)
        self._words = words

    @classmethod
    def open(cls) -> "EnglishSpelling":
        preferred = read_words("en_words.txt")
        counts = _counts()
        index = SymSpell(max_dictionary_edit_distance=2, prefix_length=PREFIX_LENGTH)
        for word, count in list(counts.items())[:NUM_CANDIDATES]:
            index.create_dictionary_entry(word, count)
        for word in preferred:
            index.create_dictionary_entry(word, max(OWN_COUNT - counts.get(word, 0), 0))
        known = preferred.union(counts, read_words("en_known.txt"))
        return cls(_Index(index), _Index(SymSpell()), _Words(known, preferred, frozenset(list(counts)[:NUM_FREQUENT])))

    def extended(self, words: Iterable[str]) -> "EnglishSpelling":
        """This with the operator's words."""
        own = SymSpell(max_dictionary_edit_distance=2, prefix_length=PREFIX_LENGTH)
        names = frozenset(words)
        for word in names:
            own.create_dictionary_entry(word, OWN_COUNT)
        all_words = replace(self._words, known=self._words.known | names, preferred=self._words.preferred | names)
        return EnglishSpelling(self._indexes[0], _Index(own), all_words)

    def changes(self, text: str) -> Iterator[Change]:
        """One for each word that is misspelt; none at all in a text that is not English."""
        found: list[Change] = []
        num_words = num_strange = 0
        for start, word in _plain_words(text):
            meant = self.correction(word)
            num_words += 1
            num_strange += not (self._words.has(word) or self._words.make(word))
            if meant:
                found.append(Change(start, word, meant))
        is_foreign = num_strange > len(found) and num_strange >= MAX_STRANGE_SHARE * num_words
        return iter(() if is_foreign else found)

    def correction(self, word: str) -> str | None:
        """None where the word is right, or no word, or more than one, is likely enough to be meant."""
        if len(word) < MIN_LENGTH or self._words.has(word):
            return None
        best, second = (*self._ranked(word), _NONE, _NONE)[:2]
        if best.score < MIN_SCORES.get(len(word), MIN_SCORE) or best.score - second.score < MIN_LEAD:
            return None
        is_sure = best.cost <= LEFT_OUT and best.term in self._words.preferred
        return best.term if is_sure or not self._words.make(word) else None

    def _ranked(self, word: str) -> list["_Candidate"]:
        """What may be meant, the likeliest first."""
        max_distance = 1 if len(word) < MIN_LENGTH_OF_TWO else 2
        found: dict[str, _Candidate] = {}
        for index in self._indexes:
            for suggestion in index.near(word, max_distance):
                cost = slip_cost(word, suggestion.term, suggestion.distance)
                preference = PREFERENCE if suggestion.term in self._words.preferred else 0.0
                score = math.log10(suggestion.count) + preference - cost
                found[suggestion.term] = _Candidate(suggestion.term, score, cost)
        return sorted(found.values(), key=lambda candidate: candidate.score, reverse=True)


class _Index:
    """One thread at a time: symspellpy reckons in a buffer of its own, and gives nonsense to two at once."""

    def __init__(self, index: SymSpell) -> None:
        self._index = index
        self._lock = Lock()

    def near(self, word: str, max_distance: int) -> list[SuggestItem]:
        with self._lock:
            found: list[SuggestItem] = self._index.lookup(word, Verbosity.ALL, max_distance)
            return found


@dataclass(frozen=True)
class _Words:
    """`known` are right, of them `preferred` the shop's own, and `frequent` those that compounds are made of."""

    known: frozenset[str]
    preferred: frozenset[str]
    frequent: frozenset[str]

    def has(self, word: str) -> bool:
        """Also as the singular of a known plural."""
        return word in self.known or (not word.endswith("s") and f"{word}s" in self.known)

    def make(self, word: str) -> bool:
        """Whether it is a known word with a prefix or a suffix, or two frequent words written as one."""
        stems = [word[len(prefix) :] for prefix in PREFIXES if word.startswith(prefix)]
        stems += [word[: -len(suffix)] for suffix in SUFFIXES if word.endswith(suffix)]
        if any(len(stem) >= MIN_STEM_LENGTH and stem in self.known for stem in stems):
            return True
        cuts = range(MIN_STEM_LENGTH, len(word) - MIN_STEM_LENGTH + 1)
        return any(word[:cut] in self.frequent and word[cut:] in self.frequent for cut in cuts)


@dataclass(frozen=True)
class _Candidate:
    """`score` and `cost` are powers of ten: how likely the word is to be meant, and how unlikely its slip."""

    term: str
    score: float
    cost: float


_NONE = _Candidate("", -math.inf, math.inf)


def _plain_words(text: str) -> Iterator[tuple[int, str]]:
    """The words of small letters that touch nothing but white space and punctuation, and where they start."""
    for token in TOKEN.finditer(text):
        word = token[0].strip(PUNCTUATION)
        if PLAIN.fullmatch(word):
            yield token.start() + token[0].index(word), word


def _counts() -> dict[str, int]:
    """By frequency, the most frequent first."""
    text = (files("symspellpy") / COUNTS).read_text(encoding="utf-8-sig")
    return {word: int(count) for word, count in map(str.split, text.splitlines())}
