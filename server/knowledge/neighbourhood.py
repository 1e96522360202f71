"""The part of the product graph around what a question names, at most two steps away."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from server.knowledge.found import Mention
from server.store.knowledge_names import fold_reference
from server.store.knowledge_records import GraphAttribute, GraphEdge, GraphNode, RelationKind
from server.store.knowledge_store import KnowledgeStore

MAX_EDGES, MAX_FURTHER = 150, 200
MAX_FAULTS, MAX_VARIANTS = 12, 12
"""How many faults and variants of what is named are looked at further."""


@dataclass
class Neighbourhood:
    """Entities by their keys, with relations, nearest first, and attributes. `named` are those that were asked for."""

    named: list[GraphNode] = field(default_factory=list)
    nodes: dict[str, GraphNode] = field(default_factory=dict)
    edges: list[GraphEdge] = field(default_factory=list)
    attributes: list[GraphAttribute] = field(default_factory=list)

    def list_objects(self, kind: RelationKind, subject: str) -> list[GraphEdge]:
        return [edge for edge in self.edges if edge.kind == kind and edge.subject == subject]

    def list_subjects(self, kind: RelationKind, other: str) -> list[GraphEdge]:
        return [edge for edge in self.edges if edge.kind == kind and edge.object == other]

    def list_attributes(self, key: str) -> list[GraphAttribute]:
        return [attribute for attribute in self.attributes if attribute.key == key]

    def list_parents(self, node: GraphNode) -> list[GraphNode]:
        """Return the products that a variant is one of."""
        return [self.nodes[edge.object] for edge in self.list_objects("variant_of", node.key)]


async def walk_around(store: KnowledgeStore, collection_id: int, mentions: Sequence[Mention]) -> Neighbourhood:
    """Return what is around mentions of one collection.

    The second step is taken from the products of variants and from the faults of products alone: from a category it
    would lead to all that is in it.
    """
    around = Neighbourhood()
    keys = [mention.key for mention in mentions]
    folded = {fold_reference(key): place for place, key in reversed(list(enumerate(keys)))}
    await _step(store, collection_id, keys, around, 1)
    own = [node for node in around.nodes.values() if fold_reference(node.key) in folded]
    around.named = sorted(own, key=lambda node: folded[fold_reference(node.key)])
    parents = {edge.object for node in around.named for edge in around.list_objects("variant_of", node.key)}
    faults = [edge.object for node in around.named for edge in around.list_objects("has_fault", node.key)]
    further = dict.fromkeys([*sorted(parents), *faults[:MAX_FAULTS]])
    if further:
        await _step(store, collection_id, list(further), around, 2)
    return around


async def add_variants(store: KnowledgeStore, collection_id: int, around: Neighbourhood, keys: Iterable[str]) -> None:
    """Add the attributes of variants."""
    known = {attribute.key for attribute in around.attributes}
    missing = [key for key in keys if key not in known][:MAX_VARIANTS]
    if missing:
        around.attributes += (await store.walk_graph([collection_id], missing, 0, 1)).attributes


async def _step(
    store: KnowledgeStore, collection_id: int, keys: Sequence[str], around: Neighbourhood, steps: int
) -> None:
    graph = await store.walk_graph([collection_id], keys, 1, MAX_EDGES if steps == 1 else MAX_FURTHER)
    known = {(edge.subject, edge.kind, edge.object) for edge in around.edges}
    for node in graph.nodes:
        around.nodes.setdefault(node.key, node)
    for edge in graph.edges:
        if (edge.subject, edge.kind, edge.object) not in known:
            around.edges.append(GraphEdge(edge.subject, edge.kind, edge.object, edge.passage_id, steps))
    said = {attribute.key for attribute in around.attributes}
    around.attributes += (attribute for attribute in graph.attributes if attribute.key not in said)
