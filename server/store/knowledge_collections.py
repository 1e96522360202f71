"""Queries about the collections of the knowledge base. All belong to `KNOWLEDGE`, until they are being deleted."""

import uuid
from collections.abc import Collection
from typing import Any

from sqlalchemy import ColumnElement, Executable, Select, delete, exists, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from server.store import library_documents as documents
from server.store.errors import CollectionNotFound, TooManyCollections
from server.store.knowledge_names import normalize_collection_name
from server.store.knowledge_records import CollectionState, CollectionSummary
from server.store.knowledge_tables import entities, faqs
from server.store.library_records import DELETED, KNOWLEDGE
from server.store.library_records import Collection as LibraryCollection
from server.store.library_tables import collections, library_documents, passages

LOCK = 0x6D696E6B
"""The id of an advisory lock of PostgreSQL, which no other program uses on the same database."""


async def put(
    connection: AsyncConnection, name: str, title: str | None, max_collections: int | None, now_s: float
) -> tuple[CollectionSummary, bool]:
    """Make a collection, or set the title of the one of that name; return it, and whether it was made.

    Without a title it keeps the one that it has; an empty one is none. Raises `TooManyCollections`.
    """
    if connection.dialect.name == "postgresql":  # so that collections made at the same time are all counted
        await connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({LOCK})")
    made = await _find_id(connection, name) is None
    if made and max_collections is not None:
        await _check_limit(connection, max_collections)
    collection = await documents.open_collection(connection, KNOWLEDGE, now_s, name=name)
    if title is not None:
        changed = update(collections).where(collections.c.id == collection.id)
        await connection.execute(changed.values(title=title or None))
    (summary,) = await list_summaries(connection, collections.c.id == collection.id)
    return summary, made


async def _check_limit(connection: AsyncConnection, max_collections: int) -> None:
    ours = select(func.count()).select_from(collections).where(collections.c.owner == KNOWLEDGE)
    count = (await connection.execute(ours)).scalar_one()
    if count >= max_collections:
        raise TooManyCollections(count, max_collections)


async def open_collection(connection: AsyncConnection, name: str) -> LibraryCollection:
    """Return a collection. Raises `CollectionNotFound`."""
    found = await documents.find_collection(connection, KNOWLEDGE, name=normalize_collection_name(name))
    if found is None:
        raise CollectionNotFound(name)
    return found


async def lock(connection: AsyncConnection, collection: LibraryCollection) -> None:
    """Keep a collection until the transaction ends. Raises `CollectionNotFound` where it was deleted."""
    is_it = is_of_knowledge() & (collections.c.id == collection.id)
    if await connection.scalar(select(collections.c.id).where(is_it).with_for_update(read=True)) is None:
        raise CollectionNotFound(collection.name or "")


async def _find_id(connection: AsyncConnection, name: str) -> int | None:
    is_it = (collections.c.owner == KNOWLEDGE) & (collections.c.name == name)
    found: int | None = await connection.scalar(select(collections.c.id).where(is_it))
    return found


def is_of_knowledge() -> ColumnElement[bool]:
    """Select the collections of the knowledge base."""
    return collections.c.owner == KNOWLEDGE


def is_named(name: str) -> ColumnElement[bool]:
    """Select the collection of a name."""
    return is_of_knowledge() & (collections.c.name == normalize_collection_name(name))


async def is_among(connection: AsyncConnection, collection_id: int, names: Collection[str]) -> bool:
    """Return whether a collection has one of the names."""
    stored = {normalize_collection_name(name) for name in names}
    is_it = is_of_knowledge() & (collections.c.id == collection_id) & collections.c.name.in_(stored)
    return bool(await connection.scalar(select(exists().where(is_it))))


async def list_summaries(connection: AsyncConnection, which: ColumnElement[bool]) -> list[CollectionSummary]:
    """List collections by name, with how much is in each."""
    rows = (await connection.execute(select(collections).where(which).order_by(collections.c.name))).all()
    ids = [row.id for row in rows]
    states = await _count(connection, _count_documents(ids))
    hidden = dict(await _count(connection, _count_hidden_passages(ids)))
    num_faqs = dict(
        await _count(connection, _count_derived(faqs.c.collection_id, func.count(), faqs.c.document_id, ids))
    )
    distinct = func.count(entities.c.folded.distinct())
    of_entities = _count_derived(entities.c.collection_id, distinct, entities.c.document_id, ids)
    num_entities = dict(await _count(connection, of_entities))
    numbers = {(number, state): count for number, state, count in states}
    return [
        CollectionSummary(
            id=row.id,
            name=row.name,
            title=row.title,
            version=row.version,
            num_documents=sum(numbers.get((row.id, state), 0) for state in ("ready", "reading", "failed")),
            num_reading=numbers.get((row.id, "reading"), 0),
            num_failed=numbers.get((row.id, "failed"), 0),
            num_passages=row.num_passages - hidden.get(row.id, 0),
            num_faqs=num_faqs.get(row.id, 0),
            num_entities=num_entities.get(row.id, 0),
            created_s=row.created_s,
        )
        for row in rows
    ]


