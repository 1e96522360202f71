"""The first step of the search for passages: those that have the rarest of the asked tokens, whatever their texts.

Which passages there are, and how many have a token, is counted in what is searched alone: what others have stored never
changes a result. Tokens that nearly all passages have are not looked up in a large collection, as they tell little.
"""

import dataclasses
import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass

import numpy as np
from sqlalchemy import ColumnElement, Text, cast, exists, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from server.store import library_passages, passage_index
from server.store.library_records import DELETED, KNOWLEDGE, Passage
from server.store.library_tables import collections, library_documents, passages
from server.store.passage_index import MANY, Ids

MAX_ENTRIES = 25_000
"""How many entries of the index are read for a search of whole collections, the rarest tokens first."""

MANY_WEIGHT = 0.4
"""What it adds to a token that a passage has it more than once."""


@dataclass(frozen=True)
class Scope:
    """What is searched: whole collections but for the passages `hidden`, or only these passages of them."""

    collection_ids: tuple[int, ...]
    num_passages: int
    num_tokens: int
    only: Ids | None = None
    hidden: Ids | None = None


@dataclass(frozen=True)
class Candidates:
    """The passages found in a scope, best first, and the numbers that they are ranked by.

    `frequencies` are how many of the `num_passages` have each token; `mean_tokens` is how many tokens one has.
    """

    scope: Scope
    passages: tuple[Passage, ...]
    frequencies: Mapping[str, int]
    num_passages: int
    mean_tokens: float


def compute_idf(frequency: int, num_passages: int) -> float:
    """Return the weight of a token that so many of the passages have, as BM25 has it."""
    return math.log(1 + (num_passages - frequency + 0.5) / (frequency + 0.5))


async def find_candidates(
    connection: AsyncConnection, owner: str, scope: Scope, weights: Mapping[str, float], limit: int
) -> Candidates:
    """Return up to `limit` passages of a scope by the weights of the tokens that they have."""
    frequencies, entries = await _look_up(connection, scope, weights)
    weighed = {
        token + mark: weight * compute_idf(frequencies[token], scope.num_passages) * share
        for token, weight in weights.items()
        for mark, share in (("", 1.0), (MANY, MANY_WEIGHT))
    }
    ids = rank_entries(entries, weighed, limit)
    found = await library_passages.get_passages(connection, owner, ids)
    ordered = tuple(found[number] for number in ids if number in found)
    mean_tokens = scope.num_tokens / max(scope.num_passages, 1)
    return Candidates(scope, ordered, frequencies, scope.num_passages, mean_tokens)


def rank_entries(entries: Mapping[str, Ids], weights: Mapping[str, float], limit: int) -> list[int]:
    """Return the numbers that are in the heaviest lists, heaviest first, the lowest first among equals."""
    lists = [(ids, weights[token]) for token, ids in sorted(entries.items()) if len(ids)]
    if not lists:
        return []
    numbers, places = np.unique(np.concatenate([ids for ids, _ in lists]), return_inverse=True)
    spread = np.repeat([weight for _, weight in lists], [len(ids) for ids, _ in lists])
    scores = np.round(np.bincount(places, weights=spread), 6)
    return [int(number) for number in numbers[np.argsort(-scores, kind="stable")[:limit]]]


async def _look_up(
    connection: AsyncConnection, scope: Scope, tokens: Collection[str]
) -> tuple[dict[str, int], dict[str, Ids]]:
    """Return how many passages of the scope have each token, and the entries of those that are looked up."""
    if scope.only is not None:
        entries = await _list_entries(connection, scope, tokens)
        entries = {token: ids[np.isin(ids, scope.only)] for token, ids in entries.items()}
        return {token: len(entries[token]) for token in tokens}, entries
    frequencies = dict.fromkeys(tokens, 0)
    for collection_id in scope.collection_ids:
        for token, count in (await passage_index.count_passages(connection, collection_id, tokens)).items():
            frequencies[token] += count
    entries = await _list_entries(connection, scope, choose_rare(frequencies))
    return (frequencies, entries) if scope.hidden is None else _take_out(scope, scope.hidden, frequencies, entries)


