"""Queries about what is derived from documents. It is found while they are ready, and goes with them."""

from collections.abc import Callable, Collection, Iterable, Sequence
from itertools import groupby
from operator import itemgetter
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Select, Table, delete, select, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection

from server.store.database import insert_into
from server.store.derived_rows import DerivedRows, read_names
from server.store.errors import DocumentNotFound
from server.store.knowledge_collections import is_ready
from server.store.knowledge_records import DocumentNames, Entity, Faq, StoredFaq
from server.store.knowledge_tables import DERIVED, entities, faqs
from server.store.library_records import KNOWLEDGE
from server.store.library_tables import library_documents, passages

MAX_READ = 100
"""How many rows are made into records at once, which bounds how long nothing else runs."""

MAX_REMOVED = 1000
"""How many rows are deleted at once, which bounds how long SQLite lets nobody else write."""

MAX_ASKED = 500
"""How many documents or places are asked for in one statement."""

T = TypeVar("T")


async def lock_unread(connection: AsyncConnection, document_id: str) -> None:
    """Keep a document that is being read until the transaction ends. Raises `DocumentNotFound` where it is not."""
    is_it = (library_documents.c.id == document_id) & (library_documents.c.owner == KNOWLEDGE)
    is_it &= library_documents.c.state == "reading"
    if await connection.scalar(select(library_documents.c.id).where(is_it).with_for_update()) is None:
        raise DocumentNotFound(document_id)


async def add(connection: AsyncConnection, document_id: str, chunk: Sequence[DerivedRows]) -> None:
    """Store rows of a document that is being read; those that are stored stay. Raises `DocumentNotFound`."""
    await lock_unread(connection, document_id)
    for part in chunk:
        if part.rows:
            await connection.execute(insert_into(connection, part.table).on_conflict_do_nothing(), list(part.rows))


async def forget_unread(connection: AsyncConnection, document_id: str) -> bool:
    """Take rows from a document that is being read; return whether there are more. Raises `DocumentNotFound`."""
    await lock_unread(connection, document_id)
    return await forget_some(connection, select(library_documents.c.id).where(library_documents.c.id == document_id))


async def forget_some(connection: AsyncConnection, document_ids: Select[tuple[str]]) -> bool:
    """Take rows from documents, as many as are quickly deleted; return whether there are more."""
    left = MAX_REMOVED
    for table in DERIVED:
        left -= await _forget(connection, table, document_ids, left)
        if left <= 0:
            return True
    return False


async def has_many(connection: AsyncConnection, document_ids: Select[tuple[str]]) -> bool:
    """Return whether documents have more rows than are quickly deleted."""
    left = MAX_REMOVED
    for table in DERIVED:
        some = select(table.c.document_id).where(table.c.document_id.in_(document_ids)).limit(left + 1)
        left -= len((await connection.execute(some)).all())
        if left < 0:
            return True
    return False


async def _forget(connection: AsyncConnection, table: Table, document_ids: Select[tuple[str]], limit: int) -> int:
    columns = list(table.primary_key.columns)
    some = select(*columns).where(table.c.document_id.in_(document_ids)).limit(limit)
    keys: ColumnElement[Any] = tuple_(*columns) if len(columns) > 1 else columns[0]
    return (await connection.execute(delete(table).where(keys.in_(some)))).rowcount


async def list_names(connection: AsyncConnection, document_ids: Collection[str]) -> list[DocumentNames]:
    """Return the entities of the documents that are ready with their names, without their attributes."""
    found = []
    for some in batch(sorted(document_ids)):
        read = await _read_all(connection, _select_names(some), entities, _read_entity)
        for document_id, of_it in groupby(read, key=itemgetter(0)):
            found.append(DocumentNames(document_id, tuple(entity for _, entity in of_it)))
    return found


def _select_names(document_ids: Sequence[str]) -> Select[Any]:
    of_documents = entities.c.document_id.in_(_select_ready(document_ids))
    columns = (entities.c.document_id, entities.c.position, entities.c.key, entities.c.kind)
    return select(*columns, entities.c.names, entities.c.passage).where(of_documents)


def _select_ready(document_ids: Collection[str]) -> Select[tuple[str]]:
    return select(library_documents.c.id).where(library_documents.c.id.in_(document_ids), is_ready())


def _read_entity(row: Any) -> tuple[str, Entity]:
    return row.document_id, Entity(row.key, row.kind, read_names(row.names), (), row.passage)


async def list_faqs(connection: AsyncConnection, document_ids: Collection[str]) -> list[StoredFaq]:
    """Return the questions and answers of the documents that are ready."""
    found: list[StoredFaq] = []
    for some in batch(sorted(document_ids)):
        found += await _read_all(connection, _select_faqs(some), faqs, _read_faq)
    return found


def _select_faqs(document_ids: Sequence[str]) -> Select[Any]:
    is_its = (passages.c.document_id == faqs.c.document_id) & (passages.c.position == faqs.c.passage)
    joined = select(*faqs.c, passages.c.id.label("passage_id")).select_from(faqs.join(passages, is_its))
    return joined.where(faqs.c.document_id.in_(_select_ready(document_ids)))


def _read_faq(row: Any) -> StoredFaq:
    faq = Faq(row.question, row.answer, tuple(row.wordings), row.language, row.is_verbatim, row.passage)
    return StoredFaq(faq, row.collection_id, row.document_id, row.passage_id)


async def _read_all(
    connection: AsyncConnection, statement: Select[Any], table: Table, read: Callable[[Any], T]
) -> list[T]:
    """Return the records of all rows in the order of documents and places, some at a time: others run in between."""
    place = (table.c.document_id, table.c.position)
    ordered = statement.order_by(*place).limit(MAX_READ)
    rows = (await connection.execute(ordered)).all()
    found = [read(row) for row in rows]
    while len(rows) == MAX_READ:
        after = tuple_(*place) > tuple_(rows[-1].document_id, rows[-1].position)
        rows = (await connection.execute(ordered.where(after))).all()
        found += [read(row) for row in rows]
    return found


async def find_passage_ids(connection: AsyncConnection, document_id: str, positions: Collection[int]) -> dict[int, int]:
    """Return the ids of passages of a document by their places in it."""
    found: dict[int, int] = {}
    for some in batch(sorted(set(positions))):
        is_it = (passages.c.document_id == document_id) & passages.c.position.in_(some)
        rows = await connection.execute(select(passages.c.position, passages.c.id).where(is_it))
        found |= {row.position: row.id for row in rows}
    return found


def batch(values: Sequence[T]) -> Iterable[Sequence[T]]:
    """Cut values into as many as are asked for at once."""
    return (values[first : first + MAX_ASKED] for first in range(0, len(values), MAX_ASKED))
