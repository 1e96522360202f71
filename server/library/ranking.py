"""The second step of the search for passages: their order by what their texts have of a question.

BM25 (https://en.wikipedia.org/wiki/Okapi_BM25) with the words of headings and names. Words that mean the same count for
less, and so do words that are nearly those of the question where it has words that no passage has.
"""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from symspellpy.editdistance import DistanceAlgorithm, EditDistance

from server.library.query import SYNONYM_WEIGHT, Query
from server.store.library_records import Passage
from server.store.passage_index import count_tokens
from server.store.passage_search import Candidates, compute_idf

K1, B = 1.2, 0.5

NEAR_WEIGHT = 0.6
MIN_NEAR = 5
"""Shorter words are taken for misspelt too easily."""


@dataclass(frozen=True)
class Hit:
    """A passage that was found; the higher the scores the better.

    `score` orders the hits of one search. `meaning_score` is the cosine of the passage's vector with the question's,
    None without an embedding model, and `meaning_margin` how far that stands out. `num_matched` is how many of the
    `num_asked` different tokens of the question the passage has, `coverage` which share of their weight, from 0 to 1,
    and `strength` that weight, in units of the rarest token's.
    """

    passage: Passage
    score: float
    word_score: float
    meaning_score: float | None
    num_matched: int
    num_asked: int
    coverage: float = 0.0
    strength: float = 0.0
    meaning_margin: float = 0.0


def rank(query: Query, candidates: Candidates) -> list[Hit]:
    """Return the candidates by their word scores, best first; the first stored among equals."""
    scorer = _Scorer(query, candidates)
    hits = [scorer.score(passage) for passage in candidates.passages]
    return sorted(hits, key=lambda hit: (-hit.score, hit.passage.id))


class _Scorer:
    """Scores passages for one question."""

    def __init__(self, query: Query, candidates: Candidates) -> None:
        self._query = query
        self._mean_tokens = max(candidates.mean_tokens, 1.0)
        frequencies, number = candidates.frequencies, candidates.num_passages
        self._idf = {token: compute_idf(frequencies.get(token, 0), number) for token in query.looked_up}
        self._rarest = compute_idf(0, number)
        self._asked = sum(self._weigh(token) for token in query.weights)
        self._unknown = [token for token in query.weights if not frequencies.get(token) and _is_long_word(token)]
        self._distance = EditDistance(DistanceAlgorithm.DAMERAU_OSA)

    def score(self, passage: Passage) -> Hit:
        """Return the hit of a passage."""
        counts = count_tokens(passage.text, (passage.heading, passage.sheet, passage.document_name))
        matched = [token for token in self._query.weights if counts[token]]
        shares = self._compute_shares(counts, matched)
        score = sum(self._query.weights[token] * self._idf[token] * shares[token] for token in matched)
        covered = sum(self._weigh(token) for token in matched)
        for gain, share in (*self._list_near(counts), *self._list_synonyms(counts, shares)):
            score += gain
            covered += share
        coverage = min(covered / self._asked, 1.0) if self._asked else 0.0
        score = round(score, 6)
        num_asked, strength = len(self._query.weights), round(covered / self._rarest, 6)
        return Hit(passage, score, score, None, len(matched), num_asked, round(coverage, 6), strength)

    def _weigh(self, token: str) -> float:
        return self._query.weights[token] * self._idf[token]

    def _compute_shares(self, counts: Counter[str], matched: Collection[str]) -> dict[str, float]:
        """Return what BM25 makes of how often a passage has each token."""
        others = (token for synonym in self._query.synonyms for other in synonym.others for token in other)
        length = K1 * (1 - B + B * counts.total() / self._mean_tokens)
        return {
            token: counts[token] * (K1 + 1) / (counts[token] + length) for token in (*matched, *others) if counts[token]
        }

    def _list_near(self, counts: Mapping[str, int]) -> Iterator[tuple[float, float]]:
        """Yield the score and the covered weight for words that are nearly those of the question."""
        for word in self._unknown:
            if any(self._is_near(word, token) for token in counts):
                yield NEAR_WEIGHT * self._weigh(word), NEAR_WEIGHT * self._weigh(word)

    def _is_near(self, word: str, token: str) -> bool:
        most = 2 if len(word) > 7 else 1
        if token[0] != word[0] or abs(len(token) - len(word)) > most or not _is_long_word(token):
            return False
        return bool(self._distance.compare(word, token, most) >= 0)

    def _list_synonyms(self, counts: Mapping[str, int], shares: Mapping[str, float]) -> Iterator[tuple[float, float]]:
        """Yield what words that mean the same add to the score of those asked, and to the covered weight."""
        for synonym in self._query.synonyms:
            others = [other for other in synonym.others if all(counts[token] for token in other)]
            if not others:
                continue
            could = SYNONYM_WEIGHT * max(sum(self._idf[token] * shares[token] for token in other) for other in others)
            asked = [token for token in synonym.tokens if token in self._query.weights]
            gain = could - sum(self._weigh(token) * shares.get(token, 0.0) for token in asked)
            missing = sum(self._weigh(token) for token in asked if not counts[token])
            if gain > 0:
                yield gain, SYNONYM_WEIGHT * missing


def _is_long_word(token: str) -> bool:
    return len(token) >= MIN_NEAR and token.isascii() and token.isalpha()
