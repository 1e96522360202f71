"""What in the product graph belongs to what a question is about: its product, and what stands beside it."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from server.knowledge.found import Mention
from server.store.knowledge_names import fold_reference
from server.store.knowledge_records import CollectionState, Graph
from server.store.knowledge_store import KnowledgeStore

MAX_EDGES = 200

THINGS = frozenset({"product", "variant"})


@dataclass(frozen=True)
class Family:
    """The folded keys of products: `own` are those that a question is about, `products` what these are variants of.

    `neighbours` are one relation away from any of them, variants of the same product among them.
    """

    own: frozenset[str] = frozenset()
    products: frozenset[str] = frozenset()
    neighbours: frozenset[str] = frozenset()

    @property
    def all(self) -> frozenset[str]:
        return self.own | self.products | self.neighbours


async def find_family(store: KnowledgeStore, states: Sequence[CollectionState], subjects: Sequence[Mention]) -> Family:
    """Return the family of the products that a question is about; nothing where it is about none."""
    keys = list(dict.fromkeys(mention.key for mention in subjects if mention.kind in THINGS))
    if not keys:
        return Family()
    graph = await store.walk_graph([state.id for state in states], keys, 2, MAX_EDGES)
    return make_family(keys, graph)


def make_family(keys: Collection[str], graph: Graph) -> Family:
    """Return the family of the products of these keys. Being of one category makes no neighbours."""
    own = frozenset(map(fold_reference, keys))
    edges = [
        (fold_reference(edge.subject), edge.kind, fold_reference(edge.object))
        for edge in graph.edges
        if edge.kind != "in_category"
    ]
    products = frozenset(far for near, kind, far in edges if kind == "variant_of" and near in own)
    near = own | products
    neighbours = frozenset(key for edge in edges if edge[0] in near or edge[2] in near for key in (edge[0], edge[2]))
    return Family(own, products - own, neighbours - near)
