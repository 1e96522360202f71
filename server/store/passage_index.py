"""The index of passages by their tokens, which have the number of the collection before them.

So what is looked up is of one collection, whatever others have. PostgreSQL has the tokens of a passage in its row;
SQLite has them in a table of FTS5 that keeps no text, and has to be told what was in a passage to forget it. A token
that a passage has more than once is there a second time with a mark.
"""

import asyncio
import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import ColumnElement, TableClause, column, delete, func, insert, select, table, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from server.store.library_tables import collections, library_documents, passages
from server.store.passage_tokens import POINT, tokenize

Ids = NDArray[np.int64]

MANY = "²"
"""Marks the second entry of a token; no token ends in it, as it is one of the digits that are folded."""

MAX_IN_LOOP = 20
"""More passages than these are tokenized in a thread, as they take more than a few milliseconds."""

BATCH = 500
"""How many passages are forgotten at once, which bounds the memory."""

fts: TableClause = table("search_passages", column("rowid"), column("tokens"), column("search_passages"))

COUNT = {
    "sqlite": "SELECT asked.value, coalesce((SELECT doc FROM search_passages_counts WHERE term = asked.value), 0)"
    " FROM json_each(:tokens) AS asked",
    "postgresql": "SELECT value, (SELECT count(*) FROM passages WHERE tokens @> ARRAY[value])"
    " FROM json_array_elements_text(CAST(:tokens AS json)) AS value",
}
LIST = {
    "sqlite": "SELECT asked.value, (SELECT group_concat(doc) FROM search_passages_entries WHERE term = asked.value)"
    " FROM json_each(:tokens) AS asked",
    "postgresql": "SELECT value, (SELECT string_agg(CAST(id AS text), ',') FROM passages WHERE tokens @> ARRAY[value])"
    " FROM json_array_elements_text(CAST(:tokens AS json)) AS value",
}


def count_tokens(body: str, context: Iterable[str | None]) -> Counter[str]:
    """Return how often a passage has each token, with those of the heading and the names above it."""
    counts = Counter(tokenize(body))
    for name in filter(None, context):
        counts.update(_tokenize_name(name))
    return counts


@lru_cache(1000)
def _tokenize_name(name: str) -> tuple[str, ...]:
    """Return the tokens of a name that many passages are under."""
    return tuple(tokenize(name))


async def count_all(rows: Sequence[tuple[str, Sequence[str | None]]]) -> list[Counter[str]]:
    """Return the counts of several passages, each given by its text and the names above it."""

    def count() -> list[Counter[str]]:
        return [count_tokens(body, context) for body, context in rows]

    return count() if len(rows) <= MAX_IN_LOOP else await asyncio.to_thread(count)


def list_entries(collection_id: int, counts: Mapping[str, int]) -> list[str]:
    """Return what the index has of a passage."""
    marked = (token + MANY for token, number in counts.items() if number > 1)
    return [f"{collection_id}{POINT}{token}" for token in (*counts, *marked)]


async def add(connection: AsyncConnection, added: Sequence[tuple[int, list[str]]]) -> None:
    """Make passages known by their entries. In PostgreSQL they are stored with the passages."""
    if added and connection.dialect.name == "sqlite":
        rows = [{"rowid": number, "tokens": " ".join(entries)} for number, entries in added]
        await connection.execute(insert(fts), rows)


async def forget(connection: AsyncConnection, of_passages: ColumnElement[bool]) -> None:
    """Forget passages, which must still be stored, and count them out of their collections."""
    counted = select(passages.c.collection_id, func.count(), func.sum(passages.c.num_tokens))
    for collection_id, num_passages, num_tokens in await connection.execute(
        counted.where(of_passages).group_by(passages.c.collection_id)
    ):
        values = {
            "version": collections.c.version + 1,
            "num_passages": collections.c.num_passages - num_passages,
            "num_tokens": collections.c.num_tokens - num_tokens,
        }
        await connection.execute(update(collections).where(collections.c.id == collection_id).values(**values))
    if connection.dialect.name == "sqlite":
        last = -1
        while (found := await _forget_some(connection, of_passages & (passages.c.id > last))) is not None:
            last = found
    await connection.execute(delete(passages).where(of_passages))


async def _forget_some(connection: AsyncConnection, of_passages: ColumnElement[bool]) -> int | None:
    """Take some passages out of SQLite's index; return the number of the last one, None where there were none."""
    joined = passages.join(library_documents, library_documents.c.id == passages.c.document_id)
    names = (passages.c.heading, passages.c.sheet, library_documents.c.name)
    some = select(passages.c.id, passages.c.collection_id, passages.c.text, *names).select_from(joined)
    rows: Sequence[Any] = (await connection.execute(some.where(of_passages).order_by(passages.c.id).limit(BATCH))).all()
    if not rows:
        return None
    counts = await count_all([(row.text, (row.heading, row.sheet, row.name)) for row in rows])
    gone = [
        {"search_passages": "delete", "rowid": row.id, "tokens": " ".join(list_entries(row.collection_id, counted))}
        for row, counted in zip(rows, counts, strict=True)
    ]
    await connection.execute(insert(fts), gone)
    return int(rows[-1].id)


async def count_passages(connection: AsyncConnection, collection_id: int, tokens: Iterable[str]) -> dict[str, int]:
    """Return how many passages of a collection have each token."""
    return {token: int(number) for token, number in await _look_up(connection, COUNT, collection_id, tokens)}


async def list_passages(connection: AsyncConnection, collection_id: int, tokens: Iterable[str]) -> dict[str, Ids]:
    """Return the numbers of the passages of a collection that have each token."""
    found = await _look_up(connection, LIST, collection_id, tokens)
    return {token: np.fromstring(numbers or "", dtype=np.int64, sep=",") for token, numbers in found}


async def _look_up(
    connection: AsyncConnection, statements: Mapping[str, str], collection_id: int, tokens: Iterable[str]
) -> list[tuple[str, Any]]:
    prefix = f"{collection_id}{POINT}"
    asked = json.dumps([prefix + token for token in tokens])
    if connection.dialect.name == "postgresql":  # it takes reading all rows for cheaper, as their tokens lie elsewhere
        await connection.exec_driver_sql("SET LOCAL enable_seqscan = off")
    rows = await connection.execute(text(statements[connection.dialect.name]), {"tokens": asked})
    return [(entry.removeprefix(prefix), value) for entry, value in rows]
