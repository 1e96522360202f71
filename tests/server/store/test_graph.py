"""The product graph, in both databases."""

import asyncio
import time
from collections.abc import Sequence
from pathlib import Path

import pytest

from server.store.errors import BadCursor
from server.store.graph_walk import MAX_STEPS
from server.store.knowledge_records import Attribute, Derived, Entity, EntityKind, Graph, Name, Relation, RelationKind
from server.store.library_records import LibraryDocument
from server.store.store import Store
from tests.helpers.knowledge import add_knowledge, begin_knowledge

pytestmark = pytest.mark.anyio


@pytest.fixture(autouse=True)
async def shop(store: Store) -> int:
    return (await store.knowledge.put_collection("shop"))[0].id


def thing(key: str, *names: str, kind: EntityKind = "product", **attributes: str) -> Entity:
    said = tuple(Attribute(name, value) for name, value in attributes.items())
    return Entity(key, kind, tuple(Name(name) for name in names), said)


async def add(
    store: Store,
    folder: Path,
    entities: Sequence[Entity],
    relations: Sequence[tuple[str, RelationKind, str]] = (),
    name: str = "a.csv",
    collection: str = "shop",
) -> LibraryDocument:
    derived = Derived((), entities, [Relation(*relation) for relation in relations])
    return await add_knowledge(store, collection, folder, name, ["a row"], derived)


def list_edges(graph: Graph) -> list[tuple[str, str, str, int]]:
    return [(edge.subject, edge.kind, edge.object, edge.steps) for edge in graph.edges]


async def test_relations_are_followed_in_both_directions_the_nearest_first(
    store: Store, tmp_path: Path, shop: int
) -> None:
    entities = [thing(key) for key in "abcde"]
    relations = [("d", "fits", "c"), ("a", "fits", "b"), ("c", "replaces", "b"), ("d", "fits", "e")]
    document = await add(store, tmp_path, entities, relations)  # type: ignore[arg-type]
    graph = await store.knowledge.walk_graph([shop], ["b"])
    assert list_edges(graph) == [("a", "fits", "b", 1), ("c", "replaces", "b", 1), ("d", "fits", "c", 2)]
    assert [node.key for node in graph.nodes] == ["b", "a", "c", "d"]
    (passage,) = await store.library.list_passages([document.id])
    assert {edge.passage_id for edge in graph.edges} == {passage.id}
    assert not graph.is_cut
    assert list_edges(await store.knowledge.walk_graph([shop], ["b"], 1)) == list_edges(graph)[:2]
    assert list_edges(await store.knowledge.walk_graph([shop], ["b"], 3))[3:] == [("d", "fits", "e", 3)]
    alone = await store.knowledge.walk_graph([shop], ["b"], 0)
    assert ([node.key for node in alone.nodes], alone.edges) == (["b"], ())


async def test_cycles_end(store: Store, tmp_path: Path, shop: int) -> None:
    entities = [thing(key) for key in "abc"]
    relations = [("a", "fits", "b"), ("b", "fits", "c"), ("c", "fits", "a"), ("a", "fits", "a"), ("b", "fits", "a")]
    await add(store, tmp_path, entities, relations)  # type: ignore[arg-type]
    for steps in (2, MAX_STEPS, 1000):
        edges = list_edges(await store.knowledge.walk_graph([shop], ["a"], steps))
        assert sorted(edge[:3] for edge in edges) == sorted(relations)
        assert [edge[3] for edge in edges] == [1, 1, 1, 1, 2]


async def test_references_are_keys_or_names_however_they_are_written(store: Store, tmp_path: Path, shop: int) -> None:
    await add(
        store,
        tmp_path,
        [thing("TS-01", "海风衬衫", "Breeze Shirt"), thing("P-7", "裤子"), thing("Shirts", kind="category")],
        [("ＴＳ０１", "in_category", "SHIRTS"), ("海風襯衫", "belongs_with", "褲子"), ("p7", "fits", "breeze-shirt")],
    )
    graph = await store.knowledge.walk_graph([shop], ["ts 01"])
    assert list_edges(graph)[:3] == [
        ("TS-01", "in_category", "Shirts", 1),
        ("TS-01", "belongs_with", "P-7", 1),
        ("P-7", "fits", "TS-01", 1),
    ]
    assert graph.nodes[0].name == "海风衬衫"


async def test_references_to_nothing_lead_nowhere(store: Store, tmp_path: Path, shop: int) -> None:
    await add(store, tmp_path, [thing("a")], [("a", "fits", "gone"), ("gone", "fits", "a"), ("gone", "fits", "lost")])
    graph = await store.knowledge.walk_graph([shop], ["a", "gone", "never"])
    assert ([node.key for node in graph.nodes], graph.edges) == (["a"], ())


