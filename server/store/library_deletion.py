"""The deletion of documents: many passages are taken out of them some at a time, so that others write in between."""

from collections.abc import Collection, Sequence

from sqlalchemy import ColumnElement, Select, delete, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from server.store import derived, library_files, passage_index
from server.store.library_documents import is_deleted
from server.store.library_records import DELETED
from server.store.library_tables import collections, library_documents, passages

MAX_FORGOTTEN = 250
"""How many passages are deleted at once, which bounds how long SQLite lets nobody else write."""


async def list_ids(connection: AsyncConnection, which: ColumnElement[bool]) -> Sequence[str]:
    """List the ids of documents."""
    return (await connection.scalars(select(library_documents.c.id).where(which))).all()


async def forget_some(connection: AsyncConnection, which: ColumnElement[bool]) -> bool:
    """Take passages, or what is derived, from documents that are to be deleted and have many of them.

    Nobody finds these any more from then on. Return whether there are more: `remove()` is quick when there are not.
    """
    ids = select(library_documents.c.id).where(which)
    of_documents = passages.c.document_id.in_(ids)
    found = (await connection.scalars(select(passages.c.id).where(of_documents).limit(MAX_FORGOTTEN + 1))).all()
    has_derived = len(found) <= MAX_FORGOTTEN and await derived.has_many(connection, ids)
    if len(found) <= MAX_FORGOTTEN and not has_derived:
        return False
    hidden = {"owner": DELETED, "state": "failed"}
    await connection.execute(update(library_documents).where(which, ~is_deleted()).values(**hidden))
    if has_derived:
        await _count_up(connection, ids)
        await derived.forget_some(connection, ids)
    else:
        await passage_index.forget(connection, passages.c.id.in_(found[:MAX_FORGOTTEN]))
    return True


async def _count_up(connection: AsyncConnection, document_ids: Select[str]) -> None:
    """Give the collections of documents another version."""
    theirs = select(library_documents.c.collection_id).where(library_documents.c.id.in_(document_ids))
    changed = update(collections).where(collections.c.id.in_(theirs))
    await connection.execute(changed.values(version=collections.c.version + 1))


async def remove(connection: AsyncConnection, which: ColumnElement[bool]) -> int:
    """Delete documents with what is known of them, and the files that no other has; return how many those were."""
    some = (await connection.execute(select(library_documents.c.id, library_documents.c.file_id).where(which))).all()
    ids = [row.id for row in some]
    await passage_index.forget(connection, passages.c.document_id.in_(ids))
    await connection.execute(delete(library_documents).where(library_documents.c.id.in_(ids)))
    await library_files.drop_unused(connection, {row.file_id for row in some})
    return len(ids)


def is_of_sessions(session_ids: Collection[str]) -> ColumnElement[bool]:
    """Select the documents of sessions."""
    theirs = select(collections.c.id).where(collections.c.session_id.in_(session_ids))
    return library_documents.c.collection_id.in_(theirs)
