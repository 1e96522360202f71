"""Queries about the pages and the passages of documents."""

import dataclasses
from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, func, insert, literal, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from server.store import passage_index
from server.store.database import insert_into
from server.store.library_records import DELETED, KNOWLEDGE, LibraryDocument, NewPassage, Passage
from server.store.library_tables import collections, document_pages, library_documents, passage_vectors, passages
from server.store.tables import clean

BATCH = 500
"""How many passages are stored at once, which bounds the memory and the size of a statement."""


async def add_page(
    connection: AsyncConnection,
    document_id: str,
    number: int,
    body: bytes,
    new: Sequence[NewPassage],
) -> bool:
    """Store a page with its passages, unless it is stored; return whether its document still exists."""
    document = await _lock(connection, document_id)
    if document is None:
        return False
    page = insert_into(connection, document_pages).values(document_id=document_id, number=number, body=body)
    added = await connection.execute(page.on_conflict_do_nothing().returning(document_pages.c.number))
    if added.one_or_none() is not None:
        await _add_passages(connection, document_id, document.name, document.collection_id, new)
        counted = library_documents.c.num_pages_read + 1
        is_it = library_documents.c.id == document_id
        await connection.execute(update(library_documents).where(is_it).values(num_pages_read=counted))
    return True


async def add_passages(connection: AsyncConnection, document_id: str, new: Sequence[NewPassage]) -> bool:
    """Store passages of pages that were stored without them; return whether their document still exists."""
    document = await _lock(connection, document_id)
    if document is not None:
        await _add_passages(connection, document_id, document.name, document.collection_id, new)
    return document is not None


async def forget_unread(connection: AsyncConnection, document_id: str) -> bool:
    """Take some passages from a document that is being read; return whether there were any."""
    if await _lock(connection, document_id) is None:
        return False
    is_unread = (library_documents.c.id == document_id) & (library_documents.c.state == "reading")
    of_it = passages.c.document_id.in_(select(library_documents.c.id).where(is_unread))
    some = select(passages.c.id).where(of_it).order_by(passages.c.id).limit(BATCH)
    ids = (await connection.scalars(some)).all()
    if ids:
        await passage_index.forget(connection, passages.c.id.in_(ids))
    return bool(ids)


async def _lock(connection: AsyncConnection, document_id: str) -> Row[Any, Any] | None:
    """Return the collection and the name of a document, which stays until the transaction ends; None for none."""
    is_it = (library_documents.c.id == document_id) & (library_documents.c.owner != DELETED)
    columns = (library_documents.c.collection_id, library_documents.c.name)
    return (await connection.execute(select(*columns).where(is_it).with_for_update())).one_or_none()


async def copy_pages(connection: AsyncConnection, original: LibraryDocument, copy: LibraryDocument) -> None:
    """Give a new document the pages and passages of one with the same file, with the vectors of those."""
    pages = document_pages.c
    copied = select(literal(copy.id), pages.number, pages.body).where(pages.document_id == original.id)
    await connection.execute(insert(document_pages).from_select(["document_id", "number", "body"], copied))
    last = -1
    while some := await list_passages(connection, (original.id,), last, BATCH):
        names = [item.name for item in dataclasses.fields(NewPassage)]
        new = [NewPassage(**{name: getattr(passage, name) for name in names}) for passage in some]
        await _add_passages(connection, copy.id, copy.name, copy.collection_id, new)
        last = some[-1].id
    theirs = passages.alias()
    is_same = (theirs.c.document_id == copy.id) & (theirs.c.position == passages.c.position)
    vectors = select(theirs.c.id, passage_vectors.c.model, passage_vectors.c.vector).select_from(
        passage_vectors.join(passages, passages.c.id == passage_vectors.c.passage_id).join(theirs, is_same)
    )
    vectors = vectors.where(passages.c.document_id == original.id)
    await connection.execute(insert(passage_vectors).from_select(["passage_id", "model", "vector"], vectors))


async def _add_passages(
    connection: AsyncConnection, document_id: str, name: str, collection_id: int, new: Sequence[NewPassage]
) -> None:
    for first in range(0, len(new), BATCH):
        await _add_some(connection, document_id, name, collection_id, new[first : first + BATCH])