async def test_a_name_of_two_means_both_but_a_key_means_its_own(store: Store, tmp_path: Path, shop: int) -> None:
    entities = [thing("a1", "Kettle"), thing("a2", "Kettle"), thing("lid"), thing("box", "a1"), thing("cup", "lid")]
    await add(store, tmp_path, entities, [("lid", "fits", "Kettle"), ("lid", "replaces", "A1")])
    graph = await store.knowledge.walk_graph([shop], ["lid"], 1)
    assert list_edges(graph) == [("lid", "fits", "a1", 1), ("lid", "fits", "a2", 1), ("lid", "replaces", "a1", 1)]
    assert (await store.knowledge.walk_graph([shop], ["box", "cup"])).edges == ()
    assert [edge[1] for edge in list_edges(await store.knowledge.walk_graph([shop], ["a2"], 1))] == ["fits"]


async def test_one_key_in_two_documents_is_one_entity(store: Store, tmp_path: Path, shop: int) -> None:
    first = await add(store, tmp_path, [thing("TS-01", "Breeze", price="99", size="M")], [("TS-01", "fits", "x")])
    second = await add(
        store,
        tmp_path,
        [thing("ts-01", "Breeze", "海风", size="M", fabric="linen", kind="variant"), thing("x")],
        [("ts-01", "fits", "x"), ("x", "replaces", "海风")],
        "b.csv",
    )
    graph = await store.knowledge.walk_graph([shop], ["TS-01"])
    assert [(n.key, n.kind, [name.text for name in n.names], n.document_ids) for n in graph.nodes] == [
        ("TS-01", "product", ["Breeze", "海风"], (first.id, second.id)),
        ("x", "product", [], (second.id,)),
    ]
    assert list_edges(graph) == [("TS-01", "fits", "x", 1), ("x", "replaces", "TS-01", 1)]
    assert [(each.key, each.name, each.value) for each in graph.attributes] == [
        ("TS-01", "price", "99"),
        ("TS-01", "size", "M"),
        ("TS-01", "fabric", "linen"),
    ]
    passages = {p.id: p.document_id for p in await store.library.list_passages([first.id, second.id])}
    assert [passages[each.passage_id] for each in graph.attributes] == [first.id, first.id, second.id]
    assert [passages[each.passage_id] for each in graph.edges] == [first.id, second.id]


async def test_collections_are_never_mixed(store: Store, tmp_path: Path, shop: int) -> None:
    other = (await store.knowledge.put_collection("other"))[0].id
    await add(store, tmp_path, [thing("a", "Kettle"), thing("b")], [("a", "fits", "b"), ("a", "fits", "c")])
    await add(store, tmp_path, [thing("a", "Pot"), thing("c")], [("c", "fits", "Kettle")], collection="other")
    assert list_edges(await store.knowledge.walk_graph([shop], ["a"])) == [("a", "fits", "b", 1)]
    assert (await store.knowledge.walk_graph([other], ["a"])).edges == ()
    both = await store.knowledge.walk_graph([shop, other], ["a", "c"])
    assert [(node.collection_id, node.key, node.name) for node in both.nodes] == [
        (shop, "a", "Kettle"),
        (other, "a", "Pot"),
        (other, "c", "c"),
        (shop, "b", "b"),
    ]
    assert [node.key for node in (await store.knowledge.list_entities(other)).nodes] == ["a", "c"]
    assert (await store.knowledge.walk_graph([], ["a"])).nodes == ()
    assert (await store.knowledge.walk_graph([shop], [])).nodes == ()


async def test_there_are_only_so_many_edges(store: Store, tmp_path: Path, shop: int) -> None:
    entities = [thing("hub"), *[thing(f"k{n}") for n in range(30)]]
    await add(store, tmp_path, entities, [("hub", "fits", f"k{n}") for n in range(30)])
    graph = await store.knowledge.walk_graph([shop], ["hub"], 2, 10)
    assert list_edges(graph) == [("hub", "fits", f"k{n}", 1) for n in range(10)]
    assert (len(graph.nodes), graph.is_cut) == (11, True)
    far = await store.knowledge.walk_graph([shop], ["k29"], 2, 10)
    assert (list_edges(far)[0], len(far.edges), far.is_cut) == (("hub", "fits", "k29", 1), 10, True)
    whole = await store.knowledge.walk_graph([shop], ["k29"], 2, 30)
    assert (len(whole.edges), whole.is_cut) == (30, False)


async def test_the_order_is_always_the_same(store: Store, tmp_path: Path, shop: int) -> None:
    entities = [thing(f"k{n}") for n in range(40)]
    relations = [(f"k{n}", "fits", f"k{n * 7 % 40}") for n in range(40)]
    await add(store, tmp_path, entities, relations)  # type: ignore[arg-type]
    first = await store.knowledge.walk_graph([shop], ["k3", "k11"], 2, 8)
    for _ in range(5):
        assert await store.knowledge.walk_graph([shop], ["k3", "k11"], 2, 8) == first


