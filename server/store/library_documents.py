"""Queries about collections and their documents. Each names the owner: those of other owners are not found."""

import dataclasses
import uuid
from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, exists, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from server.store import library_files, library_passages
from server.store.database import insert_into
from server.store.errors import DocumentNotFound, LibraryFull, TooManyDocuments
from server.store.library_records import (
    ATTACHMENTS,
    DELETED,
    KNOWLEDGE,
    Collection,
    DocumentPage,
    LibraryDocument,
    NewDocument,
)
from server.store.library_tables import collections, library_documents
from server.store.library_tables import library_files as files
from server.store.paging import make_cursor, select_page

CUSTOMER_SHARE = 16
"""One customer may have a sixteenth of the bytes that all customers of a shop may have."""


async def open_collection(
    connection: AsyncConnection, owner: str, now_s: float, session_id: str | None = None, name: str | None = None
) -> Collection:
    """Return the collection of a session, which must exist, or of a name; it is made where there is none."""
    values = {"owner": owner, "name": name, "session_id": session_id, "created_s": now_s}
    counts = {"version": 0, "num_passages": 0, "num_tokens": 0}
    await connection.execute(insert_into(connection, collections).values(**values, **counts).on_conflict_do_nothing())
    found = await find_collection(connection, owner, session_id, name)
    assert found is not None, "it was just made"
    return found


async def find_collection(
    connection: AsyncConnection, owner: str, session_id: str | None = None, name: str | None = None
) -> Collection | None:
    """Return the collection of a session or of a name; None where there is none."""
    is_it = collections.c.name == name if session_id is None else collections.c.session_id == session_id
    row = (await connection.execute(select(collections).where(collections.c.owner == owner, is_it))).one_or_none()
    return None if row is None else Collection(row.id, row.owner, row.name, row.session_id, row.version)


async def check_limits(
    connection: AsyncConnection,
    collection: Collection,
    num_bytes: int,
    max_documents: int,
    max_bytes: int,
    source: str | None = None,
) -> None:
    """Raises `TooManyDocuments` and `LibraryFull` if there is no room for one more file of that size.

    A new version of a `source` takes the place of those that there are.
    """
    of_collection = (library_documents.c.collection_id == collection.id) & ~is_deleted()
    if source is not None:
        of_collection &= library_documents.c.source.is_distinct_from(source)
    count = await connection.scalar(select(func.count()).select_from(library_documents).where(of_collection)) or 0
    if count >= max_documents:
        raise TooManyDocuments(count, max_documents, "session" if collection.owner != KNOWLEDGE else "collection")
    if max_bytes:
        await _check_bytes(connection, collection.owner, num_bytes, max_bytes)


async def _check_bytes(connection: AsyncConnection, owner: str, num_bytes: int, max_bytes: int) -> None:
    """Raise `LibraryFull` if an owner's files would have too many bytes, or those of all customers of one shop."""
    own = num_bytes + await library_files.count_bytes(connection, owner)
    shop_bytes = await library_files.count_shop_bytes(connection, owner)
    limit = max_bytes if shop_bytes is None else max_bytes // CUSTOMER_SHARE
    if own > limit:
        raise LibraryFull(own, limit)
    if shop_bytes is not None and num_bytes + shop_bytes > max_bytes:
        raise LibraryFull(num_bytes + shop_bytes, max_bytes)


async def add(
    connection: AsyncConnection, collection: Collection, new: NewDocument, file_id: int, now_s: float
) -> LibraryDocument:
    """Store a document that is to be read, and return it."""
    document_id = uuid.uuid4().hex
    values = {
        "id": document_id,
        "collection_id": collection.id,
        "file_id": file_id,
        "owner": collection.owner,
        "name": new.name,
        "kind": new.kind,
        "password": new.password,
        "state": "reading" if new.error is None else "failed",
        "error": new.error,
        "num_pages": new.num_pages,
        "num_pages_read": 0,
        "warnings": list(new.warnings),
        "lease_s": 0.0,
        "created_s": now_s,
        "role": new.role,
        "source": new.source,
    }
    await connection.execute(insert_into(connection, library_documents).values(**values))
    return await get(connection, collection.owner, document_id)


