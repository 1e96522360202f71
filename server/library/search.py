"""The search for passages that say something about a question: by its words, and by its meaning where there is a model.

The two lists are fused by reciprocal rank (https://doi.org/10.1145/1571941.1572114).
"""

import asyncio
import dataclasses
from collections.abc import Awaitable, Callable, Collection, Mapping

from server.library.embedder import Embedder
from server.library.query import parse_query
from server.library.ranking import Hit, rank
from server.library.vectors import Nearness, PassageVectors
from server.store.library_store import LibraryStore
from server.store.passage_search import Candidates

NUM_CANDIDATES = 48
"""How many passages are ranked by their texts."""

RANK_CONSTANT = 60
"""The k of reciprocal rank fusion: the higher, the less the first places count."""

COVERAGE_WEIGHT, MIN_RELEVANCE = 2.0, 1.44
"""Chosen on the questions of `scripts/search_eval`, so that most of those without an answer find nothing."""

MARGIN_WEIGHT, MIN_MARGIN = 0.3, 2.0
"""A passage that stands out by its meaning needs fewer words in common, but some: something is always the nearest."""

Find = Callable[[Mapping[str, float], int], Awaitable[Candidates]]


class PassageSearch:
    """Finds passages in the documents of a store."""

    def __init__(self, store: LibraryStore, embedder: Embedder | None = None) -> None:
        self._store = store
        self._embedder = embedder
        self._vectors = None if embedder is None else PassageVectors(store, embedder)

    async def search(self, owner: str, document_ids: Collection[str], query: str, limit: int) -> list[Hit]:
        """Return the passages of documents that say most about `query`, best first. Raises `SearchTimedOut`."""
        return await self._search(
            owner, lambda w, n: self._store.search_documents(owner, document_ids, w, n), query, limit
        )

    async def search_collections(
        self, owner: str, collection_ids: Collection[int], query: str, limit: int
    ) -> list[Hit]:
        """Return the passages of collections as `search()` does."""
        return await self._search(
            owner, lambda w, n: self._store.search_collections(owner, collection_ids, w, n), query, limit
        )

    async def embed_missing(self) -> None:
        """Embed the passages that have no vector yet, where there is a model."""
        if self._vectors is not None:
            await self._vectors.embed_missing()

    def close(self) -> None:
        """End the thread of the model."""
        if self._embedder is not None:
            self._embedder.close()

    async def _search(self, owner: str, find: Find, question: str, limit: int) -> list[Hit]:
        query = parse_query(question)
        candidates = await find(query.looked_up, max(limit, NUM_CANDIDATES))
        nearest = await self._find_nearest(candidates, question, max(limit, NUM_CANDIDATES))
        missing = set(nearest) - {passage.id for passage in candidates.passages}
        if missing:
            more = await self._store.get_passages(owner, missing)
            candidates = dataclasses.replace(candidates, passages=(*candidates.passages, *more.values()))
        hits = await asyncio.to_thread(rank, query, candidates)
        return (fuse(hits, nearest) if nearest else hits)[:limit]

    async def _find_nearest(self, candidates: Candidates, question: str, limit: int) -> dict[int, Nearness]:
        if self._vectors is None or not question.strip():
            return {}
        scope = candidates.scope
        return await self._vectors.find_nearest(scope.collection_ids, scope.only, question, limit)


def fuse(hits: list[Hit], nearest: Mapping[int, Nearness]) -> list[Hit]:
    """Return hits by their places both among those with words in common and among the nearest, best first."""
    with_words = [hit.passage.id for hit in hits if hit.word_score > 0]
    by_words = {number: place for place, number in enumerate(with_words, start=1)}
    by_meaning = {number: place for place, number in enumerate(nearest, start=1)}

    def score(number: int) -> float:
        return sum(1 / (RANK_CONSTANT + places[number]) for places in (by_words, by_meaning) if number in places)

    fused = [dataclasses.replace(hit, score=score(hit.passage.id)) for hit in hits]
    fused = [_add_meaning(hit, nearest[hit.passage.id]) if hit.passage.id in nearest else hit for hit in fused]
    return sorted(fused, key=lambda hit: (-hit.score, hit.passage.id))


def _add_meaning(hit: Hit, nearness: Nearness) -> Hit:
    return dataclasses.replace(hit, meaning_score=nearness.cosine, meaning_margin=nearness.margin)


def is_relevant(hit: Hit) -> bool:
    """Whether a passage seems to say something about the question, rather than to share a few words with it."""
    by_meaning = MARGIN_WEIGHT * max(0.0, hit.meaning_margin - MIN_MARGIN)
    return hit.strength + COVERAGE_WEIGHT * hit.coverage + by_meaning >= MIN_RELEVANCE