async def _add_some(
    connection: AsyncConnection, document_id: str, name: str, collection_id: int, new: Sequence[NewPassage]
) -> None:
    last = select(func.coalesce(func.max(passages.c.position), -1)).where(passages.c.document_id == document_id)
    first = (await connection.execute(last)).scalar_one() + 1
    clean = [_clean(passage) for passage in new]
    counts = await passage_index.count_all([(item.text, (item.heading, item.sheet, name)) for item in clean])
    entries = [passage_index.list_entries(collection_id, counted) for counted in counts]
    rows = [
        {
            **dataclasses.asdict(passage),
            "document_id": document_id,
            "collection_id": collection_id,
            "position": position,
            "num_tokens": counted.total(),
            "tokens": of_one if connection.dialect.name == "postgresql" else None,
        }
        for position, (passage, counted, of_one) in enumerate(zip(clean, counts, entries, strict=True), start=first)
    ]
    added = insert(passages).returning(passages.c.id, sort_by_parameter_order=True)
    ids = (await connection.execute(added, rows)).scalars().all()
    await passage_index.add(connection, list(zip(ids, entries, strict=True)))
    values = {
        "version": collections.c.version + 1,
        "num_passages": collections.c.num_passages + len(ids),
        "num_tokens": collections.c.num_tokens + sum(counted.total() for counted in counts),
    }
    await connection.execute(update(collections).where(collections.c.id == collection_id).values(**values))


def _clean(passage: NewPassage) -> NewPassage:
    """Return a passage as it will be read again, so that it is forgotten by the tokens it was added with."""
    text = clean(passage.text) or ""
    return dataclasses.replace(passage, text=text, heading=clean(passage.heading), sheet=clean(passage.sheet))


async def load_page(connection: AsyncConnection, document_id: str, number: int) -> bytes | None:
    """Return the JSON of a page; None where it is not read yet, or there is no such page."""
    is_it = (document_pages.c.document_id == document_id) & (document_pages.c.number == number)
    body: bytes | None = await connection.scalar(select(document_pages.c.body).where(is_it))
    return body


async def list_passages(
    connection: AsyncConnection, document_ids: Collection[str], after: int = -1, limit: int = 1000
) -> list[Passage]:
    """Return passages of documents in the order in which they were stored, from behind the one of the id `after`."""
    of_documents = passages.c.document_id.in_(document_ids) & (passages.c.id > after)
    return await select_passages(connection, of_documents, limit)


async def select_passages(connection: AsyncConnection, which: ColumnElement[bool], limit: int) -> list[Passage]:
    """Return passages in the order in which they were stored."""
    rows = await connection.execute(_select().where(which).order_by(passages.c.id).limit(limit))
    return [_read(row) for row in rows]


async def get_passages(connection: AsyncConnection, owner: str, ids: Collection[int]) -> dict[int, Passage]:
    """Return those of the passages that there are, by id; of the knowledge base those that are ready."""
    # the owner is compared here: SQLite would go through all passages of the owner instead of these
    more = (library_documents.c.owner, library_documents.c.state)
    rows = await connection.execute(_select(*more).where(passages.c.id.in_(ids)))
    found = {row.id: row for row in rows if row.owner == owner}
    return {number: _read(row) for number, row in found.items() if owner != KNOWLEDGE or row.state == "ready"}


async def count_characters(connection: AsyncConnection, document_ids: Collection[str]) -> int:
    """Return how many characters the passages of documents have together."""
    of_documents: ColumnElement[bool] = passages.c.document_id.in_(document_ids)
    total = select(func.coalesce(func.sum(func.length(passages.c.text)), 0)).where(of_documents)
    return int((await connection.execute(total)).scalar_one())


def _select(*more: ColumnElement[Any]) -> Select[Any]:
    """Select what `Passage` has: the tokens, which are many, stay where they are."""
    columns = [column for column in passages.c if column.name not in {"tokens", "num_tokens"}]
    joined = passages.join(library_documents, library_documents.c.id == passages.c.document_id)
    return select(*columns, library_documents.c.name.label("document_name"), *more).select_from(joined)


def _read(row: Row[Any]) -> Passage:
    return Passage(**{item.name: getattr(row, item.name) for item in dataclasses.fields(Passage)})