async def copy(
    connection: AsyncConnection, original: LibraryDocument, collection: Collection, name: str, now_s: float
) -> LibraryDocument:
    """Store a document that was read again, in another collection of its owner. Raises `DocumentNotFound`.

    Documents of the knowledge base are not copied, as what is derived from them is of their collection.
    """
    if original.owner == KNOWLEDGE:
        raise DocumentNotFound(original.id)
    is_it = (library_documents.c.id == original.id) & (library_documents.c.owner == collection.owner)
    is_it &= library_documents.c.state == "ready"
    row = (await connection.execute(select(library_documents).where(is_it).with_for_update())).one_or_none()
    if row is None:
        raise DocumentNotFound(original.id)
    document_id = uuid.uuid4().hex
    changed = {"id": document_id, "collection_id": collection.id, "name": name, "created_s": now_s}
    await connection.execute(insert(library_documents).values(**{**row._mapping, **changed}))
    made = await get(connection, collection.owner, document_id)
    await library_passages.copy_pages(connection, original, made)
    return made


async def copy_reading(connection: AsyncConnection, document: LibraryDocument) -> bool:
    """Give a document what was read of its file for another; return whether there was one that is ready.

    Documents of the knowledge base are each read by themselves.
    """
    if document.owner == KNOWLEDGE:
        return False
    same = await find_same(connection, document.owner, document.sha256)
    ids = [other.id for other in same if other.state == "ready"]
    locked = select(library_documents.c.id).where(library_documents.c.id.in_(ids)).limit(1).with_for_update()
    original_id = await connection.scalar(locked)
    if original_id is None:
        return False
    original = await get(connection, document.owner, original_id)
    values = {"state": "ready", "num_pages": original.num_pages, "num_pages_read": original.num_pages_read}
    if await change(connection, document.id, **values, warnings=list(original.warnings)):
        await library_passages.copy_pages(connection, original, document)
    return True


async def get(connection: AsyncConnection, owner: str, document_id: str) -> LibraryDocument:
    """Return a document. Raises `DocumentNotFound`."""
    is_it = (library_documents.c.owner == owner) & (library_documents.c.id == document_id)
    row = (await connection.execute(_select().where(is_it))).one_or_none()
    if row is None:
        raise DocumentNotFound(document_id)
    return _read(row)


async def find_same(
    connection: AsyncConnection, owner: str, sha256: str, collection_id: int | None = None
) -> Sequence[LibraryDocument]:
    """Return the owner's documents that were not refused and have the same file, the oldest first."""
    condition = (library_documents.c.owner == owner) & (files.c.sha256 == sha256)
    condition &= library_documents.c.state != "failed"
    if collection_id is not None:
        condition &= library_documents.c.collection_id == collection_id
    rows = await connection.execute(_select().where(condition).order_by(library_documents.c.created_s))
    return [_read(row) for row in rows]


async def list_of_collection(connection: AsyncConnection, collection_id: int) -> tuple[LibraryDocument, ...]:
    """List all documents of a collection, the oldest first."""
    of_collection = _select().where(library_documents.c.collection_id == collection_id, ~is_deleted())
    ordered = of_collection.order_by(library_documents.c.created_s, library_documents.c.id)
    return tuple(_read(row) for row in await connection.execute(ordered))


async def list_page(
    connection: AsyncConnection, owner: str, limit: int, cursor: str | None, collection_id: int | None = None
) -> DocumentPage:
    """Return a page of the owner's documents, newest first. Raises `BadCursor`."""
    statement = _select().where(library_documents.c.owner == owner)
    if collection_id is not None:
        statement = statement.where(library_documents.c.collection_id == collection_id)
    statement = select_page(statement, library_documents.c.created_s, library_documents.c.id, limit, cursor)
    found = [_read(row) for row in await connection.execute(statement)]
    shown = tuple(found[:limit])
    return DocumentPage(shown, make_cursor(shown[-1].created_s, shown[-1].id) if len(found) > limit else None)


