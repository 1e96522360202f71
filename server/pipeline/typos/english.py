"""Correction of English: the likeliest word for a misspelt one, where there is little doubt about it.

Only plain words of small letters are looked at; those with a capital, a digit or a sign are names or codes. Candidates
come from symspellpy (Garbe's symmetric deletes) and its list of words with their counts. All scores are powers of ten.
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
from server.pipeline.typos.slips import LEFT_OUT, OTHER_VOWEL, SWAPPED, compute_slip_cost
from server.pipeline.typos.words import read_words

COUNTS = "frequency_dictionary_en_82_765.txt"
NUM_CANDIDATES = 25_000
"""How many of the most frequent words are corrected to; the rarer ones are only known to be right."""

NUM_FREQUENT = 10_000
"""How many of the most frequent words may form a compound of two, such as powerbank."""

PREFIX_LENGTH = 6
"""How many letters of a word SymSpell indexes: a third of the memory of its default, and just as fast here."""

MIN_LENGTH = 3
MIN_LENGTH_OF_ANY = 4
MIN_LENGTH_OF_LESS_SURE = 6
MIN_LENGTH_OF_TWO = 7
"""In letters: the shortest word that is corrected, and in which other slips than swapped letters are looked for.

Then the shortest in which another or an added letter may be a slip, and in which there may be two: in shorter ones it
is rather a name.
"""

PREFERENCE = 1.2
"""What the shop's own words score more than others."""

MIN_SCORES = {3: 9.0, 4: 7.2, 5: 6.0, 6: 5.5}
MIN_SCORE = 5.0
MIN_LEAD = 0.25
"""The least score of a candidate, by the letters of the typed word, and its least lead over the next one."""

MAX_STRANGE_SHARE = 0.4
"""The largest share of unknown words in an English text. A text with more is in another language."""

OWN_COUNT = 10**8
"""The count of the operator's words, and of the shop's that the list lacks: that of an everyday word."""

TOKEN = re.compile(r"[^\s\u3000-\u9fff\uff00-\uffef]+")
PUNCTUATION = "([{)]},.;:!?…"
PLAIN = re.compile(r"[a-z]+")

PREFIXES = ("e", "i", "un", "re", "pre", "non", "multi", "micro", "mini", "over", "anti", "semi", "super", "ultra")
SUFFIXES = ("s", "es", "ed", "er", "ers", "ing", "ly", "less", "able", "ish", "proof")
MIN_STEM_LENGTH = 4