def _take_out(
    scope: Scope, hidden: Ids, frequencies: Mapping[str, int], entries: Mapping[str, Ids]
) -> tuple[dict[str, int], dict[str, Ids]]:
    """Return the frequencies and entries without hidden passages, as far as they were looked up."""
    left = {token: ids[np.isin(ids, hidden, invert=True)] for token, ids in entries.items()}
    counted = {
        token: len(left[token]) if token in left else min(count, scope.num_passages)
        for token, count in frequencies.items()
    }
    return counted, left


def choose_rare(frequencies: Mapping[str, int], most: int = MAX_ENTRIES) -> list[str]:
    """Return the rarest tokens whose entries are few enough together, at least one."""
    chosen: list[str] = []
    total = 0
    for token in sorted((token for token, count in frequencies.items() if count), key=lambda t: (frequencies[t], t)):
        total += frequencies[token]
        if chosen and total > most:
            break
        chosen.append(token)
    return chosen


async def _list_entries(connection: AsyncConnection, scope: Scope, tokens: Collection[str]) -> dict[str, Ids]:
    marked = [token + mark for token in tokens for mark in ("", MANY)]
    lists: dict[str, list[Ids]] = {token: [] for token in marked}
    for collection_id in scope.collection_ids:
        for token, ids in (await passage_index.list_passages(connection, collection_id, marked)).items():
            lists[token].append(ids)
    return {token: np.concatenate(found) for token, found in lists.items() if found}


async def find_collections(connection: AsyncConnection, owner: str, ids: Collection[int]) -> Scope:
    """Return those of the collections that are the owner's, whole but for documents that may not be found."""
    whole = await _find_whole(connection, (collections.c.owner == owner) & collections.c.id.in_(ids))
    hidden = library_documents.c.collection_id.in_(whole.collection_ids) & is_hidden()
    some = select(library_documents.c.id).where(hidden)
    if await connection.scalar(some.limit(1)) is None:
        return whole
    numbers, num_passages, num_tokens = await _add_up(connection, passages.c.document_id.in_(some))
    num_left, tokens_left = whole.num_passages - num_passages, whole.num_tokens - num_tokens
    return dataclasses.replace(whole, num_passages=num_left, num_tokens=tokens_left, hidden=numbers)


def is_hidden() -> ColumnElement[bool]:
    """Select the documents that are being deleted, and those of the knowledge base that are not ready."""
    return library_documents.c.owner.in_((DELETED, KNOWLEDGE)) & (library_documents.c.state != "ready")


async def find_documents(connection: AsyncConnection, owner: str, document_ids: Collection[str]) -> Scope:
    """Return those of the documents that are the owner's: whole collections where they are all that those have."""
    asked = (library_documents.c.owner == owner) & library_documents.c.id.in_(document_ids)
    containing = select(library_documents.c.collection_id).where(asked)
    has_passages = exists().where(passages.c.document_id == library_documents.c.id)
    is_other = (
        library_documents.c.collection_id.in_(containing) & library_documents.c.id.not_in(document_ids) & has_passages
    )
    whole = await _find_whole(connection, collections.c.id.in_(containing))
    if await connection.scalar(select(library_documents.c.id).where(is_other, has_passages).limit(1)) is None:
        return whole
    of_asked = passages.c.collection_id.in_(whole.collection_ids) & passages.c.document_id.in_(
        select(library_documents.c.id).where(asked)
    )
    only, num_passages, num_tokens = await _add_up(connection, of_asked)
    return Scope(whole.collection_ids, num_passages, num_tokens, only)


async def _add_up(connection: AsyncConnection, which: ColumnElement[bool]) -> tuple[Ids, int, int]:
    """Return the numbers of passages, how many those are, and how many tokens they have."""
    # put together by the database: reading a row for each passage would hold up the event loop
    ids = func.aggregate_strings(cast(passages.c.id, Text), ",")
    found = select(ids, func.count(), func.coalesce(func.sum(passages.c.num_tokens), 0)).where(which)
    numbers, num_passages, num_tokens = (await connection.execute(found)).one()
    return np.fromstring(numbers or "", dtype=np.int64, sep=","), num_passages, int(num_tokens)


async def _find_whole(connection: AsyncConnection, which: ColumnElement[bool]) -> Scope:
    found = select(collections.c.id, collections.c.num_passages, collections.c.num_tokens).where(which)
    rows = (await connection.execute(found.order_by(collections.c.id))).all()
    ids = tuple(row.id for row in rows)
    return Scope(ids, sum(row.num_passages for row in rows), sum(row.num_tokens for row in rows))
