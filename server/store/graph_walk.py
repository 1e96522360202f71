"""The walk over the product graph: one recursive query that both databases run.

Relations refer to keys or names. A reference that is some entity's key means that entity, else all those of that name.
From each name of an entity only so many relations are followed, so that those of thousands cost little; and where
there are enough beside what was asked for, none further away is. The joins are
written in the order in which SQLite is to do them, which `CROSS JOIN` keeps.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import BindParameter, bindparam, text
from sqlalchemy.ext.asyncio import AsyncConnection

from server.store.knowledge_records import RelationKind
from server.store.library_records import KNOWLEDGE

MAX_STEPS = 5
"""More steps are not taken: nearly all is that near to all."""

MORE_FOLLOWED = 2
"""How many times as many relations are followed from a name as are asked for, as documents say the same ones again."""

LAST = 2**63 - 1
"""No relation has a greater number."""

RECURSION = """
WITH RECURSIVE ready (id) AS (
    SELECT id FROM library_documents WHERE collection_id IN :collection_ids AND owner = :owner AND state = 'ready'
),
beside (near, kind, far) AS (
    SELECT DISTINCT relation_ends.near, relation_ends.kind, relation_ends.far
    FROM entity_names AS ours
    CROSS JOIN relation_ends
    CROSS JOIN entity_names AS theirs
    WHERE ours.collection_id IN :collection_ids
        AND ours.entity IN :entities
        AND ours.document_id IN (SELECT id FROM ready)
        AND relation_ends.collection_id = ours.collection_id
        AND relation_ends.near = ours.folded
        AND relation_ends.document_id IN (SELECT id FROM ready)
        AND theirs.collection_id = relation_ends.collection_id
        AND theirs.folded = relation_ends.far
        AND theirs.document_id IN (SELECT id FROM ready)
    LIMIT :max_edges + 1
),
walk (steps, collection_id, relation, subject, object, entity) AS (
    SELECT DISTINCT 0, collection_id, CAST(0 AS bigint), '', '', entity
    FROM entity_names
    WHERE collection_id IN :collection_ids AND entity IN :entities AND document_id IN (SELECT id FROM ready)
    UNION
    SELECT
        walk.steps + 1,
        walk.collection_id,
        relation_ends.id,
        CASE WHEN relation_ends.is_reversed THEN theirs.entity ELSE walk.entity END,
        CASE WHEN relation_ends.is_reversed THEN walk.entity ELSE theirs.entity END,
        theirs.entity
    FROM walk
    CROSS JOIN entity_names AS ours
    CROSS JOIN relation_ends
    CROSS JOIN entity_names AS theirs
    WHERE walk.steps < :max_steps
        AND (walk.steps = 0 OR (SELECT count(*) FROM beside) <= :max_edges)
        AND ours.collection_id = walk.collection_id
        AND ours.entity = walk.entity
        AND ours.document_id IN (SELECT id FROM ready)
        AND {ours_is_meant}
        AND relation_ends.collection_id = ours.collection_id
        AND relation_ends.near = ours.folded
        AND relation_ends.document_id IN (SELECT id FROM ready)
        AND relation_ends.id <= coalesce(
            (
                SELECT following.id
                FROM relation_ends AS following
                WHERE following.collection_id = ours.collection_id
                    AND following.near = ours.folded
                    AND following.document_id IN (SELECT id FROM ready)
                ORDER BY following.id
                LIMIT 1 OFFSET :max_followed
            ),
            :last
        )
        AND theirs.collection_id = relation_ends.collection_id
        AND theirs.folded = relation_ends.far
        AND theirs.document_id IN (SELECT id FROM ready)
        AND {theirs_is_meant}
)
"""

IS_MEANT = """(
            {name}.folded = {name}.entity
            OR NOT EXISTS (
                SELECT 1
                FROM entity_names AS keyed
                WHERE keyed.collection_id = {name}.collection_id
                    AND keyed.entity = {name}.folded
                    AND keyed.document_id IN (SELECT id FROM ready)
            )
        )"""

EDGES = """
SELECT found.steps, found.collection_id, found.subject, found.kind, found.object, passages.id AS passage_id
FROM (
    SELECT
        min(walk.steps) AS steps,
        min(walk.relation) AS relation,
        walk.collection_id,
        walk.subject,
        relation_ends.kind,
        walk.object
    FROM walk
    JOIN relation_ends ON relation_ends.id = walk.relation
    WHERE walk.steps > 0
    GROUP BY walk.collection_id, walk.subject, relation_ends.kind, walk.object
    ORDER BY steps, relation, walk.collection_id, walk.subject, walk.object
    LIMIT :max_edges + 1
) AS found
JOIN relation_ends ON relation_ends.id = found.relation
JOIN passages
    ON passages.document_id = relation_ends.document_id AND passages.position = relation_ends.passage
ORDER BY found.steps, found.relation, found.collection_id, found.subject, found.object
"""

STATEMENT = (
    RECURSION.format(
        ours_is_meant=IS_MEANT.format(name="ours"),
        theirs_is_meant=IS_MEANT.format(name="theirs"),
    )
    + EDGES
)


@dataclass(frozen=True)
class WalkedEdge:
    """A relation between two entities by their folded keys, and how far from the first ones it is."""

    steps: int
    collection_id: int
    subject: str
    kind: RelationKind
    object: str
    passage_id: int


async def walk(
    connection: AsyncConnection,
    collection_ids: Collection[int],
    entities: Collection[str],
    max_steps: int,
    max_edges: int,
) -> tuple[Sequence[WalkedEdge], bool]:
    """Return the relations that are near to entities, given by their folded keys; and whether there are more.

    The nearest come first, and among those the ones that were stored first.
    """
    expanding: list[BindParameter[Any]] = [bindparam(name, expanding=True) for name in ("collection_ids", "entities")]
    values = {
        "collection_ids": list(collection_ids),
        "entities": list(entities),
        "owner": KNOWLEDGE,
        "max_steps": min(max_steps, MAX_STEPS),
        "max_edges": max_edges,
        "max_followed": MORE_FOLLOWED * max_edges,
        "last": LAST,
    }
    rows = (await connection.execute(text(STATEMENT).bindparams(*expanding), values)).all()
    edges = [WalkedEdge(**row._mapping) for row in rows[:max_edges]]
    return edges, len(rows) > max_edges
