"""What documents are read with."""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import BinaryIO, Protocol

from server.library.changes import Changes
from server.library.readers.records import Opened, Page
from server.library.stats import ReadingStats
from server.library.transcription import Transcriber
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
class ReadingTools:
    """Without a transcriber the text of scanned pages is not read."""

    store: LibraryStore
    processes: Processes
    transcriber: Transcriber | None
    changes: Changes
    stats: ReadingStats
