"""The questions of all documents that are ready, to be compared with what is asked."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from heapq import nlargest

from server.knowledge.matters import find_matters
from server.knowledge.question_form import QuestionForm, read_form
from server.library.query import MAX_CHARACTERS, SYNONYM_WEIGHT, Query, parse_query, weigh_tokens
from server.store.knowledge_records import StoredFaq
from server.store.passage_search import compute_idf
from server.store.passage_tokens import normalise

MAX_CANDIDATES = 64
"""How many wordings are compared as a whole, those with the most in common first."""

MAX_LIKE = 0.95
"""The score of a question that is not the same."""


@dataclass(frozen=True)
class Wording:
    """One way to ask for an entry: its form, and its tokens with their weights."""

    form: QuestionForm | None
    tokens: dict[str, float]


@dataclass(frozen=True)
class FaqEntry:
    """A question with its answer, and all the ways to ask for it."""

    stored: StoredFaq
    wordings: tuple[Wording, ...]
    matters: frozenset[str] = frozenset()
    """The names of what shops are asked about that it is about."""


@dataclass(frozen=True)
class ScoredEntry:
    """An entry with its score, from 0 to 1, and whether it is just the one that is asked for."""

    entry: FaqEntry
    score: float
    is_same: bool


def make_entry(stored: StoredFaq) -> FaqEntry:
    faq = stored.faq
    texts = dict.fromkeys((faq.question, *faq.wordings))
    matters = frozenset[str]().union(*(find_matters(text).names for text in texts))
    return FaqEntry(stored, tuple(make_wording(text, stored) for text in texts), matters)


def make_wording(text: str, stored: StoredFaq) -> Wording:
    return Wording(read_form(text, stored.faq.language), weigh_tokens(normalise(text[:MAX_CHARACTERS])))


class FaqIndex:
    """Finds the entries that are most like a question. Never changes once it is made.

    `words` are the English words of all wordings, without their endings.
    """

    def __init__(self, entries: Sequence[FaqEntry]) -> None:
        self._wordings = [(entry, wording) for entry in entries for wording in entry.wordings]
        self._with: dict[str, list[int]] = {}
        self._same: dict[tuple[str, ...], list[int]] = {}
        self._about: dict[str, list[FaqEntry]] = {}
        for entry in entries:
            for name in entry.matters:
                self._about.setdefault(name, []).append(entry)
        self.words = frozenset(_list_words(self._wordings))
        for i, (_, wording) in enumerate(self._wordings):
            for token in wording.tokens:
                self._with.setdefault(token, []).append(i)
            if wording.form is not None:
                self._same.setdefault(wording.form.key, []).append(i)

    def find(self, query: str, form: QuestionForm | None) -> list[ScoredEntry]:
        """Return the entries that are like a question, best first, each once."""
        parsed = parse_query(query)
        same = set(self._list_same(form))
        best: dict[int, ScoredEntry] = {}
        for i in {*same, *self._list_candidates(parsed)}:
            entry, wording = self._wordings[i]
            score = 1.0 if i in same else min(self._score(parsed, wording), MAX_LIKE)
            known = best.get(id(entry))
            if known is None or known.score < score:
                best[id(entry)] = ScoredEntry(entry, round(score, 6), i in same)
        return sorted(best.values(), key=lambda found: (-found.score, found.entry.stored.passage_id))

    def find_on_matter(self, names: Collection[str]) -> dict[int, float]:
        """Return which share of matters entries have, among those of either, by the numbers of their passages."""
        found = {entry.stored.passage_id: entry.matters for name in names for entry in self._about.get(name, ())}
        return {number: len(own & set(names)) / len(own | set(names)) for number, own in found.items()}

    def _list_same(self, form: QuestionForm | None) -> Iterator[int]:
        if form is None:
            return
        for i in self._same.get(form.key, ()):
            own = self._wordings[i][1].form
            if own is not None and own.is_same(form):
                yield i

    def _list_candidates(self, query: Query) -> list[int]:
        found: defaultdict[int, float] = defaultdict(float)
        for token, weight in query.looked_up.items():
            for i in self._with.get(token, ()):
                found[i] += weight * self._weigh(token)
        return nlargest(MAX_CANDIDATES, found, key=lambda i: (found[i], -i))

    def _weigh(self, token: str) -> float:
        return compute_idf(len(self._with.get(token, ())), max(len(self._wordings), 1))

    def _score(self, query: Query, wording: Wording) -> float:
        """Return the share of weight that both have in common, counted both ways."""
        asked = {token: weight * self._weigh(token) for token, weight in query.weights.items()}
        own = {token: weight * self._weigh(token) for token, weight in wording.tokens.items()}
        total = sum(asked.values()) + sum(own.values())
        common = sum(asked[token] + own[token] for token in asked.keys() & own.keys())
        for synonym in query.synonyms:
            missing = [token for token in synonym.tokens if token in asked and token not in own]
            other = next((each for each in synonym.others if own.keys() >= set(each)), None)
            if missing and other is not None:
                common += SYNONYM_WEIGHT * (
                    sum(asked[t] for t in missing) + sum(own[t] for t in other if t not in asked)
                )
        return common / total if total else 0.0


def _list_words(wordings: Iterable[tuple[FaqEntry, Wording]]) -> Iterator[str]:
    return (token for _, wording in wordings for token in wording.tokens if token.isascii() and token.isalpha())