class EnglishSpelling:
    """Finds misspelt English words. `index` has the shipped candidates, `own` the operator's; `words` are all right."""

    def __init__(self, index: "_Index", own: "_Index", words: "_Words") -> None:
        self._indexes = (index, own)
        self._words = words

    @classmethod
    def open(cls) -> "EnglishSpelling":
        """Read the shipped words."""
        preferred = read_words("en_words.txt")
        counts = _read_counts()
        index = SymSpell(max_dictionary_edit_distance=2, prefix_length=PREFIX_LENGTH)
        for word, count in list(counts.items())[:NUM_CANDIDATES]:
            index.create_dictionary_entry(word, count)
        for word in preferred:
            index.create_dictionary_entry(word, max(OWN_COUNT - counts.get(word, 0), 0))
        known = preferred.union(counts, read_words("en_known.txt"))
        return cls(_Index(index), _Index(SymSpell()), _Words(known, preferred, frozenset(list(counts)[:NUM_FREQUENT])))

    def with_words(self, words: Iterable[str]) -> "EnglishSpelling":
        """Return another one that also knows these words, and corrects to them."""
        own = SymSpell(max_dictionary_edit_distance=2, prefix_length=PREFIX_LENGTH)
        names = frozenset(words)
        for word in names:
            own.create_dictionary_entry(word, OWN_COUNT)
        all_words = replace(self._words, known=self._words.known | names, preferred=self._words.preferred | names)
        return EnglishSpelling(self._indexes[0], _Index(own), all_words)

    def find_changes(self, text: str) -> Iterator[Change]:
        """Return a change for each misspelt word; none for a text in another language."""
        found: list[Change] = []
        num_words = num_strange = 0
        for start, word in _find_plain_words(text):
            meant = self.find_correction(word)
            num_words += 1
            num_strange += not (self._words.has(word) or self._words.has_compound(word))
            if meant:
                found.append(Change(start, word, meant))
        is_foreign = num_strange > len(found) and num_strange >= MAX_STRANGE_SHARE * num_words
        return iter(() if is_foreign else found)

    def find_correction(self, word: str) -> str | None:
        """Return the word that is meant; None if the word is right, or no single other word is likely enough."""
        if len(word) < MIN_LENGTH or self._words.has(word):
            return None
        best, second = (*self._rank_candidates(word), _NONE, _NONE)[:2]
        if len(word) < MIN_LENGTH_OF_ANY and best.cost != SWAPPED:
            return None
        if best.score < MIN_SCORES.get(len(word), MIN_SCORE) or best.score - second.score < MIN_LEAD:
            return None
        is_own = best.term in self._words.preferred
        is_sure = best.cost <= LEFT_OUT
        if not is_sure and (len(word) < MIN_LENGTH_OF_LESS_SURE or not (is_own or best.cost <= OTHER_VOWEL)):
            return None
        return best.term if (is_own and is_sure) or not self._words.has_compound(word) else None

    def _rank_candidates(self, word: str) -> list["_Candidate"]:
        """Return the words that may be meant, the likeliest first."""
        max_distance = 1 if len(word) < MIN_LENGTH_OF_TWO else 2
        found: dict[str, _Candidate] = {}
        for index in self._indexes:
            for suggestion in index.find_near(word, max_distance):
                cost = compute_slip_cost(word, suggestion.term, suggestion.distance)
                preference = PREFERENCE if suggestion.term in self._words.preferred else 0.0
                score = math.log10(suggestion.count) + preference - cost
                found[suggestion.term] = _Candidate(suggestion.term, score, cost)
        return sorted(found.values(), key=lambda candidate: candidate.score, reverse=True)


class _Index:
    """An index that any number of threads may use: symspellpy's own returns nonsense to two at the same time."""

    def __init__(self, index: SymSpell) -> None:
        self._index = index
        self._lock = Lock()

    def find_near(self, word: str, max_distance: int) -> list[SuggestItem]:
        with self._lock:
            found: list[SuggestItem] = self._index.lookup(word, Verbosity.ALL, max_distance)
            return found


@dataclass(frozen=True)
class _Words:
    """The right words: all `known` ones, the shop's own (`preferred`), and those that form compounds (`frequent`)."""

    known: frozenset[str]
    preferred: frozenset[str]
    frequent: frozenset[str]

    def has(self, word: str) -> bool:
        """Whether the word is known, or is the singular of a known plural."""
        return word in self.known or (not word.endswith("s") and f"{word}s" in self.known)

    def has_compound(self, word: str) -> bool:
        """Whether the word is a known word with a prefix or a suffix, or two frequent words written as one."""
        stems = [word[len(prefix) :] for prefix in PREFIXES if word.startswith(prefix)]
        stems += [word[: -len(suffix)] for suffix in SUFFIXES if word.endswith(suffix)]
        if any(len(stem) >= MIN_STEM_LENGTH and stem in self.known for stem in stems):
            return True
        cuts = range(MIN_STEM_LENGTH, len(word) - MIN_STEM_LENGTH + 1)
        return any(word[:cut] in self.frequent and word[cut:] in self.frequent for cut in cuts)


@dataclass(frozen=True)
class _Candidate:
    """A word that may be meant. `score` says how likely that is, `cost` how unlikely the slip is."""

    term: str
    score: float
    cost: float


_NONE = _Candidate("", -math.inf, math.inf)


def _find_plain_words(text: str) -> Iterator[tuple[int, str]]:
    """Yield start and text of each word of small letters that touches only white space, punctuation and Chinese."""
    for token in TOKEN.finditer(text):
        word = token[0].strip(PUNCTUATION)
        if PLAIN.fullmatch(word):
            yield token.start() + token[0].index(word), word


def _read_counts() -> dict[str, int]:
    """Return symspellpy's words with their counts, the most frequent first."""
    text = (files("symspellpy") / COUNTS).read_text(encoding="utf-8-sig")
    return {word: int(count) for word, count in map(str.split, text.splitlines())}
