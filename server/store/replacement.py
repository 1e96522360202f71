"""The change from the earlier versions of a document of a followed folder to the newest, at one moment."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Row, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from server.store.library_documents import is_deleted
from server.store.library_records import DELETED, KNOWLEDGE
from server.store.library_tables import collections, library_documents

documents = library_documents.c


async def begin(connection: AsyncConnection, document_id: str) -> Sequence[str]:
    """Hide the earlier versions of a document that has become ready, or it where a later one is; return what was.

    The version of its collection changes with it. Documents that come from no folder have no versions.
    """
    is_it = (documents.id == document_id) & (documents.owner == KNOWLEDGE)
    row = (await connection.execute(select(library_documents).where(is_it))).one_or_none()
    if row is None:
        return []
    hidden = [] if row.source is None else await _hide_older(connection, row)
    await _count_up(connection, row.collection_id)
    return hidden


async def _hide_older(connection: AsyncConnection, row: Row[Any]) -> Sequence[str]:
    others = (documents.collection_id == row.collection_id) & (documents.source == row.source)
    others &= ~is_deleted() & (documents.id != row.id)
    is_later = (documents.created_s > row.created_s) | (
        (documents.created_s == row.created_s) & (documents.id > row.id)
    )
    is_ready = documents.state == "ready"
    is_outdated = await connection.scalar(select(documents.id).where(others, is_later, is_ready).limit(1)) is not None
    return await _hide(connection, documents.id == row.id if is_outdated else others & ~is_later)


async def hide_replaced(
    connection: AsyncConnection, collection_id: int, source: str, keep_id: str | None
) -> Sequence[str]:
    """Hide all documents of a source that are ready, but for `keep_id`; return which those were."""
    of_source = (documents.collection_id == collection_id) & (documents.source == source)
    hidden = await _hide(connection, of_source & (documents.state == "ready") & (documents.id != (keep_id or "")))
    await _count_up(connection, collection_id)
    return hidden


async def _hide(connection: AsyncConnection, which: ColumnElement[bool]) -> Sequence[str]:
    """Hide documents as those are that are being deleted."""
    hidden = update(library_documents).where(which).values(owner=DELETED, state="failed")
    return list((await connection.scalars(hidden.returning(documents.id))).all())


async def _count_up(connection: AsyncConnection, collection_id: int) -> None:
    """Give a collection another version: after its documents, as where pages are added."""
    changed = update(collections).where(collections.c.id == collection_id)
    await connection.execute(changed.values(version=collections.c.version + 1))
