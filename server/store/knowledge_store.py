"""The operators' collections with what is derived from their documents, as a part of the store's interface."""

from collections.abc import Callable, Collection, Sequence

from server.store.database import Database
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


class KnowledgeStore:
    """Stores and reads the knowledge base, all of whose collections belong to `KNOWLEDGE`.

    Only what documents that are ready say is found. Every method raises `DatabaseUnreachable` when the database fails.
    `clock` gives Unix seconds.
    """

    def __init__(self, database: Database, clock: Callable[[], float]) -> None:
        self.database = database
        self.clock = clock

    async def put_collection(
        self, name: str, title: str | None = None, max_collections: int | None = None
    ) -> tuple[CollectionSummary, bool]:
        """Make a collection, or give it another title where there is one; return it, and whether it was made.

        Raises `TooManyCollections`.
        """
        raise NotImplementedError

    async def open_collection(self, name: str) -> LibraryCollection:
        """Return a collection, to add documents to. Raises `CollectionNotFound`."""
        raise NotImplementedError

    async def get_collection(self, name: str) -> CollectionSummary:
        """Return what is in a collection. Raises `CollectionNotFound`."""
        raise NotImplementedError

    async def list_collections(self) -> tuple[CollectionSummary, ...]:
        """List all collections by name."""
        raise NotImplementedError

    async def delete_collection(self, name: str) -> None:
        """Delete a collection with all its documents. Raises `CollectionNotFound`."""
        raise NotImplementedError

    async def get_states(self, names: Collection[str]) -> dict[str, CollectionState]:
        """Return what is ready in those of the collections that there are, by name."""
        raise NotImplementedError

    async def put_derived(self, document: LibraryDocument, derived: Derived) -> None:
        """Store what is derived from a document that is not ready yet, in place of what was before.

        Nothing of it is found until the document is ready. Raises `DocumentNotFound`.
        """
        raise NotImplementedError

    async def list_names(self, document_ids: Collection[str]) -> list[DocumentNames]:
        """Return the entities of documents with their names, those of each in the order of the document."""
        raise NotImplementedError

    async def list_faqs(self, document_ids: Collection[str]) -> list[StoredFaq]:
        """Return the questions and answers of documents, in their order."""
        raise NotImplementedError

    async def walk_graph(
        self, collection_ids: Collection[int], keys: Collection[str], max_steps: int = 2, max_edges: int = 100
    ) -> Graph:
        """Return the entities of the keys with their attributes, and what is at most `max_steps` relations away.

        Edges nearest first; relations are followed in both directions, each edge once.
        """
        raise NotImplementedError

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
        raise NotImplementedError

    async def count_graph(self, collection_id: int) -> GraphCounts:
        """Count the entities and relations of a collection by kind."""
        raise NotImplementedError

    async def find_passage_ids(self, document_id: str, positions: Sequence[int]) -> dict[int, int]:
        """Return the ids of passages of a document by their places in it."""
        raise NotImplementedError

    async def note_unanswered(self, profile: str, question: str, max_questions: int) -> None:
        """Count a question that found nothing. Beyond `max_questions` those asked last the longest ago are deleted."""
        raise NotImplementedError

    async def list_unanswered(self, limit: int = 50, cursor: str | None = None) -> UnansweredPage:
        """Return the page after the one that gave `cursor`, the most often asked first. Raises `BadCursor`."""
        raise NotImplementedError

    async def delete_unanswered(self, question_id: str | None = None) -> int:
        """Delete a question that found nothing, or all; return how many. Raises `QuestionNotFound`."""
        raise NotImplementedError

    async def expire_unanswered(self, max_age_s: float) -> int:
        """Delete questions that were last asked longer ago; return how many."""
        raise NotImplementedError
