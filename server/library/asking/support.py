"""The passages that support sentences: those that say what a sentence says, with its numbers, of the same things."""

import heapq
import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from itertools import islice

from server.library.asking.agreement import Piece, agree, cut_pieces, find_codes, make_piece
from server.library.asking.content_tokens import is_chinese, is_exact, tokenize, weigh
from server.store.library_records import Passage

MAX_INDEXED = 10_000
"""The most passages that are compared with sentences: with their tokens they take some 100 MB."""

LEAST_SHARE, LEAST_SHARE_WITH_NUMBERS = 0.5, 0.35
"""A sentence is from a passage that has at least this share of what it says, by weight.

Less is enough where the passage has numbers of three digits, or codes, of the sentence.
"""

LONG_NUMBER = 4
"""The length of the token of a number of three digits."""

MAX_COMPARED, MAX_READ = 200, 20
"""How many passages that have most of a sentence are looked at, and how many of these read: that takes a ms each."""

LIST_MARKER = re.compile(r"^\s*(?:[-*•·#>|]+\s*)*(?:\d{1,3}(?:/\d{1,3})?[.)、．:：]\s*|[(（]\d{1,3}[)）]\s*)?")
PAGE_NUMBER = re.compile(r"第\s*\d+(?:\s*[-–至到]\s*\d+)?\s*[页頁]|\b(?:pages?|pp?\.)\s*\d+(?:\s*[-–,]\s*\d+)*", re.I)


class SupportIndex:
    """Passages by the tokens of their texts, to find those that support sentences."""

    def __init__(self, passages: Sequence[Passage]) -> None:
        self._passages = passages
        self._tokens: list[frozenset[str]] = []
        self._around: list[frozenset[str]] = []
        """What headings, and the name and the title of its document, say of a passage."""
        self._index: dict[str, list[int]] = defaultdict(list)

    def build(self) -> None:
        """Make the passages known by their tokens, unless they are. Of long documents that takes seconds: in a thread.

        Of documents with more passages than `MAX_INDEXED` only the first support sentences.
        """
        if self._tokens:
            return
        titles: dict[str, frozenset[str]] = {}
        for place, passage in enumerate(self._passages[:MAX_INDEXED]):
            tokens = frozenset(tokenize(passage.text))
            titles.setdefault(passage.document_id, _find_title(passage, tokens))
            self._tokens.append(tokens)
            self._around.append(
                titles[passage.document_id] | frozenset(tokenize(f"{passage.heading or ''}\n{passage.sheet or ''}"))
            )
            for token in tokens:
                self._index[token].append(place)

    def find(self, sentence: str, whole: str | None = None, last: int | None = None) -> int | None:
        """Return the place of the passage that supports a sentence best; None where none does.

        Among equals it is the one that says more of the `whole` sentence that this is a clause of, then the `last`
        that was found.
        """
        self.build()
        said = _read(sentence)
        if not _says_enough(said.tokens):
            return None
        shares = self._score(said.tokens)
        others = {} if whole is None else self._score(_read(whole).tokens)
        best = heapq.nsmallest(
            MAX_COMPARED, shares, key=lambda place: (-shares[place], -others.get(place, 0), place != last, place)
        )
        enough = (place for place in best if self._has_enough(place, said, shares[place]))
        return next((place for place in islice(enough, MAX_READ) if self._agrees(place, said)), None)

    def _score(self, wanted: frozenset[str]) -> dict[int, float]:
        """Return the share of what is wanted that passages have, rare tokens counting more."""
        total = len(self._passages)
        scores: dict[int, float] = defaultdict(float)
        sum_weights = 0.0
        for token in wanted:
            places = self._index.get(token, ())
            weight = weigh(token) * (1 + math.log((1 + total) / (1 + len(places))))
            sum_weights += weight
            for place in places:
                scores[place] += weight
        return {place: round(score / sum_weights, 9) for place, score in scores.items()}

    def _has_enough(self, place: int, said: Piece, share: float) -> bool:
        """Whether a passage has all numbers and codes of a sentence, and enough of its words."""
        tokens, exact = self._tokens[place], {token for token in said.tokens if is_exact(token)}
        common = said.tokens & tokens
        if not exact <= tokens | self._around[place] or not _says_enough(common):
            return False
        if self._is_translated(place, said) and any(is_exact(token) and len(token) > 2 for token in common):
            return True  # in another language only numbers and codes are the same
        is_known = any(is_exact(token) and len(token) >= LONG_NUMBER for token in common)
        return share >= (LEAST_SHARE_WITH_NUMBERS if is_known else LEAST_SHARE)

    def _agrees(self, place: int, said: Piece) -> bool:
        """Whether a passage says the numbers and codes of a sentence of the same things."""
        if not any(map(is_exact, said.tokens)):
            return True
        return agree(said, cut_pieces(self._passages[place].text), self._is_translated(place, said))

    def _is_translated(self, place: int, said: Piece) -> bool:
        return is_chinese(said.text) != is_chinese(self._passages[place].text)


def weigh_all(text: str) -> float:
    """Return how much a text says."""
    return sum(map(weigh, _read(text).tokens))


def says_enough(text: str) -> bool:
    """Whether a text says so much that it tells one passage from another."""
    return _says_enough(_read(text).tokens)


def has_exact(text: str) -> bool:
    """Whether a text has numbers or codes, but for those of pages."""
    return any(map(is_exact, _read(text).tokens))


def _read(sentence: str) -> Piece:
    return make_piece(PAGE_NUMBER.sub(" ", LIST_MARKER.sub("", sentence, count=1)))


def _find_title(passage: Passage, tokens: frozenset[str]) -> frozenset[str]:
    """Return what the name of a document says, and the one code at its beginning, which all of it is about."""
    codes = find_codes(tokens)
    name = re.sub(r"\.\w+$|_", " ", passage.document_name)
    return frozenset(tokenize(name)) | (codes if len(codes) == 1 else frozenset())


def _says_enough(tokens: Iterable[str]) -> bool:
    """Whether tokens tell one text from another: a number of two digits, a code, or two words."""
    counts = Counter(is_exact(token) and len(token) > 2 for token in tokens)
    return counts[True] >= 1 or counts[False] >= 2
