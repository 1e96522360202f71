"""The pages, passages and vectors of documents, as a part of the store's interface."""

from collections.abc import Collection, Mapping

import numpy as np
from numpy.typing import NDArray
from sqlalchemy.ext.asyncio import AsyncConnection

from server.store import library_passages, passage_search, passage_vectors
from server.store.database import Database
from server.store.errors import PageNotFound
from server.store.library_records import Passage
from server.store.passage_search import Candidates


class PassageStore:
    """Reads and searches what documents say, and keeps the vectors of their passages.

    Every method raises `DatabaseUnreachable` when the database fails.
    """

    def __init__(self, database: Database) -> None:
        self.database = database

    async def get_page(self, document_id: str, number: int) -> bytes:
        """Return the JSON of a page. Raises `PageNotFound` where it is not read yet, or there is none."""
        body = await self.database.read(lambda c: library_passages.load_page(c, document_id, number))
        if body is None:
            raise PageNotFound(number)
        return body

    async def list_passages(self, document_ids: Collection[str], after: int = -1, limit: int = 1000) -> list[Passage]:
        """Return passages of documents in the order in which they were stored, from behind the id `after`."""
        return await self.database.read(lambda c: library_passages.list_passages(c, document_ids, after, limit))

    async def get_passages(self, owner: str, ids: Collection[int]) -> dict[int, Passage]:
        """Return those of the passages that there are, by id."""
        return await self.database.read(lambda c: library_passages.get_passages(c, owner, ids))

    async def count_characters(self, document_ids: Collection[str]) -> int:
        """Return how many characters the passages of documents have together."""
        return await self.database.read(lambda c: library_passages.count_characters(c, document_ids))

    async def search_documents(
        self, owner: str, document_ids: Collection[str], weights: Mapping[str, float], limit: int
    ) -> Candidates:
        """Return up to `limit` passages of documents by the weights of the tokens that they have.

        Raises `SearchTimedOut`.
        """

        async def search(connection: AsyncConnection) -> Candidates:
            scope = await passage_search.find_documents(connection, owner, document_ids)
            return await passage_search.find_candidates(connection, owner, scope, weights, limit)

        return await self.database.search(search)

    async def search_collections(
        self, owner: str, collection_ids: Collection[int], weights: Mapping[str, float], limit: int
    ) -> Candidates:
        """Return passages of whole collections as `search_documents()` does; of the knowledge base what is ready."""

        async def search(connection: AsyncConnection) -> Candidates:
            scope = await passage_search.find_collections(connection, owner, collection_ids)
            return await passage_search.find_candidates(connection, owner, scope, weights, limit)

        return await self.database.search(search)

    async def list_without_vectors(self, model: str, after: int, limit: int) -> list[Passage]:
        """Return passages that have no vector of an embedding model, from behind the one of the id `after`."""
        return await self.database.read(lambda c: passage_vectors.list_without(c, model, after, limit))

    async def add_vectors(self, model: str, vectors: Mapping[int, bytes]) -> None:
        """Store the vectors, float16 each, of those of the passages that still exist."""
        await self.database.write(lambda c: passage_vectors.add(c, model, vectors))

    async def get_version(self, collection_id: int) -> int | None:
        """Return the version of a collection, which changes with its passages and vectors; None where it is gone."""
        return await self.database.search(lambda c: passage_vectors.get_version(c, collection_id))

    async def list_vector_ids(self, model: str, collection_id: int) -> NDArray[np.int64]:
        """Return the numbers of the passages of a collection that have a vector, in order. Raises `SearchTimedOut`."""
        return await self.database.search(lambda c: passage_vectors.list_ids(c, model, collection_id))

    async def load_vectors(self, model: str, ids: Collection[int]) -> dict[int, bytes]:
        """Return vectors of passages by their numbers. Raises `SearchTimedOut`."""
        return await self.database.search(lambda c: passage_vectors.load(c, model, ids))