async def _count(connection: AsyncConnection, statement: Executable) -> list[Any]:
    return [tuple(row) for row in await connection.execute(statement)]


def _count_documents(ids: Collection[int]) -> Select[int, str, int]:
    """Count the documents of collections by state."""
    columns = (library_documents.c.collection_id, library_documents.c.state)
    of_collections = library_documents.c.collection_id.in_(ids) & (library_documents.c.owner == KNOWLEDGE)
    counted = select(*columns, func.count())
    return counted.where(of_collections).group_by(*columns)


def _count_hidden_passages(ids: Collection[int]) -> Select[Any]:
    """Count the passages of documents that are not ready: there are few of those."""
    joined = library_documents.join(passages, passages.c.document_id == library_documents.c.id)
    is_hidden = library_documents.c.collection_id.in_(ids) & (library_documents.c.state != "ready")
    number = library_documents.c.collection_id
    return select(number, func.count()).select_from(joined).where(is_hidden).group_by(number)


def _count_derived(
    number: ColumnElement[int], count: ColumnElement[int], document_id: ColumnElement[str], ids: Collection[int]
) -> Select[int, int]:
    return select(number, count).where(number.in_(ids), document_id.in_(select_ready(ids))).group_by(number)


def select_ready(ids: Collection[int]) -> Select[Any]:
    """Select the ids of the documents of collections that are ready."""
    return select(library_documents.c.id).where(library_documents.c.collection_id.in_(ids), is_ready())


def is_ready() -> ColumnElement[bool]:
    """Select the documents of the knowledge base that may be found."""
    return (library_documents.c.owner == KNOWLEDGE) & (library_documents.c.state == "ready")


async def get_states(connection: AsyncConnection, names: Collection[str]) -> dict[str, CollectionState]:
    """Return what is ready in those of the collections that there are, by the names that they were asked by."""
    stored = {name: normalize_collection_name(name) for name in names}
    is_it = is_of_knowledge() & collections.c.name.in_(set(stored.values()))
    found = {row.name: row for row in await connection.execute(select(collections).where(is_it))}
    ids = [row.id for row in found.values()]
    ready: dict[int, list[str]] = {number: [] for number in ids}
    columns = (library_documents.c.collection_id, library_documents.c.id)
    theirs = select(*columns).where(library_documents.c.collection_id.in_(ids), is_ready())
    for number, document_id in (await connection.execute(theirs)).all():
        ready[number].append(document_id)
    return {
        name: CollectionState(row.id, row.name, frozenset(ready[row.id]))
        for name, normal in stored.items()
        if (row := found.get(normal)) is not None
    }


async def hide(connection: AsyncConnection, name: str) -> int:
    """Take a collection out of the knowledge base with all its documents; return its id, by which it is deleted.

    Raises `CollectionNotFound`.
    """
    found = await _find_id(connection, normalize_collection_name(name))
    if found is None:
        raise CollectionNotFound(name)
    # the documents first, as where pages are added, which else could wait for this for ever
    of_it = library_documents.c.collection_id == found
    await connection.execute(update(library_documents).where(of_it).values(owner=DELETED, state="failed"))
    changed = update(collections).where(collections.c.id == found, is_of_knowledge())
    gone = {"owner": DELETED, "name": uuid.uuid4().hex, "version": collections.c.version + 1}
    if not (await connection.execute(changed.values(**gone))).rowcount:
        raise CollectionNotFound(name)
    return found


def is_in_deleted() -> ColumnElement[bool]:
    """Select the documents of collections that were taken out."""
    gone = select(collections.c.id).where(collections.c.owner == DELETED)
    return library_documents.c.collection_id.in_(gone)


async def remove_emptied(connection: AsyncConnection) -> int:
    """Delete the collections that were taken out and have no documents any more; return how many those were."""
    has_documents = exists().where(library_documents.c.collection_id == collections.c.id)
    gone = delete(collections).where(collections.c.owner == DELETED, ~has_documents)
    return (await connection.execute(gone)).rowcount