async def change(connection: AsyncConnection, document_id: str, **values: Any) -> bool:
    """Set columns of a document; return whether it still exists."""
    is_it = (library_documents.c.id == document_id) & ~is_deleted()
    changed = update(library_documents).where(is_it).values(**values)
    return (await connection.execute(changed.returning(library_documents.c.id))).one_or_none() is not None


async def take_unread(connection: AsyncConnection, now_s: float, lease_s: float) -> LibraryDocument | None:
    """Return a document that nobody is reading, leased for `lease_s`; None where there is none.

    It is the oldest of the owner whose last lease is the oldest: those that end later were given, or renewed, later.
    A document whose file is being read for another waits for what comes of that.
    """
    others = library_documents.alias()
    is_same = (others.c.file_id == library_documents.c.file_id) & (others.c.id != library_documents.c.id)
    is_read_now = exists().where(is_same, others.c.state == "reading", others.c.lease_s >= now_s)
    unread = _is_unread() & (library_documents.c.lease_s < now_s) & ~is_read_now
    leased = library_documents.alias()
    waiting = select(library_documents.c.owner).where(unread)
    last = select(leased.c.owner, func.max(leased.c.lease_s).label("lease_s")).where(leased.c.owner.in_(waiting))
    owners = last.group_by(leased.c.owner).subquery()
    turn = select(library_documents.c.id).join(owners, owners.c.owner == library_documents.c.owner).where(unread)
    order = (owners.c.lease_s, library_documents.c.created_s, library_documents.c.id)
    first = turn.order_by(*order).limit(1)
    document_id = await connection.scalar(first.with_for_update(of=library_documents, skip_locked=True))
    if document_id is None:
        return None
    await change(connection, document_id, lease_s=now_s + lease_s)
    row = (await connection.execute(_select().where(library_documents.c.id == document_id))).one()
    return _read(row)


async def take(connection: AsyncConnection, document_id: str, now_s: float, lease_s: float) -> bool:
    """Lease a document that nobody is reading; return whether it is one."""
    is_it = (library_documents.c.id == document_id) & _is_unread() & (library_documents.c.lease_s < now_s)
    taken = update(library_documents).where(is_it).values(lease_s=now_s + lease_s)
    return (await connection.execute(taken.returning(library_documents.c.id))).one_or_none() is not None


async def count_unread(connection: AsyncConnection) -> int:
    """Return how many documents of all owners are being read, or wait for that."""
    return await connection.scalar(select(func.count()).select_from(library_documents).where(_is_unread())) or 0


async def has_unread_of_others(connection: AsyncConnection, owner: str, now_s: float) -> bool:
    """Return whether a document of another owner waits to be read, and nobody reads it."""
    is_waiting = _is_unread() & (library_documents.c.lease_s < now_s) & (library_documents.c.owner != owner)
    return bool(await connection.scalar(select(exists().where(is_waiting))))


async def release_all(connection: AsyncConnection, now_s: float) -> None:
    """End all leases, but not before those that ended earlier."""
    is_held = _is_unread() & (library_documents.c.lease_s > now_s)
    await connection.execute(update(library_documents).where(is_held).values(lease_s=now_s))


def is_deleted() -> ColumnElement[bool]:
    """Select the documents that are being deleted."""
    return library_documents.c.owner == DELETED


def is_attachment() -> ColumnElement[bool]:
    """Select documents that came within requests, without a session."""
    attached = select(collections.c.id).where(collections.c.name == ATTACHMENTS)
    return library_documents.c.collection_id.in_(attached)


def _is_unread() -> ColumnElement[bool]:
    return library_documents.c.state == "reading"


def _select() -> Select[Any]:
    joined = library_documents.join(files, files.c.id == library_documents.c.file_id)
    return select(library_documents, files.c.sha256, files.c.num_bytes).select_from(joined)


def _read(row: Row[Any]) -> LibraryDocument:
    names = [item.name for item in dataclasses.fields(LibraryDocument)]
    return LibraryDocument(**{name: getattr(row, name) for name in names})
