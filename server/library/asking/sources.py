"""What answering needs of the library: its documents, their passages, and the search."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Protocol

from server.library.ranking import Hit
from server.library.tables.document_answers import DocumentAnswers
from server.store.library_records import LibraryDocument, Passage


class Search(Protocol):
    async def search(self, owner: str, document_ids: Collection[str], query: str, limit: int) -> Sequence[Hit]: ...


class PassageStore(Protocol):
    async def list_passages(
        self, document_ids: Collection[str], after: int = -1, limit: int = 1000
    ) -> list[Passage]: ...

    async def count_characters(self, document_ids: Collection[str]) -> int: ...


class Documents(Protocol):
    async def wait_until_read(
        self, owner: str, document_ids: Collection[str], timeout_s: float
    ) -> list[LibraryDocument]: ...

    async def render_page(
        self, owner: str, document_id: str, number: int, max_width: int, max_height: int
    ) -> bytes: ...


@dataclass(frozen=True)
class Sources:
    """The library as answering sees it. Without `tables` nothing is computed."""

    documents: Documents
    search: Search
    store: PassageStore
    tables: DocumentAnswers | None = None


async def load_passages(store: PassageStore, document_ids: Collection[str]) -> list[Passage]:
    """Return all passages of documents, in the order of the documents and of their pages."""
    passages: list[Passage] = []
    while more := await store.list_passages(document_ids, after=passages[-1].id if passages else -1):
        passages += more
    order = {document_id: place for place, document_id in enumerate(document_ids)}
    return sorted(passages, key=lambda passage: (order[passage.document_id], passage.page, passage.position))
