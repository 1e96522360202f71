"""The operators' collections with what is derived from their documents, as a part of the store's interface."""

import asyncio
from collections.abc import Callable, Collection, Sequence
from functools import partial

from server.store import derived as derived_rows
from server.store import graph, replacement, unanswered, versions
from server.store import knowledge_collections as collections
from server.store.database import Database
from server.store.derived_rows import make_chunks
from server.store.errors import CollectionNotFound
from server.store.knowledge_names import check_collection_name
from server.store.knowledge_records import (
    CollectionState,
    CollectionSummary,
    Derived,
    DocumentNames,
    EntityKind,
    Graph,
    GraphCounts,
    GraphPage,
    StoredFaq,
    UnansweredPage,
)
from server.store.library_records import Collection as LibraryCollection
from server.store.library_records import LibraryDocument
from server.store.library_store import LibraryStore
from server.store.library_tables import library_documents
from server.store.versions import Version


class KnowledgeStore:
    """Stores and reads the knowledge base, all of whose collections belong to `KNOWLEDGE`.

    Only what documents that are ready say is found. Every method raises `DatabaseUnreachable` when the database fails.
    `clock` gives Unix seconds.
    """

    def __init__(self, database: Database, library: LibraryStore, clock: Callable[[], float]) -> None:
        self.database = database
        self.clock = clock
        self._library = library

    async def put_collection(
        self, name: str, title: str | None = None, max_collections: int | None = None
    ) -> tuple[CollectionSummary, bool]:
        """Make a collection, or give it another title where there is one; return it, and whether it was made.

        Without a title one that is there keeps its own; with an empty one it has none any more. Raises
        `CollectionNameRefused` and `TooManyCollections`.
        """
        stored = check_collection_name(name)
        return await self.database.write(
            lambda c: collections.put(c, stored, title, max_collections, self.clock()),
        )

    async def open_collection(self, name: str) -> LibraryCollection:
        """Return a collection, to add documents to. Raises `CollectionNotFound`."""
        return await self.database.read(lambda c: collections.open_collection(c, name))

    async def get_collection(self, name: str) -> CollectionSummary:
        """Return what is in a collection. Raises `CollectionNotFound`."""
        found = await self.database.read(lambda c: collections.list_summaries(c, collections.is_named(name)))
        if not found:
            raise CollectionNotFound(name)
        return found[0]

    async def is_among(self, collection_id: int, names: Collection[str]) -> bool:
        """Return whether a collection has one of the names."""
        return await self.database.read(lambda c: collections.is_among(c, collection_id, names))

    async def list_collections(self) -> tuple[CollectionSummary, ...]:
        """List all collections by name."""
        return tuple(await self.database.read(lambda c: collections.list_summaries(c, collections.is_of_knowledge())))

    async def delete_collection(self, name: str) -> None:
        """Delete a collection with all its documents, of which nothing is found from then on.

        Raises `CollectionNotFound`.
        """
        collection_id = await self.database.delete(lambda c: collections.hide(c, name))
        await self._library.remove_documents(library_documents.c.collection_id == collection_id)
        await self.database.delete(collections.remove_emptied)

    async def hide_replaced(self, collection_id: int, source: str, keep_id: str | None = None) -> int:
        """Delete the documents of a file of the followed folder that are ready, but for `keep_id`; return how many.

        From this moment nothing of them is found; they are deleted in the background. A new version that becomes ready
        does this for itself, in the same moment: this is for a file that is gone, or was there before.
        """
        hidden = await self.database.delete(
            lambda c: replacement.hide_replaced(c, collection_id, source, keep_id),
        )
        if hidden:
            self.database.start(self._library.remove_documents(library_documents.c.id.in_(hidden)))
        return len(hidden)

    async def list_versions(self, collection_id: int) -> list[Version]:
        """List the documents of a collection that come from the followed folder, the oldest first."""
        return await self.database.read(lambda c: versions.list_versions(c, collection_id))

    async def list_followed(self) -> list[str]:
        """List the names of the collections with documents that come from the followed folder."""
        return await self.database.read(versions.list_followed)

    async def get_states(self, names: Collection[str]) -> dict[str, CollectionState]:
        """Return what is ready in those of the collections that there are, by name."""
        return await self.database.read(lambda c: collections.get_states(c, names))

    async def put_derived(self, document: LibraryDocument, derived: Derived) -> None:
        """Store what is derived from a document that is not ready yet, in place of what was before.

        Nothing of it is found until the document is ready. Raises `DocumentNotFound`.
        """
        while await self.database.write(lambda c: derived_rows.forget_unread(c, document.id)):
            pass
        chunks = make_chunks(document, derived)
        while (chunk := await asyncio.to_thread(next, chunks, None)) is not None:
            await self.database.write(partial(derived_rows.add, document_id=document.id, chunk=chunk))

    async def list_names(self, document_ids: Collection[str]) -> list[DocumentNames]:
        """Return the entities of documents with their names, those of each in the order of the document."""
        return await self.database.read(lambda c: derived_rows.list_names(c, document_ids))

    async def list_faqs(self, document_ids: Collection[str]) -> list[StoredFaq]:
        """Return the questions and answers of documents, in their order."""
        return await self.database.read(lambda c: derived_rows.list_faqs(c, document_ids))

    async def walk_graph(
        self, collection_ids: Collection[int], keys: Collection[str], max_steps: int = 2, max_edges: int = 100
    ) -> Graph:
        """Return the entities of the keys with their attributes, and what is at most `max_steps` relations away.

        Edges nearest first; relations are followed in both directions, each edge once.
        """
        return await self.database.search(
            lambda c: graph.walk_graph(c, collection_ids, keys, max_steps, max_edges),
        )

    async def list_entities(
        self,
        collection_id: int,
        search: str | None = None,
        kind: EntityKind | None = None,
        limit: int = 50,
        cursor: str | None = None,
    ) -> GraphPage:
        """Return the page of entities after the one that gave `cursor`, by key; those whose names have `search`.

        Raises `BadCursor`.
        """
        return await self.database.search(
            lambda c: graph.list_entities(c, collection_id, search, kind, limit, cursor),
        )

    async def count_graph(self, collection_id: int) -> GraphCounts:
        """Count the entities and relations of a collection by kind."""
        return await self.database.read(lambda c: graph.count_graph(c, collection_id))

    async def find_passage_ids(self, document_id: str, positions: Sequence[int]) -> dict[int, int]:
        """Return the ids of passages of a document by their places in it."""
        return await self.database.read(lambda c: derived_rows.find_passage_ids(c, document_id, positions))

    async def note_unanswered(self, profile: str, question: str, max_questions: int) -> None:
        """Count a question that found nothing. Beyond `max_questions` those asked last the longest ago are deleted."""
        count = await self.database.write(lambda c: unanswered.note(c, profile, question, self.clock()))
        if count > max_questions:
            await self.database.delete(lambda c: unanswered.remove_beyond(c, max_questions))

    async def list_unanswered(self, limit: int = 50, cursor: str | None = None) -> UnansweredPage:
        """Return the page after the one that gave `cursor`, the most often asked first. Raises `BadCursor`."""
        return await self.database.read(lambda c: unanswered.list_page(c, limit, cursor))

    async def delete_unanswered(self, question_id: str | None = None) -> int:
        """Delete a question that found nothing, or all; return how many. Raises `QuestionNotFound`."""
        if question_id is None:
            return await self.database.delete(unanswered.remove_all)
        await self.database.delete(lambda c: unanswered.remove(c, question_id))
        return 1

    async def expire_unanswered(self, max_age_s: float) -> int:
        """Delete questions that were last asked longer ago; return how many."""
        oldest_s = self.clock() - max_age_s
        return await self.database.delete(lambda c: unanswered.remove_old(c, oldest_s))
