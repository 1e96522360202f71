"""What belongs to the products of a question."""

import pytest

from server.knowledge.family import Family, find_family, make_family
from server.knowledge.found import Mention
from server.store.knowledge_records import CollectionState, Graph, GraphEdge
from server.store.store import Store

pytestmark = pytest.mark.anyio


def mention(shop: CollectionState, key: str, kind: str = "variant") -> Mention:
    return Mention(shop.id, key, kind, key, key, "question")  # type: ignore[arg-type]


async def test_a_variant_has_its_product_and_what_stands_beside_it(store: Store, shop: CollectionState) -> None:
    family = await find_family(store.knowledge, [shop], [mention(shop, "TS-101")])
    assert (set(family.own), set(family.products)) == ({"ts101"}, {"ts100"})
    assert family.neighbours == {"ts102", "ts103", "tr200"}
    assert family.all == {"ts100", "ts101", "ts102", "ts103", "tr200"}


async def test_what_is_no_product_has_none(store: Store, shop: CollectionState) -> None:
    assert await find_family(store.knowledge, [shop], [mention(shop, "shirts", "category")]) == Family()
    assert await find_family(store.knowledge, [shop], []) == Family()


def test_a_category_makes_no_neighbours() -> None:
    edges = [("A", "in_category", "Hats"), ("B", "in_category", "Hats"), ("C", "fits", "A")]
    graph = Graph(edges=tuple(GraphEdge(near, kind, far, 0) for near, kind, far in edges))  # type: ignore[arg-type]
    assert make_family(["A"], graph).neighbours == {"c"}
