"""Queries about tables that were extracted. Each but those about a page's names the owner."""

import secrets
from collections.abc import Sequence

from sqlalchemy import delete, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from server.store.database import insert_into
from server.store.errors import DocumentNotFound, TableNotFound
from server.store.extraction_tables import extracted_tables as tables
from server.store.extraction_tables import page_tables
from server.store.library_tables import library_documents

ID_BYTES = 16


async def save(
    connection: AsyncConnection,
    owner: str,
    bodies: Sequence[bytes],
    now_s: float,
    document_id: str | None,
    max_tables: int,
) -> list[str]:
    """Store tables, delete the owner's oldest beyond `max_tables`, and return the ids of the new ones.

    Raises `DocumentNotFound` where their document was deleted meanwhile.
    """
    if document_id is not None and not await _lock_document(connection, document_id):
        raise DocumentNotFound(document_id)
    ids = [secrets.token_hex(ID_BYTES) for _ in bodies]
    for table_id, body in zip(ids, bodies, strict=True):
        row = {"id": table_id, "owner": owner, "document_id": document_id, "body": body, "created_s": now_s}
        await connection.execute(insert(tables).values(**row))
    newest_first = (tables.c.created_s.desc(), tables.c.id.desc())
    beyond = select(tables.c.id).where(tables.c.owner == owner).order_by(*newest_first).offset(max_tables)
    await connection.execute(delete(tables).where(tables.c.id.in_(beyond)))
    return ids


async def get(connection: AsyncConnection, owner: str, table_id: str) -> bytes:
    """Return the body of a table. Raises `TableNotFound`."""
    is_it = (tables.c.owner == owner) & (tables.c.id == table_id)
    body: bytes | None = await connection.scalar(select(tables.c.body).where(is_it))
    if body is None:
        raise TableNotFound(table_id)
    return body


async def remove_old(connection: AsyncConnection, oldest_s: float) -> int:
    """Delete the tables from before `oldest_s`, and return how many those were."""
    return (await connection.execute(delete(tables).where(tables.c.created_s < oldest_s))).rowcount


async def remove_owned(connection: AsyncConnection, owner: str) -> int:
    """Delete all tables of an owner, and return how many those were."""
    return (await connection.execute(delete(tables).where(tables.c.owner == owner))).rowcount


async def put_page(connection: AsyncConnection, document_id: str, number: int, body: bytes) -> None:
    """Store what a page has of tables, unless that is stored, or the document was deleted meanwhile."""
    if await _lock_document(connection, document_id):
        row = insert_into(connection, page_tables).values(document_id=document_id, number=number, body=body)
        await connection.execute(row.on_conflict_do_nothing())


async def load_page(connection: AsyncConnection, document_id: str, number: int) -> bytes | None:
    """Return what a page has of tables; None where that was not found out yet."""
    is_it = (page_tables.c.document_id == document_id) & (page_tables.c.number == number)
    body: bytes | None = await connection.scalar(select(page_tables.c.body).where(is_it))
    return body


async def _lock_document(connection: AsyncConnection, document_id: str) -> bool:
    """Keep a document from being deleted until the transaction ends; return whether it exists."""
    document = select(library_documents.c.id).where(library_documents.c.id == document_id).with_for_update()
    return await connection.scalar(document) is not None
