"""Which passages an answer is from: found by code, sentence by sentence, whatever the model says of it."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from server.library.asking.content_tokens import is_exact, tokenize, weigh
from server.library.asking.disclaimers import find_claim, is_courtesy
from server.library.asking.sentences import split_sentences
from server.library.asking.support import LEAST_SHARE, SupportIndex, has_exact, says_enough, weigh_all
from server.store.library_records import Passage

MAX_QUOTE = 200
"""The most characters of a quote."""

Span = tuple[int, int]

CLAUSE = re.compile(r"[，,；;、]\s*(?!\d)|\s+(?:and|while|but|whereas)\s+|而|以及|并且")


@dataclass(frozen=True)
class Citation:
    """What supports a sentence: a passage, and where on its page the quote is. `number` is that of the mark."""

    number: int
    passage: Passage
    start: int
    end: int

    @property
    def quote(self) -> str:
        """The quote, as it is in the passage; all of a fact, which is on no page in these words."""
        if self.passage.kind == "fact":
            return self.passage.text
        return self.passage.text[self.start - self.passage.start : self.end - self.passage.start]

    def to_dict(self) -> dict[str, Any]:
        """Return the citation as clients are shown it."""
        passage = self.passage
        shown: dict[str, Any] = {
            "number": self.number,
            "document": passage.document_id,
            "name": passage.document_name,
            "page": passage.page,
        }
        if passage.heading:
            shown["heading"] = passage.heading
        if passage.sheet is not None:
            shown["sheet"] = passage.sheet
        if passage.first_row is not None and passage.last_row is not None:
            shown["rows"] = _find_rows(self, passage.first_row, passage.last_row)
        shown["quote"] = self.quote
        if self.start < self.end and passage.kind != "fact":
            shown |= {"start": self.start, "end": self.end}
        return shown


def _find_rows(citation: Citation, first: int, last: int) -> list[int]:
    """Return the first and the last row that the quote is from, where each row of the passage is a line."""
    passage = citation.passage
    if passage.kind == "fact" or passage.text.strip("\n").count("\n") != last - first:
        return [first, last]
    before = passage.text[: citation.start - passage.start].lstrip("\n").count("\n")
    return [first + before, first + before + citation.quote.count("\n")]


class Citer:
    """Finds what supports the sentences of an answer among passages, and numbers the passages by their first use."""

    def __init__(self, passages: Sequence[Passage]) -> None:
        self.citations: list[Citation] = []
        self._passages = list(passages)
        self._index = SupportIndex(self._passages)
        self._last: int | None = None
        self._unread = [passage for passage in passages if passage.kind == "scan" and not passage.text.strip()]
        """Scanned pages that only the model saw: where it is one alone, nothing else can be meant."""

    def index_passages(self) -> None:
        """Make the passages known by their tokens; of long documents that takes seconds: in a thread."""
        self._index.build()

    def cite(self, sentence: str) -> list[Citation]:
        """Return what supports a sentence, numbered; nothing where no passage does.

        A sentence that joins what several passages say is supported where they support most of it, and all of its
        clauses that have numbers or codes.
        """
        claim = find_claim(sentence)
        if (place := self.find(claim)) is not None:
            return [self.cite_passage(self._passages[place], claim)]
        if len(self._unread) == 1 and says_enough(claim) and (has_exact(claim) or not is_courtesy(claim)):
            return [self.cite_passage(self._unread[0], claim)]
        return list(dict.fromkeys(self._cite_clauses(claim)))

    def _cite_clauses(self, sentence: str) -> list[Citation]:
        clauses = [clause for clause in CLAUSE.split(sentence) if clause.strip()]
        if len(clauses) < 2:
            return []
        found = [(clause, self._index.find(clause, sentence, self._last)) for clause in clauses]
        if any(place is None and has_exact(clause) for clause, place in found):
            return []
        supported = [(clause, place) for clause, place in found if place is not None]
        if sum(weigh_all(clause) for clause, _ in supported) < LEAST_SHARE * weigh_all(sentence):
            return []
        return [self.cite_passage(self._passages[place], clause) for clause, place in supported]

    def cite_passage(self, passage: Passage, sentence: str) -> Citation:
        """Return a passage as what supports a sentence, numbered."""
        for citation in self.citations:
            if citation.passage.id == passage.id:
                return citation
        start, end = find_quote(passage.text, sentence)
        if passage.kind == "scan" and not set(tokenize(sentence)) & set(tokenize(passage.text[start:end])):
            start = end = 0  # what the model saw is not in what it wrote down before
        citation = Citation(len(self.citations) + 1, passage, passage.start + start, passage.start + end)
        self.citations.append(citation)
        return citation

    def find(self, sentence: str) -> int | None:
        """Return the place of the passage that supports a sentence best; None where none does."""
        place = self._index.find(sentence, last=self._last)
        self._last = self._last if place is None else place
        return place


def find_quote(text: str, sentence: str) -> tuple[int, int]:
    """Return where in a text that is which supports a sentence best: one or two sentences or rows of it.

    They are more where a number or a code of the sentence stands near them.
    """
    wanted = frozenset(tokenize(sentence))
    pieces = list(split_sentences(text))
    if not pieces:
        return 0, 0
    found = [wanted.intersection(tokenize(text[start:end])) for start, end in pieces]
    scores = [sum(map(weigh, tokens)) for tokens in found]
    best = max(range(len(pieces)), key=lambda place: (scores[place], -place))
    first, last = _reach_numbers(pieces, found, best)
    if first == last:
        for other in (best + 1, best - 1):
            if 0 <= other < len(pieces) and found[other] - found[best] and _measure(pieces, best, other) <= MAX_QUOTE:
                first, last = min(best, other), max(best, other)
                break
    return _shorten(text, pieces[first][0], pieces[last][1], wanted)


def _reach_numbers(pieces: Sequence[Span], found: Sequence[frozenset[str]], best: int) -> tuple[int, int]:
    """Return the first and the last piece of the quote that has the best piece, and the numbers that it lacks."""
    exact = [frozenset(filter(is_exact, tokens)) for tokens in found]
    missing = frozenset().union(*exact) - exact[best]
    if not missing:
        return best, best
    others = sorted(
        (place for place in range(len(pieces)) if exact[place] & missing), key=lambda each: abs(each - best)
    )
    for other in others:
        if _measure(pieces, best, other) <= MAX_QUOTE:
            return min(best, other), max(best, other)
    return (best, best) if exact[best] else (others[0], others[0])


def _measure(pieces: Sequence[Span], one: int, other: int) -> int:
    return pieces[max(one, other)][1] - pieces[min(one, other)][0]


def _shorten(text: str, start: int, end: int, wanted: frozenset[str]) -> tuple[int, int]:
    """Return the part of a piece, no longer than a quote may be, that has the most of what is wanted."""
    if end - start <= MAX_QUOTE:
        return start, end
    starts = (*range(start, end - MAX_QUOTE, MAX_QUOTE // 4), end - MAX_QUOTE)
    counts = {first: wanted.intersection(tokenize(text[first : first + MAX_QUOTE])) for first in starts}
    first = max(starts, key=lambda first: (sum(map(weigh, counts[first])), -first))
    piece = text[first : first + MAX_QUOTE]
    return first + len(piece) - len(piece.lstrip()), first + len(piece.rstrip())
