"""The documents of all owners, as a part of the store's interface."""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from typing import Any, BinaryIO

from sqlalchemy import ColumnElement
from sqlalchemy.ext.asyncio import AsyncConnection

from server.store import (
    knowledge_collections,
    library_deletion,
    library_files,
    library_passages,
    replacement,
    sessions,
    versions,
)
from server.store import library_documents as documents
from server.store.database import Database
from server.store.errors import DocumentNotFound
from server.store.library_records import (
    ATTACHMENTS,
    KNOWLEDGE,
    DocumentPage,
    DocumentRole,
    LibraryDocument,
    NewDocument,
    NewPage,
    NewPassage,
)
from server.store.library_records import Collection as LibraryCollection
from server.store.library_tables import library_documents
from server.store.passage_store import PassageStore


class LibraryStore(PassageStore):
    """Stores, reads and deletes documents. Those of other owners are not found.

    Every method raises `DatabaseUnreachable` when the database fails. `clock` gives Unix seconds.
    """

    def __init__(self, database: Database, clock: Callable[[], float]) -> None:
        super().__init__(database)
        self.clock = clock

    async def open_session_collection(self, owner: str, session_id: str) -> LibraryCollection:
        """Return the collection of a session, made where there is none. Raises `SessionNotFound`."""

        async def open_it(connection: AsyncConnection) -> LibraryCollection:
            await sessions.lock(connection, owner, session_id)
            return await documents.open_collection(connection, owner, self.clock(), session_id=session_id)

        return await self.database.write(open_it)

    async def open_named_collection(self, owner: str, name: str = ATTACHMENTS) -> LibraryCollection:
        """Return a collection by its name, made where there is none."""
        return await self.database.write(lambda c: documents.open_collection(c, owner, self.clock(), name=name))

    async def find_session_collection(self, owner: str, session_id: str) -> LibraryCollection | None:
        """Return the collection of a session; None where nothing was ever sent to it."""
        return await self.database.read(lambda c: documents.find_collection(c, owner, session_id))

    async def check_limits(
        self,
        collection: LibraryCollection,
        num_bytes: int,
        max_documents: int,
        max_bytes: int,
        source: str | None = None,
    ) -> None:
        """Raises `TooManyDocuments` and `LibraryFull` if there is no room for one more file of that size.

        A new version of a `source` takes the place of those that there are.
        """
        limits = (num_bytes, max_documents, max_bytes, source)
        await self.database.read(lambda c: documents.check_limits(c, collection, *limits))

    async def add_document(
        self, collection: LibraryCollection, new: NewDocument, file: BinaryIO, max_documents: int, max_bytes: int
    ) -> LibraryDocument:
        """Store a document that is to be read, or failed already, with its file. Its session counts as used now.

        The same version of a file of the followed folder that another server has stored meanwhile is returned instead.

        Raises as `check_limits()` does, and `SessionNotFound` or `CollectionNotFound`.
        """

        async def add(connection: AsyncConnection) -> LibraryDocument:
            await self._use(connection, collection)
            if new.source is not None and (same := await versions.find_same(connection, collection, new)) is not None:
                return await documents.get(connection, collection.owner, same)
            await documents.check_limits(connection, collection, new.num_bytes, max_documents, max_bytes, new.source)
            file_id = await library_files.put(connection, collection.owner, new.sha256, file)
            return await documents.add(connection, collection, new, file_id, self.clock())

        return await self.database.write(add)

    async def _use(self, connection: AsyncConnection, collection: LibraryCollection) -> None:
        """Count the session of a collection as used now, and keep either until the transaction ends."""
        if collection.session_id is not None:
            await sessions.lock(connection, collection.owner, collection.session_id)
            await sessions.touch(connection, collection.session_id, self.clock())
        if collection.owner == KNOWLEDGE:
            await knowledge_collections.lock(connection, collection)

    async def count_unread(self) -> int:
        """Return how many documents of all owners are being read, or wait for that."""
        return await self.database.read(documents.count_unread)

    async def copy_document(
        self,
        document: LibraryDocument,
        to_collection: LibraryCollection,
        max_documents: int,
        max_bytes: int,
        name: str | None = None,
    ) -> LibraryDocument:
        """Store a document that was read to its end in another collection of its owner, without reading it again.

        Raises `DocumentNotFound` if it was deleted meanwhile, and as `add_document()` does. `name` is that of the copy.
        """

        async def copy(connection: AsyncConnection) -> LibraryDocument:
            await self._use(connection, to_collection)
            await documents.check_limits(connection, to_collection, 0, max_documents, max_bytes)
            return await documents.copy(connection, document, to_collection, name or document.name, self.clock())

        return await self.database.write(copy)

    async def copy_reading(self, document: LibraryDocument) -> bool:
        """Mark a document of which nothing was read as read, with what was read of the same file for another.

        Return whether there was one that is ready.
        """
        return await self.database.write(lambda c: documents.copy_reading(c, document))

    async def get_document(self, owner: str, document_id: str) -> LibraryDocument:
        """Return a document. Raises `DocumentNotFound`."""
        return await self.database.read(lambda c: documents.get(c, owner, document_id))

    async def find_same(self, owner: str, sha256: str, collection_id: int | None = None) -> Sequence[LibraryDocument]:
        """Return the owner's documents with the same file that did not fail, the oldest first."""
        return await self.database.read(lambda c: documents.find_same(c, owner, sha256, collection_id))

    async def list_documents(
        self, owner: str, limit: int = 50, cursor: str | None = None, collection_id: int | None = None
    ) -> DocumentPage:
        """Return the page after the one that gave `cursor`, newest first. Raises `BadCursor`."""
        return await self.database.read(lambda c: documents.list_page(c, owner, limit, cursor, collection_id))

    async def list_collection(self, collection_id: int) -> tuple[LibraryDocument, ...]:
        """List all documents of a collection, the oldest first."""
        return await self.database.read(lambda c: documents.list_of_collection(c, collection_id))

    async def delete_document(self, owner: str, document_id: str) -> None:
        """Delete a document with its pages, and its file unless another document has it. Raises `DocumentNotFound`."""
        is_it = (library_documents.c.owner == owner) & (library_documents.c.id == document_id)
        if not await self.remove_documents(is_it):
            raise DocumentNotFound(document_id)
        self.database.start(self.database.give_back_room())

    async def delete_owned(self, owner: str) -> int:
        """Delete all documents of an owner, those of sessions too; return how many those were."""
        return await self.remove_documents(library_documents.c.owner == owner)

    async def expire_attachments(self, max_age_s: float) -> int:
        """Delete documents older than `max_age_s` that came within requests, without a session; return how many.

        So are those whose deletion was interrupted.
        """
        is_old = documents.is_attachment() & (library_documents.c.created_s < self.clock() - max_age_s)
        is_left = documents.is_deleted() | knowledge_collections.is_in_deleted()
        count = await self.remove_documents(is_old | is_left)
        await self.database.delete(knowledge_collections.remove_emptied)
        return count

    async def remove_documents(self, which: ColumnElement[bool]) -> int:
        """Delete documents, the passages of large ones some at a time, and go on where nobody waits for it any more.

        Return how many those were.
        """
        return await self.database.wait_for(self._remove(which))

    async def _remove(self, which: ColumnElement[bool]) -> int:
        """Delete documents, the passages of large ones some at a time: others write in between. Return how many."""
        ids = await self.database.read(lambda c: library_deletion.list_ids(c, which))
        is_one = library_documents.c.id.in_(ids)
        while await self.database.delete(lambda c: library_deletion.forget_some(c, is_one)):
            pass
        return await self.database.delete(lambda c: library_deletion.remove(c, is_one))

    async def load_file(self, document_id: str) -> AsyncIterator[bytes]:
        """Yield the file of a document in chunks of 1 MiB."""
        position = 0
        while (chunk := await self._read_chunk(document_id, position)) is not None:
            yield chunk
            position += 1

    async def _read_chunk(self, document_id: str, position: int) -> bytes | None:
        return await self.database.read(lambda c: library_files.read_chunk(c, document_id, position))

    async def take_unread(self, lease_s: float) -> LibraryDocument | None:
        """Return a document that nobody is reading, and keep others from it for `lease_s` seconds.

        Owners take turns: it is the oldest of the owner whose documents were last read longest ago.
        """
        return await self.database.write(lambda c: documents.take_unread(c, self.clock(), lease_s))

    async def take_document(self, document_id: str, lease_s: float) -> bool:
        """Keep others from a document for `lease_s` seconds, unless one reads it; return whether it is ours."""
        return await self.database.write(lambda c: documents.take(c, document_id, self.clock(), lease_s))

    async def renew_lease(self, document_id: str, lease_s: float) -> bool:
        """Keep others from a document that is being read; return whether it still exists."""
        lease_ends_s = self.clock() + lease_s
        return await self.database.write(lambda c: documents.change(c, document_id, lease_s=lease_ends_s))

    async def release_lease(self, document_id: str) -> None:
        """Let others read a document on, from now."""
        now_s = self.clock()
        await self.database.write(lambda c: documents.change(c, document_id, lease_s=now_s))

    async def release_dead_leases(self) -> None:
        """Release all leases, if no other server can be using the database: whoever had them is dead."""
        if self.database.is_exclusive:
            await self.database.write(lambda c: documents.release_all(c, self.clock()))

    async def is_awaited(self, owner: str) -> bool:
        """Return whether a document of another owner waits to be read."""
        return await self.database.read(lambda c: documents.has_unread_of_others(c, owner, self.clock()))

    async def add_page(self, document_id: str, number: int, body: bytes, passages: Sequence[NewPassage]) -> bool:
        """Store a page, JSON as its reader made it, with its passages; return whether the document still exists.

        A page that is stored already stays as it is.
        """
        return await self.database.write(lambda c: library_passages.add_page(c, document_id, number, body, passages))

    async def add_pages(
        self, document_id: str, pages: Sequence[NewPage], warnings: Sequence[Mapping[str, Any]] | None = None
    ) -> bool:
        """Store pages at once, as `add_page()` does. With `warnings` these are all that there are of the document."""

        async def add(connection: AsyncConnection) -> bool:
            for page in pages:
                if not await library_passages.add_page(connection, document_id, page.number, page.body, page.passages):
                    return False
            return warnings is None or await documents.change(connection, document_id, warnings=list(warnings))

        return await self.database.write(add)

    async def add_passages(self, document_id: str, new: Sequence[NewPassage]) -> None:
        """Store passages of pages that were stored without them, behind those that there are.

        Raises `DocumentNotFound`.
        """
        if not await self.database.write(lambda c: library_passages.add_passages(c, document_id, new)):
            raise DocumentNotFound(document_id)

    async def forget_passages(self, document_id: str) -> None:
        """Take all passages from a document that is being read, some at a time."""
        while await self.database.write(lambda c: library_passages.forget_unread(c, document_id)):
            pass

    async def finish_document(
        self,
        document_id: str,
        num_pages: int,
        warnings: Sequence[Mapping[str, Any]],
        error: Mapping[str, Any] | None = None,
        role: DocumentRole | None = None,
    ) -> None:
        """Mark a document as read to its end, or as failed with an error.

        One of a followed folder takes the place of its earlier versions: these are not found any more from the moment
        in which it is, and are deleted in the background. `role` is what it turned out to be, None where it keeps its
        own.
        """
        state = "ready" if error is None else "failed"
        found = {} if role is None else {"role": role}
        values = {"state": state, "num_pages": num_pages, "warnings": list(warnings), "error": error, **found}

        async def finish(connection: AsyncConnection) -> Sequence[str]:
            await documents.change(connection, document_id, **values)
            return [] if error is not None else await replacement.begin(connection, document_id)

        replaced = await self.database.write(finish)
        if replaced:
            self.database.start(self._remove(library_documents.c.id.in_(replaced)))
