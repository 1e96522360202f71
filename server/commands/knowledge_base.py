"""What the command does with the knowledge base: over the database itself, or through a server that has it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from server.api.knowledge.collections import ShownCollection
from server.api.knowledge.response import KnowledgeDocument
from server.api.knowledge.searching import ShownFound

Tell = Callable[[KnowledgeDocument], None]
"""Shows how far a document is read."""


@dataclass(frozen=True)
class NewFile:
    """A file that is to be added. `role` is one of those of the routes."""

    path: Path
    role: str
    name: str
    password: str | None


class KnowledgeBase(Protocol):
    """Every method raises `CommandError`. Collections are named, and documents have ids."""

    @property
    def remarks(self) -> Sequence[str]:
        """What the person should know who adds documents."""
        ...

    async def add(self, collection: str, file: NewFile) -> KnowledgeDocument:
        """Store a document; the collection is made where there is none."""
        ...

    async def wait(self, document: KnowledgeDocument, tell: Tell) -> KnowledgeDocument:
        """Return a document when it is read."""
        ...

    async def list_collections(self) -> list[ShownCollection]: ...

    async def list_documents(self, collection: str) -> list[KnowledgeDocument]: ...

    async def remove_collection(self, collection: str) -> None: ...

    async def remove_document(self, document: KnowledgeDocument) -> None: ...

    async def search(self, collection: str, query: str, limit: int) -> ShownFound: ...
