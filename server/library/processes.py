"""The processes that read documents: one for each that is open."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import BinaryIO

from server.engine.fair_budget import BudgetTimeout, FairBudget
from server.errors.documents import DocumentsBusy
from server.library.errors import ReadingError
from server.library.readers.protocol import ReaderLimits
from server.library.readers.records import Kind, Opened, Page, Refusal
from server.library.readers.tasks import Answer, DocumentOpened, Open, PageDrawn, PageRead, ReadPage, Render, Task
from server.library.reading_process import ReadingProcess
from server.settings.library_settings import LibrarySettings

UNPACKED_RATIO = 8
"""How many times the largest document an archive may unpack to."""


@dataclass(frozen=True)
class ReadingLimits:
    """The number of processes, what each may take, and how long a document waits for one."""

    num_processes: int
    memory_bytes: int
    max_s: int
    max_wait_s: float
    reader: ReaderLimits

    @classmethod
    def from_settings(cls, settings: LibrarySettings) -> "ReadingLimits":
        return cls(
            num_processes=settings.document_workers,
            memory_bytes=settings.document_memory_bytes,
            max_s=settings.max_document_s,
            max_wait_s=settings.max_document_wait_s,
            reader=ReaderLimits(
                max_pages=settings.max_document_pages,
                max_cells=settings.max_document_cells,
                max_unpacked_bytes=UNPACKED_RATIO * settings.max_document_bytes,
            ),
        )


class OpenDocument:
    """A document that a process has open. Its tasks are done one after another.

    Each raises `ReadingError`; after `crash`, `memory` or `slow` the document has to be opened again.
    """

    def __init__(self, process: ReadingProcess, opened: Opened) -> None:
        self.opened = opened
        self._process = process
        self._lock = asyncio.Lock()

    @property
    def pid(self) -> int:
        return self._process.pid

    async def read_pages(self, first: int = 1) -> AsyncIterator[Page]:
        """Yield the pages in order, from page `first` to the end. A page is read when it is asked for."""
        number = first
        while (page := await self._read_page(number)) is not None:
            yield page
            number += 1

    async def _read_page(self, number: int) -> Page | None:
        answer = await self.ask(ReadPage(number))
        assert isinstance(answer, PageRead)
        return answer.page

    async def render(self, number: int, max_width: int, max_height: int) -> bytes:
        """Return a PNG or JPEG of a page that fills a box of pixels in one direction."""
        answer = await self.ask(Render(number, max_width, max_height))
        assert isinstance(answer, PageDrawn)
        return answer.picture

    async def ask(self, task: Task) -> Answer:
        """Return the answer to any task."""
        async with self._lock:
            try:
                return await self._process.ask(task)
            except asyncio.CancelledError:  # its answer would be taken for that to the next task
                self._process.kill()
                raise


class ReadingProcesses:
    """Up to `num_processes`, for one event loop. Owners take turns for them.

    A process has one document, so that one that crashes it, or has it run out of time or memory, fails alone.
    """

    def __init__(self, limits: ReadingLimits) -> None:
        self._limits = limits
        self._places = FairBudget(limits.num_processes)
        self._threads = ThreadPoolExecutor(limits.num_processes, thread_name_prefix="document")
        self._processes: set[ReadingProcess] = set()
        self._is_closed = False

    @property
    def num_waiting(self) -> int:
        """How many documents wait for a process."""
        return self._places.num_waiting

    @contextlib.asynccontextmanager
    async def open(
        self, file: BinaryIO, name: str, owner: str, password: str | None = None, kind: Kind | None = None
    ) -> AsyncIterator[OpenDocument]:
        """Open a document in a process of its own, once there is a place for one. Leaving ends the process.

        Its kind is found by its content, unless it has to be `kind`. Raises `ReadingError` where the document cannot
        be opened, and `DocumentsBusy` after `max_wait_s`.
        """
        try:
            place = await self._places.acquire(1, owner, self._limits.max_wait_s)
        except BudgetTimeout as error:
            raise DocumentsBusy from error
        with place:
            async with self._start() as process:
                yield OpenDocument(process, await self._open(process, file, name, password, kind))

    @contextlib.asynccontextmanager
    async def _start(self) -> AsyncIterator[ReadingProcess]:
        if self._is_closed:
            raise ReadingError(Refusal("stopping"))
        process = await ReadingProcess.start(self._threads)
        self._processes.add(process)
        try:
            yield process
        finally:
            self._processes.discard(process)
            await process.end()

    async def _open(
        self, process: ReadingProcess, file: BinaryIO, name: str, password: str | None, kind: Kind | None
    ) -> Opened:
        limits = self._limits
        task = Open(
            name=name,
            limits=limits.reader,
            max_s=limits.max_s,
            max_bytes=limits.memory_bytes,
            password=password,
            kind=kind,
        )
        answer = await process.ask(task, (file.fileno(),))
        assert isinstance(answer, DocumentOpened)
        return answer.opened

    async def close(self) -> None:
        """End all processes. Documents that are being read fail."""
        self._is_closed = True
        for process in tuple(self._processes):
            await process.end()
        await asyncio.to_thread(self._threads.shutdown)
