"""The vectors of the passages of collections, in memory while they are searched."""

import asyncio
from collections import OrderedDict
from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from server.library.embedder import Embedder
from server.store.library_records import Passage
from server.store.library_store import LibraryStore

Ids = NDArray[np.int64]

MAX_BYTES = 256 * 2**20
"""How many bytes of vectors are kept, those of the collections last searched."""

LOADED_AT_ONCE = 500
EMBEDDED_AT_ONCE = 32
"""How many passages are embedded between two transactions."""

LEAST_COMPARED = 20
"""Among fewer passages it cannot be told whether one stands out."""

OVERLAP = 1000
"""How many numbers are looked through again, as PostgreSQL may store a lower one after a higher one."""


@dataclass(frozen=True)
class Loaded:
    """The vectors of a version of a collection, a row of `matrix` for each of the passages `ids`, in order."""

    version: int | None
    ids: Ids
    matrix: NDArray[np.float32]


@dataclass(frozen=True)
class Nearness:
    """How near a passage is to a question: the cosine of their vectors, and how far that stands out among all searched.

    `margin` is in standard deviations above the mean, 0 where too few are searched to tell. Cosines alone tell little:
    those of some models are never below 0.7.
    """

    cosine: float
    margin: float


class PassageVectors:
    """Embeds passages, and finds those whose vectors are nearest to a question's."""

    def __init__(self, store: LibraryStore, embedder: Embedder) -> None:
        self._store = store
        self._embedder = embedder
        self._loaded: OrderedDict[int, Loaded] = OrderedDict()
        self._last = -1

    async def embed_missing(self) -> int:
        """Embed the passages that have no vector yet, the oldest first; return how many those were."""
        total, after = 0, max(self._last - OVERLAP, -1)
        while some := await self._store.list_without_vectors(self._embedder.name, after, EMBEDDED_AT_ONCE):
            made = await self._embedder.embed_passages([_describe(passage) for passage in some])
            rows = {item.id: row.astype(np.float16).tobytes() for item, row in zip(some, made, strict=True)}
            await self._store.add_vectors(self._embedder.name, rows)
            after, total = some[-1].id, total + len(some)
        self._last = max(self._last, after)
        return total

    async def find_nearest(
        self, collection_ids: Sequence[int], only: Ids | None, question: str, limit: int
    ) -> dict[int, Nearness]:
        """Return up to `limit` passages by their numbers, the nearest first."""
        vector = await self._embedder.embed_question(question)
        loaded = [await self._load(collection_id) for collection_id in collection_ids]
        return await asyncio.to_thread(_find_nearest, loaded, only, vector, limit)

    async def _load(self, collection_id: int) -> Loaded:
        """Return the vectors of a collection; only those are read that are not in memory."""
        version = await self._store.get_version(collection_id)
        known = self._loaded.get(collection_id)
        if known is None or known.version != version:
            ids = await self._store.list_vector_ids(self._embedder.name, collection_id)
            known = await self._read(version, ids, known)
        self._loaded[collection_id] = known
        self._loaded.move_to_end(collection_id)
        while len(self._loaded) > 1 and sum(item.matrix.nbytes for item in self._loaded.values()) > MAX_BYTES:
            self._loaded.popitem(last=False)
        return known

    async def _read(self, version: int | None, ids: Ids, known: Loaded | None) -> Loaded:
        rows = {} if known is None else dict(zip(known.ids.tolist(), known.matrix, strict=True))
        missing = [number for number in ids.tolist() if number not in rows]
        for first in range(0, len(missing), LOADED_AT_ONCE):
            some = missing[first : first + LOADED_AT_ONCE]
            read = await self._store.load_vectors(self._embedder.name, some)
            rows |= {number: np.frombuffer(data, dtype=np.float16).astype(np.float32) for number, data in read.items()}
        found = np.array([number for number in ids.tolist() if number in rows], dtype=np.int64)
        matrix = np.stack([rows[number] for number in found.tolist()]) if len(found) else np.zeros((0, 0), np.float32)
        return Loaded(version, found, matrix)


def _describe(passage: Passage) -> str:
    """Return what is embedded of a passage: its text under its heading."""
    return "\n".join(filter(None, (passage.heading, passage.text)))


def _find_nearest(
    loaded: Collection[Loaded], only: Ids | None, vector: NDArray[np.float32], limit: int
) -> dict[int, Nearness]:
    filled = [item for item in loaded if len(item.ids)]
    if not filled:
        return {}
    ids = np.concatenate([item.ids for item in filled])
    cosines = np.concatenate([item.matrix @ vector for item in filled])
    if only is not None:
        is_searched = np.isin(ids, only)
        ids, cosines = ids[is_searched], cosines[is_searched]
    margins = np.zeros_like(cosines)
    if len(ids) >= LEAST_COMPARED and cosines.std() > 0:
        margins = (cosines - cosines.mean()) / cosines.std()
    best = np.lexsort((ids, -cosines))[:limit]
    return {int(ids[row]): Nearness(float(cosines[row]), float(margins[row])) for row in best}
