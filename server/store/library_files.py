"""Queries about the files of documents, each stored once for its owner, in chunks."""

import asyncio
import os
from collections.abc import Collection
from typing import BinaryIO

from sqlalchemy import delete, exists, func, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from server.store.database import insert_into
from server.store.library_tables import file_chunks, library_documents, library_files
from server.store.service_tables import customers

CHUNK_BYTES = 1 << 20


async def put(connection: AsyncConnection, owner: str, sha256: str, file: BinaryIO) -> int:
    """Store a file, unless the owner has it already; return its number, locked until the transaction ends."""
    num_bytes = os.fstat(file.fileno()).st_size
    insert_file = insert_into(connection, library_files).values(owner=owner, sha256=sha256, num_bytes=num_bytes)
    await connection.execute(insert_file.on_conflict_do_nothing())
    is_it = (library_files.c.owner == owner) & (library_files.c.sha256 == sha256)
    file_id: int = (await connection.execute(select(library_files.c.id).where(is_it).with_for_update())).scalar_one()
    if not await connection.scalar(select(exists().where(file_chunks.c.file_id == file_id))):
        await asyncio.to_thread(file.seek, 0)
        position = 0
        while data := await asyncio.to_thread(file.read, CHUNK_BYTES):
            await connection.execute(insert(file_chunks).values(file_id=file_id, position=position, data=data))
            position += 1
    return file_id


async def read_chunk(connection: AsyncConnection, document_id: str, position: int) -> bytes | None:
    """Return a chunk of a document's file; None behind the last."""
    chunk = select(file_chunks.c.data).join(library_documents, library_documents.c.file_id == file_chunks.c.file_id)
    is_it = (library_documents.c.id == document_id) & (file_chunks.c.position == position)
    data: bytes | None = await connection.scalar(chunk.where(is_it))
    return data


async def count_bytes(connection: AsyncConnection, owner: str) -> int:
    """Return how many bytes the files of an owner have together."""
    total = func.coalesce(func.sum(library_files.c.num_bytes), 0)
    return int((await connection.execute(select(total).where(library_files.c.owner == owner))).scalar_one())


async def count_shop_bytes(connection: AsyncConnection, customer_id: str) -> int | None:
    """Return how many bytes the files of all customers of a customer's shop have; None for other owners."""
    shop = await connection.scalar(select(customers.c.shop).where(customers.c.id == customer_id))
    if shop is None:
        return None
    total = func.coalesce(func.sum(library_files.c.num_bytes), 0)
    of_shop = library_files.c.owner.in_(select(customers.c.id).where(customers.c.shop == shop))
    return int((await connection.execute(select(total).where(of_shop))).scalar_one())


async def drop_unused(connection: AsyncConnection, file_ids: Collection[int]) -> None:
    """Delete those of the files that no document has any more."""
    ordered = select(library_files.c.id).where(library_files.c.id.in_(file_ids)).order_by(library_files.c.id)
    await connection.execute(ordered.with_for_update())
    is_used = exists().where(library_documents.c.file_id == library_files.c.id)
    await connection.execute(delete(library_files).where(library_files.c.id.in_(file_ids), ~is_used))
