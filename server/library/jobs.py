"""The reading of documents in the background: workers take one after the other from the store.

Servers that share a database share the work. A document that is being read has a lease, which its server renews; where
that is dead, another reads on.
"""

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from typing import Any

from msgspec import to_builtins

from server.errors import DocumentsBusy, EngineStopped, has_spent_resources
from server.library.changes import Signal
from server.library.errors import ReadingError
from server.library.files import load_file
from server.library.readers.records import Refusal
from server.library.reading import Reading
from server.library.reading_tools import ReadingTools
from server.library.stats import READY
from server.store.errors import DatabaseError, DocumentNotFound
from server.store.library_records import LibraryDocument

LEASE_S = 15.0
RENEW_S = LEASE_S / 5
LOOK_EVERY_S = 5.0
"""How often to look for documents of other servers, and for those that dead ones left."""

PAUSE_S = 2.0
"""How long to wait after an error that is not the document's."""

STOPPING = "stopping"
"""The code of the refusal of processes that are closed."""

logger = logging.getLogger("server")


class ReadingJobs:
    """Up to `num_workers` documents that are being read at once."""

    def __init__(self, tools: ReadingTools, num_workers: int) -> None:
        self._tools = tools
        self._num_workers = num_workers
        self._arrived = Signal()
        self._starting, self._has_started = asyncio.Lock(), False
        self._running: dict[str, asyncio.Task[bool]] = {}

    @asynccontextmanager
    async def run(self) -> AsyncIterator[None]:
        """Read documents until the block is left; those that are not finished are left to whoever comes next."""
        workers = [asyncio.create_task(self._work()) for _ in range(self._num_workers)]
        try:
            yield
        finally:
            for worker in workers:
                worker.cancel()
            await asyncio.gather(*workers, return_exceptions=True)

    def wake(self) -> None:
        """Let a worker look for documents now."""
        self._arrived.give()

    def end(self, document_id: str) -> None:
        """End the reading of a document, which was deleted."""
        if (task := self._running.get(document_id)) is not None:
            task.cancel()

    async def read_now(self, document: LibraryDocument) -> LibraryDocument:
        """Read one document to its end, and leave all others as they are; return it.

        Where another server reads it, this waits for that one.
        """
        store = self._tools.store
        while document.state == "reading":
            if await store.take_document(document.id, LEASE_S):
                await self._read_alone(document)
            else:
                await asyncio.sleep(PAUSE_S)
            document = await store.get_document(document.owner, document.id)
        return document

    async def _work(self) -> None:
        while True:
            try:
                await self._release_dead_leases()
                self._arrived.clear()
                document = await self._tools.store.take_unread(LEASE_S)
            except DatabaseError:
                await asyncio.sleep(PAUSE_S)
                continue
            if document is None:
                await self._arrived.wait(LOOK_EVERY_S)
            else:
                self._arrived.give()  # there may be more, for the other workers
                await self._read_alone(document)

    async def _release_dead_leases(self) -> None:
        """Release what dead servers hold, once, before anything is read here."""
        async with self._starting:
            if not self._has_started:
                await self._tools.store.release_dead_leases()
                self._has_started = True

    async def _read_alone(self, document: LibraryDocument) -> None:
        """Read a document in a task that ends with its lease, or when it is deleted."""
        task = self._running[document.id] = asyncio.create_task(self._read(document))
        renewing = asyncio.create_task(self._keep_lease(document.id, task))
        try:
            await asyncio.wait([task])
        finally:
            task.cancel()
            await asyncio.gather(task, renewing, return_exceptions=True)
            if task.cancelled() or not task.result():
                await self._release(document)  # after the last renewal, which would take it back
            self._running.pop(document.id, None)
            self._tools.changes.note(document.id)

    async def _keep_lease(self, document_id: str, task: "asyncio.Task[bool]") -> None:
        """Renew the lease of a document until its reading has ended, or it was deleted."""
        while not (await asyncio.wait([task], timeout=RENEW_S))[0]:
            with suppress(DatabaseError):
                if not await self._tools.store.renew_lease(document_id, LEASE_S):
                    task.cancel()

    async def _read(self, document: LibraryDocument) -> bool:
        """Read a document, and store how it ended; return False where others are to go on with it."""
        began_s = time.monotonic()
        try:
            outcome = await self._read_to_end(document)
        except DocumentNotFound:
            return True
        except (DatabaseError, DocumentsBusy, EngineStopped) as error:
            return await self._put_off(document, error)
        except Exception as error:
            if has_spent_resources(error):
                return await self._put_off(document, error)
            logger.exception("reading document %s failed", document.id)
            await self._fail(document, Refusal("crash", {"cause": type(error).__name__}))
            return True
        if outcome is None:
            return False
        self._tools.stats.outcomes[outcome] += 1
        self._tools.stats.document_s.add(time.monotonic() - began_s)
        return True

    async def _put_off(self, document: LibraryDocument, error: Exception) -> bool:
        """Leave a document to whoever looks next, in a while: the error is not the document's."""
        logger.info("reading document %s goes on later: %s", document.id, error)
        await asyncio.sleep(PAUSE_S)
        return False

    async def _read_to_end(self, document: LibraryDocument) -> str | None:
        """Read a document; return how it ended, None where others wait and it goes on later."""
        if not document.num_pages_read and await self._tools.store.copy_reading(document):
            return READY
        reading = Reading(document, self._tools)
        with await load_file(self._tools.store, document.id) as file:
            try:
                while not await reading.read_stretch(file):
                    if await self._tools.store.is_awaited(document.owner):
                        return None
                await reading.derive()
            except ReadingError as error:
                if error.refusal.code == STOPPING:
                    return None
                await self._fail(document, error.refusal, reading)
                return error.refusal.code
        await reading.finish()
        return READY

    async def _fail(self, document: LibraryDocument, refusal: Refusal, reading: Reading | None = None) -> None:
        num_pages = document.num_pages or (document.num_pages_read if reading is None else reading.num_pages)
        warnings = document.warnings if reading is None else reading.warnings
        error: Mapping[str, Any] = to_builtins(refusal)
        with suppress(DatabaseError):
            await self._tools.store.finish_document(document.id, num_pages, warnings, error)

    async def _release(self, document: LibraryDocument) -> None:
        with suppress(DatabaseError):
            await self._tools.store.release_lease(document.id)
