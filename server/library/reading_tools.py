"""What documents are read with."""

from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import BinaryIO, Protocol

from server.library.changes import Changes
from server.library.readers.records import Opened, Page, Remark
from server.library.stats import ReadingStats
from server.library.transcription import Transcriber
from server.store.library_records import KNOWLEDGE, DocumentRole, LibraryDocument
from server.store.library_store import LibraryStore


class OpenDocument(Protocol):
    """A document that a process has open, see `processes.py`."""

    @property
    def opened(self) -> Opened: ...

    def read_pages(self, first: int = 1) -> AsyncIterator[Page]: ...

    async def render(self, number: int, max_width: int, max_height: int) -> bytes: ...


class Processes(Protocol):
    """The processes that read documents, see `processes.py`."""

    @property
    def num_waiting(self) -> int: ...

    def open(
        self, file: BinaryIO, name: str, owner: str, password: str | None = None
    ) -> AbstractAsyncContextManager[OpenDocument]: ...


@dataclass(frozen=True)
class Derivation:
    """What a document of the knowledge base turned out to be, and what its operator should know."""

    role: DocumentRole
    remarks: Sequence[Remark] = ()


class Deriver(Protocol):
    """What makes the knowledge base of documents, see `server/knowledge/sheets/deriver.py`."""

    async def derive(self, document: LibraryDocument, num_pages: int) -> Derivation:
        """Cut the pages of a document, which are all stored, into passages, and store what they say.

        Whatever was stored of that before is replaced. Raises `ReadingError` where the document is not what it was
        given as, `DatabaseUnreachable`, and `DocumentNotFound` where it was deleted.
        """
        ...


@dataclass(frozen=True)
class ReadingTools:
    """Without a transcriber the text of scanned pages is not read, without a deriver nothing is derived."""

    store: LibraryStore
    processes: Processes
    transcriber: Transcriber | None
    changes: Changes
    stats: ReadingStats
    deriver: Deriver | None = None

    def find_deriver(self, document: LibraryDocument) -> Deriver | None:
        """Return what cuts a document into passages when all of its pages are stored, None where they are at once."""
        return self.deriver if document.owner == KNOWLEDGE else None