async def test_what_is_being_deleted_or_read_takes_no_place(store: Store, tmp_path: Path, shop: int) -> None:
    many = [("hub", "fits", f"k{n}") for n in range(500)]
    derived = Derived((), [thing("hub"), *[thing(f"k{n}") for n in range(500)]], [Relation(*each) for each in many])  # type: ignore[arg-type]
    await begin_knowledge(store, "shop", tmp_path, "reading.csv", ["one"], derived)
    await add(store, tmp_path, [thing("hub"), thing("k7"), thing("k8")], [("hub", "fits", "k8")])
    graph = await store.knowledge.walk_graph([shop], ["hub"], 2, 3)
    assert (list_edges(graph), graph.is_cut) == ([("hub", "fits", "k8", 1)], False)


async def test_entities_are_listed_in_pages(store: Store, tmp_path: Path, shop: int) -> None:
    await add(store, tmp_path, [thing(f"K-{n}", f"Name {n}") for n in range(7)])
    await add(store, tmp_path, [thing("K-3", "Again")], name="b.csv")
    keys, cursor = [], None
    while True:
        page = await store.knowledge.list_entities(shop, limit=3, cursor=cursor)
        keys += [node.key for node in page.nodes]
        if (cursor := page.next_cursor) is None:
            break
    assert keys == [f"K-{n}" for n in range(7)]


@pytest.mark.parametrize("cursor", ["", "!", "é", "YQ", "a" * 999, "/w=="])
async def test_strange_cursors_are_refused_or_have_a_place(store: Store, shop: int, cursor: str) -> None:
    try:
        assert (await store.knowledge.list_entities(shop, cursor=cursor)).nodes == ()
    except BadCursor:
        assert cursor


async def test_entities_are_found_by_parts_of_names_and_by_kind(store: Store, tmp_path: Path, shop: int) -> None:
    await add(
        store,
        tmp_path,
        [thing("TS-01", "海风衬衫", "Breeze"), thing("TS-02", "100% linen"), thing("Shirts", kind="category")],
    )

    async def find(search: str | None = None, kind: EntityKind | None = None) -> list[str]:
        return [node.key for node in (await store.knowledge.list_entities(shop, search, kind)).nodes]

    assert await find("襯衫") == ["TS-01"]
    assert await find("ts 0") == ["TS-01", "TS-02"]
    assert await find("100%") == ["TS-02"]
    assert await find("%") == ["TS-02"]
    assert await find("_") == []
    assert await find(" ") == ["Shirts", "TS-01", "TS-02"]
    assert await find(kind="category") == ["Shirts"]
    assert await find("Breeze", "category") == []


async def test_the_graph_is_counted(store: Store, tmp_path: Path, shop: int) -> None:
    entities = [thing("a"), thing("b"), thing("red", kind="variant")]
    await add(store, tmp_path, entities, [("a", "fits", "b"), ("red", "variant_of", "a")])
    await add(store, tmp_path, entities[:1], [("A", "fits", "B"), ("b", "fits", "a")], "b.csv")
    counts = await store.knowledge.count_graph(shop)
    assert counts.entities == {"product": 2, "variant": 1}
    assert counts.relations == {"fits": 2, "variant_of": 1}


NUM_PRODUCTS = 2000


async def add_large(store: Store, folder: Path) -> None:
    """Store products of which each has two codes and five relations, and all but a few one category."""
    entities = [thing(f"P{n}", f"Product {n}") for n in range(NUM_PRODUCTS)]
    entities += [thing("all", kind="category"), *[thing(f"c{n}", kind="category") for n in range(20)]]
    relations: list[tuple[str, RelationKind, str]] = []
    for n in range(NUM_PRODUCTS):
        relations += [(f"P{n}", "in_category", "all"), (f"P{n}", "in_category", f"c{n % 20}")]
        relations += [(f"Product {n}", "fits", f"P{(n * step + 1) % NUM_PRODUCTS}") for step in (3, 7, 11)]
    await add(store, folder, entities, relations)


async def test_a_large_graph_is_walked_quickly(store: Store, tmp_path: Path, shop: int) -> None:
    await add_large(store, tmp_path)
    for keys in (["P5"], ["all"], [f"c{n}" for n in range(20)], ["P5", "P9", "all"]):
        began_s = time.perf_counter()
        graph = await store.knowledge.walk_graph([shop], keys)
        assert time.perf_counter() - began_s < 2
        assert (len(graph.edges), graph.is_cut) == (100, True)


async def test_storing_a_large_sheet_lets_others_write(store: Store, tmp_path: Path) -> None:
    adding = asyncio.create_task(add_large(store, tmp_path))
    longest_s, num_written = 0.0, 0
    while not adding.done():
        began_s = time.perf_counter()
        await store.knowledge.note_unanswered("p", "q", 10)
        longest_s, num_written = max(longest_s, time.perf_counter() - began_s), num_written + 1
    await adding
    assert num_written > 20
    assert longest_s < 2
