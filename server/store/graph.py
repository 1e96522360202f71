"""Queries about the product graph: entities as all documents of a collection together have them."""

import base64
import binascii
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Select, exists, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from server.store.derived import batch
from server.store.derived_rows import read_attributes, read_names
from server.store.errors import BadCursor
from server.store.graph_walk import WalkedEdge, walk
from server.store.knowledge_collections import select_ready
from server.store.knowledge_names import fold_reference
from server.store.knowledge_records import (
    EntityKind,
    Graph,
    GraphAttribute,
    GraphCounts,
    GraphEdge,
    GraphNode,
    GraphPage,
    Name,
)
from server.store.knowledge_tables import entities, entity_names, relation_ends
from server.store.library_tables import library_documents, passages

Place = tuple[int, str]
"""An entity by the number of its collection and its folded key."""


async def walk_graph(
    connection: AsyncConnection,
    collection_ids: Collection[int],
    keys: Collection[str],
    max_steps: int,
    max_edges: int,
) -> Graph:
    """Return the entities of the keys with their attributes, and what is near to them."""
    if not collection_ids or not keys:
        return Graph()
    asked = list(dict.fromkeys(fold_reference(key) for key in keys))
    edges, is_cut = await walk(connection, collection_ids, asked, max_steps, max_edges)
    places = list(dict.fromkeys(_list_places(collection_ids, asked, edges)))
    rows = await _load_rows(connection, collection_ids, {folded for _, folded in places})
    nodes = _merge(rows)
    return Graph(
        nodes=tuple(nodes[place] for place in places if place in nodes),
        edges=tuple(_make_edge(edge, nodes) for edge in edges),
        attributes=tuple(_list_attributes(rows, set(asked), nodes)),
        is_cut=is_cut,
    )


def _list_places(collection_ids: Iterable[int], asked: Sequence[str], edges: Iterable[WalkedEdge]) -> Iterable[Place]:
    """Yield the entities that were asked for, and those at the ends of relations, the nearest first."""
    yield from ((number, folded) for number in collection_ids for folded in asked)
    yield from ((edge.collection_id, end) for edge in edges for end in (edge.subject, edge.object))


async def _load_rows(
    connection: AsyncConnection, collection_ids: Collection[int], folded: Collection[str]
) -> list[Any]:
    """Return what the documents of collections have of entities, the oldest document first."""
    found: list[Any] = []
    for some in batch(sorted(folded)):
        statement = _select_rows(collection_ids).where(entities.c.folded.in_(some))
        found += (await connection.execute(statement)).all()
    return found


def _select_rows(collection_ids: Collection[int]) -> Select[Any]:
    joined = entities.join(library_documents, library_documents.c.id == entities.c.document_id)
    is_its = (passages.c.document_id == entities.c.document_id) & (passages.c.position == entities.c.passage)
    return (
        select(*entities.c, passages.c.id.label("passage_id"))
        .select_from(joined.outerjoin(passages, is_its))
        .where(entities.c.collection_id.in_(collection_ids), entities.c.document_id.in_(select_ready(collection_ids)))
        .order_by(library_documents.c.created_s, entities.c.document_id, entities.c.position)
    )


def _merge(rows: Iterable[Any]) -> dict[Place, GraphNode]:
    """Put the rows of each entity together: the first says its key and its kind."""
    of_places: dict[Place, list[Any]] = {}
    for row in rows:
        of_places.setdefault((row.collection_id, row.folded), []).append(row)
    return {place: _merge_rows(place[0], of_it) for place, of_it in of_places.items()}


def _merge_rows(collection_id: int, rows: Sequence[Any]) -> GraphNode:
    names: dict[str, Name] = {}
    for name in (name for row in rows for name in read_names(row.names)):
        names.setdefault(name.text, name)
    documents = dict.fromkeys(row.document_id for row in rows)
    return GraphNode(collection_id, rows[0].key, rows[0].kind, tuple(names.values()), tuple(documents))


def _make_edge(edge: WalkedEdge, nodes: Mapping[Place, GraphNode]) -> GraphEdge:
    subject, other = (nodes[edge.collection_id, end].key for end in (edge.subject, edge.object))
    return GraphEdge(subject, edge.kind, other, edge.passage_id, edge.steps)


def _list_attributes(
    rows: Iterable[Any], asked: Collection[str], nodes: Mapping[Place, GraphNode]
) -> Iterable[GraphAttribute]:
    """Yield the attributes of the entities that were asked for, each that several documents say alike once."""
    said = set()
    for row in rows:
        key = nodes[row.collection_id, row.folded].key
        for attribute in read_attributes(row.attributes) if row.folded in asked and row.passage_id is not None else ():
            if (row.collection_id, key, attribute) not in said:
                said.add((row.collection_id, key, attribute))
                yield GraphAttribute(key, attribute.name, attribute.value, row.passage_id)


async def list_entities(
    connection: AsyncConnection,
    collection_id: int,
    search: str | None,
    kind: EntityKind | None,
    limit: int,
    cursor: str | None,
) -> GraphPage:
    """Return a page of the entities of a collection by their folded keys. Raises `BadCursor`."""
    statement = select(entities.c.folded).distinct().where(_is_found(collection_id, search, kind))
    if cursor is not None:
        statement = statement.where(entities.c.folded > _parse_cursor(cursor))
    found = (await connection.execute(statement.order_by(entities.c.folded).limit(limit + 1))).scalars().all()
    nodes = _merge(await _load_rows(connection, [collection_id], found[:limit]))
    shown = tuple(nodes[collection_id, folded] for folded in found[:limit])
    return GraphPage(shown, _make_cursor(found[limit - 1]) if len(found) > limit else None)


def _is_found(collection_id: int, search: str | None, kind: EntityKind | None) -> ColumnElement[bool]:
    ready = select_ready([collection_id])
    is_it = (entities.c.collection_id == collection_id) & entities.c.document_id.in_(ready)
    if kind is not None:
        is_it &= entities.c.kind == kind
    if search is not None and search.strip():
        is_named = (entity_names.c.collection_id == collection_id) & (entity_names.c.entity == entities.c.folded)
        has_it = entity_names.c.folded.contains(fold_reference(search), autoescape=True)
        is_it &= exists().where(is_named, has_it, entity_names.c.document_id.in_(ready))
    return is_it


def _make_cursor(folded: str) -> str:
    return base64.urlsafe_b64encode(folded.encode()).decode()


def _parse_cursor(cursor: str) -> str:
    try:
        return base64.b64decode(cursor, b"-_", validate=True).decode()
    except (binascii.Error, ValueError) as error:
        raise BadCursor from error


async def count_graph(connection: AsyncConnection, collection_id: int) -> GraphCounts:
    """Count the entities and relations of a collection by kind, each once that several documents have."""
    ready = select_ready([collection_id])
    found = select(entities.c.kind, func.count(entities.c.folded.distinct()))
    of_it = (entities.c.collection_id == collection_id) & entities.c.document_id.in_(ready)
    by_kind = await connection.execute(found.where(of_it).group_by(entities.c.kind).order_by(entities.c.kind))
    ends = relation_ends.c
    is_it = (ends.collection_id == collection_id) & ends.document_id.in_(ready) & ~ends.is_reversed
    once = select(ends.near, ends.kind, ends.far).where(is_it).distinct().subquery()
    counted = select(once.c.kind, func.count()).group_by(once.c.kind).order_by(once.c.kind)
    relations = await connection.execute(counted)
    return GraphCounts(*({row[0]: row[1] for row in rows} for rows in (by_kind, relations)))
