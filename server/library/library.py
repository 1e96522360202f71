"""The library: documents come in, are read in the background, and are there to be asked and shown."""

import asyncio
import sys
from collections.abc import AsyncGenerator, AsyncIterator, Collection, Iterator
from contextlib import aclosing, asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, replace
from typing import BinaryIO
from weakref import WeakValueDictionary

from msgspec import to_builtins

from server.engine.fair_budget import FairBudget
from server.errors import DocumentRefused, DocumentsBusy, DocumentTooBig, PageNotDrawn
from server.library.changes import Changes
from server.library.errors import ReadingError, refusing
from server.library.files import load_file, measure_file
from server.library.jobs import STOPPING, ReadingJobs
from server.library.names import clean_name
from server.library.readers.records import Opened, Refusal
from server.library.reading_tools import Deriver, Processes, ReadingTools
from server.library.stats import ReadingStats
from server.library.transcription import Transcriber
from server.library.warnings import add_remarks
from server.settings.settings import Settings
from server.store.errors import DocumentNotFound, PageNotFound
from server.store.library_records import KNOWLEDGE, DocumentRole, LibraryDocument, NewDocument
from server.store.library_records import Collection as LibraryCollection
from server.store.library_store import LibraryStore

NUM_UPLOADS = 16
"""How many documents of the largest size may be on their way to the store at once."""

NUM_DRAWINGS = 4
"""How many documents are fetched from the store at once to have a page drawn."""

POLL_S = 1.0
"""How often to look for what other servers have read."""

MIN_WAIT_S = 0.05
"""How long changes of a document are gathered at least: pages may come faster than anybody looks."""

DRAWN_KINDS = ("pdf", "picture")

UNKNOWN = "unknown"
"""The kind of a document of the followed folder that could not be opened."""


@dataclass(frozen=True)
class LibraryLimits:
    """The values come from the settings; `num_workers` is `document_workers`.

    Collections of the knowledge base have limits of their own: `max_collection_documents` each, and
    `max_knowledge_bytes` together.
    """

    max_document_bytes: int
    max_documents: int
    max_library_bytes: int
    max_waiting: int
    num_workers: int
    max_collection_documents: int
    max_knowledge_bytes: int

    @classmethod
    def of(cls, settings: Settings) -> "LibraryLimits":
        return cls(
            max_document_bytes=settings.max_document_bytes,
            max_documents=settings.max_documents,
            max_library_bytes=settings.max_library_bytes,
            max_waiting=settings.max_waiting_documents,
            num_workers=settings.document_workers,
            max_collection_documents=settings.max_collection_documents,
            max_knowledge_bytes=settings.max_knowledge_bytes,
        )


