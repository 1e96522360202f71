"""The deletion of documents: many passages are taken out of them some at a time, so that others write in between."""

from collections.abc import Collection, Sequence

from sqlalchemy import ColumnElement, delete, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from server.store import library_files, passage_index
from server.store.library_documents import is_deleted
from server.store.library_records import DELETED
from server.store.library_tables import collections, library_documents, passages

MAX_FORGOTTEN = 250
"""How many passages are deleted at once, which bounds how long SQLite lets nobody else write."""


async def list_ids(connection: AsyncConnection, which: ColumnElement[bool]) -> Sequence[str]:
    """List the ids of documents."""
    return (await connection.scalars(select(library_documents.c.id).where(which))).all()


async def forget_some(connection: AsyncConnection, which: ColumnElement[bool]) -> bool:
    """Take passages from documents that are to be deleted and have many, which nobody finds any more from then on.

    Return whether there are more: `remove()` is quick when there are not.
    """
    of_documents = passages.c.document_id.in_(select(library_documents.c.id).where(which))
    found = (await connection.scalars(select(passages.c.id).where(of_documents).limit(MAX_FORGOTTEN + 1))).all()
    if len(found) <= MAX_FORGOTTEN:
        return False
    hidden = {"owner": DELETED, "state": "failed"}
    await connection.execute(update(library_documents).where(which, ~is_deleted()).values(**hidden))
    await passage_index.forget(connection, passages.c.id.in_(found[:MAX_FORGOTTEN]))
    return True


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
