"""The collections of the knowledge base, in both databases."""

from pathlib import Path

import pytest

from server.store.knowledge_records import Attribute, Derived, Entity, Name, Relation
from server.store.store import Store
from tests.helpers.knowledge import add_knowledge

pytestmark = pytest.mark.anyio


async def test_first(store: Store, tmp_path: Path) -> None:
    made, is_new = await store.knowledge.put_collection("shop", "Shop")
    assert is_new
    derived = Derived(
        entities=[
            Entity("TS-01", "product", (Name("海风T恤", "zh"), Name("Sea shirt", "en")), (Attribute("price", "99"),)),
            Entity("TS-01-R", "variant", (Name("Red", "en"),)),
            Entity("shirts", "category", (Name("shirts"),)),
        ],
        relations=[Relation("ts01 r", "variant_of", "海風T恤"), Relation("TS-01", "in_category", "Shirts")],
    )
    await add_knowledge(store, "shop", tmp_path, "a.csv", ["one row"], derived)
    graph = await store.knowledge.walk_graph([made.id], ["TS-01-R"])
    assert [(e.subject, e.kind, e.object, e.steps) for e in graph.edges] == [
        ("TS-01-R", "variant_of", "TS-01", 1),
        ("TS-01", "in_category", "shirts", 2),
    ]
    await store.knowledge.delete_collection("shop")
    assert await store.knowledge.list_collections() == ()