class Library:
    """The documents of all owners. Those of others are not found, which raises `DocumentNotFound`.

    Every method raises `DatabaseUnreachable` when the database fails. `uploads` is the room on the disk for documents
    on their way to the store, in bytes.
    """

    def __init__(
        self,
        store: LibraryStore,
        processes: Processes,
        limits: LibraryLimits,
        transcriber: Transcriber | None = None,
        opening: Processes | None = None,
        deriver: Deriver | None = None,
    ) -> None:
        """`opening` are the processes that let documents in and draw pages, None where they are those that read.

        With their own, nobody who looks at a page waits for a long document. Without `deriver` the documents of the
        knowledge base are text alone.
        """
        self.store = store
        self.limits = limits
        self.stats = ReadingStats()
        self.uploads = FairBudget(NUM_UPLOADS * limits.max_document_bytes)
        self._opening = opening or processes
        self._changes, self._num_arriving = Changes(), 0
        tools = ReadingTools(store, processes, transcriber, self._changes, self.stats, deriver)
        self._jobs = ReadingJobs(tools, limits.num_workers)
        self._drawings = FairBudget(NUM_DRAWINGS)
        self._arrivals: WeakValueDictionary[tuple[str, str], asyncio.Lock] = WeakValueDictionary()

    @asynccontextmanager
    async def read_in_background(self) -> AsyncIterator[None]:
        """Read documents until the block is left."""
        try:
            async with self._jobs.run():
                yield
        finally:
            self._changes.end()

    async def read_now(self, document: LibraryDocument) -> LibraryDocument:
        """Read one document to its end where nothing is read in the background; return it."""
        return await self._jobs.read_now(document)

    async def add(
        self,
        owner: str,
        collection: LibraryCollection,
        name: str,
        file: BinaryIO,
        password: str | None = None,
        role: DocumentRole | None = None,
        source: str | None = None,
    ) -> LibraryDocument:
        """Store a document that can be read, and return it; it is read in the background.

        `file` is an open temporary file, which stays the caller's. A document that the owner has already is not read
        again. In the knowledge base `role` is what the document is for, None to find that out, and `source` where in
        the followed folder it lies, if it does. Raises `DocumentRefused`, `DocumentTooBig`, `DocumentsBusy`,
        `TooManyDocuments`, `LibraryFull`, and `SessionNotFound` or `CollectionNotFound` where it was deleted.
        """
        sha256, num_bytes = await asyncio.to_thread(measure_file, file)
        if num_bytes > self.limits.max_document_bytes:
            raise DocumentTooBig(self.limits.max_document_bytes)
        new = NewDocument(clean_name(name), "", sha256, num_bytes, password=password, role=role, source=source)
        async with self._arrivals.setdefault((owner, sha256), asyncio.Lock()):
            same = await self._find_same(collection, new)
            return await self._add_new(collection, new, file) if same is None else same

    async def _find_same(self, collection: LibraryCollection, new: NewDocument) -> LibraryDocument | None:
        """Return the document of the same file, copied where it is ready in another collection.

        The password of the one that was opened must be given again. What a document of the knowledge base says is said
        under its name and for its role, so that one with others is another.
        """
        found = await self.store.find_same(collection.owner, new.sha256)
        same = [document for document in found if document.password in (None, new.password)]
        if collection.owner == KNOWLEDGE:
            of_it = (document for document in same if document.collection_id == collection.id)
            return next((document for document in of_it if _is_same(document, new)), None)
        for document in same:
            if document.collection_id == collection.id:
                return document
        for document in same:
            if document.state == "ready":
                with suppress(DocumentNotFound):
                    return await self.store.copy_document(document, collection, *self._get_limits(collection), new.name)
        return None

    async def _add_new(self, collection: LibraryCollection, new: NewDocument, file: BinaryIO) -> LibraryDocument:
        limits = self._get_limits(collection)
        with self._count_arrival():
            await self.check_room()
            await self.store.check_limits(collection, new.num_bytes, *limits, new.source)
            known = await self._describe(collection.owner, new, file)
            document = await self.store.add_document(collection, known, file, *limits)
        self._jobs.wake()
        return document

    async def _describe(self, owner: str, new: NewDocument, file: BinaryIO) -> NewDocument:
        """Return the document with what is known of it once it was opened.

        One of the followed folder that cannot be opened has failed: nobody waits there to be told. Others raise
        `DocumentRefused`.
        """
        try:
            opened = await self._open(owner, new, file)
        except DocumentRefused as error:
            cause = error.__cause__
            if new.source is None or not isinstance(cause, ReadingError) or cause.refusal.code == STOPPING:
                raise
            return replace(new, kind=UNKNOWN, num_pages=0, error=to_builtins(cause.refusal))
        warnings = add_remarks([], opened.remarks)
        return replace(new, kind=opened.kind, num_pages=opened.num_pages, warnings=warnings)

    async def _open(self, owner: str, new: NewDocument, file: BinaryIO) -> Opened:
        """Open a document as its reading will, so that one that cannot be read is refused at once."""
        try:
            with refusing():
                async with self._opening.open(file, new.name, owner, new.password) as document:
                    return _check_kind(document.opened)
        except DocumentRefused as error:
            self.stats.outcomes[error.code or ""] += 1
            raise

    async def check_room(self) -> None:
        """Raise `DocumentsBusy` if too many documents wait to be read."""
        if await self.store.count_unread() + max(self._num_arriving, 1) > self.limits.max_waiting:
            raise DocumentsBusy

    def _get_limits(self, collection: LibraryCollection) -> tuple[int, int]:
        """Return the most documents of a collection, and the most bytes of its owner."""
        if collection.owner == KNOWLEDGE:
            return self.limits.max_collection_documents, self.limits.max_knowledge_bytes
        max_documents = sys.maxsize if collection.session_id is None else self.limits.max_documents
        return max_documents, self.limits.max_library_bytes

    @contextmanager
    def _count_arrival(self) -> Iterator[None]:
        self._num_arriving += 1
        try:
            yield
        finally:
            self._num_arriving -= 1

    async def list_session(self, owner: str, session_id: str) -> tuple[LibraryDocument, ...]:
        """List the documents of a session, the oldest first."""
        collection = await self.store.find_session_collection(owner, session_id)
        return () if collection is None else await self.store.list_collection(collection.id)

    async def watch(self, owner: str, document_ids: Collection[str]) -> AsyncGenerator[list[LibraryDocument]]:
        """Yield documents now, and again when they may have changed, until all are read or this server stops."""
        with self._changes.watch(document_ids) as changed:
            while True:
                changed.clear()
                looks = [self._changes.look(owner, each, self.store.get_document) for each in document_ids]
                documents = [await look for look in looks]
                yield documents
                if self._changes.is_over or all(document.state != "reading" for document in documents):
                    return
                await asyncio.sleep(MIN_WAIT_S)
                await changed.wait(POLL_S)

    async def wait_until_read(
        self, owner: str, document_ids: Collection[str], timeout_s: float
    ) -> list[LibraryDocument]:
        """Return documents once all are read, or as they are after `timeout_s`."""
        latest = [await self.store.get_document(owner, document_id) for document_id in document_ids]
        with suppress(TimeoutError):
            async with asyncio.timeout(timeout_s), aclosing(self.watch(owner, document_ids)) as found:
                async for documents in found:
                    latest = documents
        return latest

    async def open_file(self, document: LibraryDocument) -> BinaryIO:
        """Return a temporary file with that of a document, which the caller closes."""
        return await load_file(self.store, document.id)

    async def render_page(
        self,
        owner: str,
        document_id: str,
        number: int,
        max_width: int,
        max_height: int,
        viewer: str | None = None,
    ) -> bytes:
        """Return a PNG or JPEG of a page that fits into a box of pixels.

        `viewer` is the owner whose turn it takes, where that is not the document's. Raises `PageNotFound`,
        `PageNotDrawn`, `DocumentRefused` and `DocumentsBusy`.
        """
        document = await self.store.get_document(owner, document_id)
        if document.kind not in DRAWN_KINDS:
            raise PageNotDrawn(document.kind)
        if number < 1 or (document.num_pages is not None and number > document.num_pages):
            raise PageNotFound(number)
        viewer = owner if viewer is None else viewer
        with await self._drawings.acquire(1, viewer), await self.open_file(document) as file, refusing():
            async with self._opening.open(file, document.name, viewer, document.password) as opened:
                return await opened.render(number, max_width, max_height)

    async def delete(self, owner: str, document_id: str) -> None:
        """Delete a document, and end its reading."""
        await self.store.delete_document(owner, document_id)
        self._jobs.end(document_id)
        self._changes.note(document_id)


def _check_kind(opened: Opened) -> Opened:
    """Raise `ReadingError` for a clip: it has no pages."""
    if opened.kind == "video":
        raise ReadingError(Refusal("unknown_kind"))
    return opened


def _is_same(document: LibraryDocument, new: NewDocument) -> bool:
    """Whether a new document of the knowledge base with the same file is this one; any role is one found out."""
    is_role = new.role is None or document.role == new.role
    return is_role and (document.name, document.source) == (new.name, new.source)
