"""Queries about the vectors of passages, each of one embedding model."""

from collections.abc import Collection, Mapping

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import exists, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from server.store import library_passages, passage_search
from server.store.database import insert_into
from server.store.library_records import Passage
from server.store.library_tables import collections, library_documents, passage_vectors, passages


async def list_without(connection: AsyncConnection, model: str, after: int, limit: int) -> list[Passage]:
    """Return passages that have no vector of a model, from behind the one of the id `after`."""
    vectors = passage_vectors.c
    has_one = exists().where(vectors.passage_id == passages.c.id, vectors.model == model)
    return await library_passages.select_passages(connection, (passages.c.id > after) & ~has_one, limit)


async def add(connection: AsyncConnection, model: str, vectors: Mapping[int, bytes]) -> None:
    """Store the vectors of those of the passages that still exist; their collections get another version."""
    theirs = select(passages.c.collection_id).where(passages.c.id.in_(vectors)).distinct()
    numbers = sorted((await connection.execute(theirs)).scalars())
    for number in numbers:  # before the passages, as where these are deleted, which else could wait for this for ever
        changed = update(collections).where(collections.c.id == number)
        await connection.execute(changed.values(version=collections.c.version + 1))
    kept = select(passages.c.id).where(passages.c.id.in_(vectors)).with_for_update(read=True)
    ids = (await connection.execute(kept)).scalars().all()
    if ids:
        rows = [{"passage_id": number, "model": model, "vector": vectors[number]} for number in ids]
        await connection.execute(insert_into(connection, passage_vectors).on_conflict_do_nothing(), rows)


async def get_version(connection: AsyncConnection, collection_id: int) -> int | None:
    """Return the version of a collection, which changes with its passages and vectors; None where there is none."""
    version: int | None = await connection.scalar(
        select(collections.c.version).where(collections.c.id == collection_id)
    )
    return version


async def list_ids(connection: AsyncConnection, model: str, collection_id: int) -> NDArray[np.int64]:
    """Return the numbers of the passages of a collection that may be found and have a vector of a model, in order."""
    found = select(passage_vectors.c.passage_id).join(passages, passages.c.id == passage_vectors.c.passage_id)
    is_ours = (passages.c.collection_id == collection_id) & (passage_vectors.c.model == model)
    is_hidden = (library_documents.c.collection_id == collection_id) & passage_search.is_hidden()
    hidden = (await connection.scalars(select(library_documents.c.id).where(is_hidden))).all()
    if hidden:
        is_ours &= passages.c.document_id.not_in(hidden)
    rows = await connection.execute(found.where(is_ours).order_by(passage_vectors.c.passage_id))
    return np.fromiter(rows.scalars(), dtype=np.int64)


async def load(connection: AsyncConnection, model: str, ids: Collection[int]) -> dict[int, bytes]:
    """Return the vectors of passages by their numbers."""
    is_it = passage_vectors.c.passage_id.in_(ids) & (passage_vectors.c.model == model)
    rows = await connection.execute(select(passage_vectors.c.passage_id, passage_vectors.c.vector).where(is_it))
    return {row.passage_id: row.vector for row in rows}
