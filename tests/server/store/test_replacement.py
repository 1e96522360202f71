"""Newer versions of the files of a followed folder, in both databases."""

from pathlib import Path

import pytest

from server.store.errors import DocumentNotFound
from server.store.knowledge_records import Derived, Entity, Faq, Name
from server.store.library_records import KNOWLEDGE, LibraryDocument
from server.store.store import Store
from tests.helpers.clock import Clock
from tests.helpers.knowledge import add_knowledge, begin_knowledge

pytestmark = pytest.mark.anyio

SOURCE = "shop/prices.csv"


@pytest.fixture(autouse=True)
async def shop(store: Store) -> int:
    return (await store.knowledge.put_collection("shop"))[0].id


def say(price: str) -> Derived:
    return Derived([Faq("Price?", price)], [Entity("K1", "product", (Name("Kettle"), Name(price)))])


async def begin(store: Store, folder: Path, price: str, source: str | None = SOURCE) -> LibraryDocument:
    return await begin_knowledge(store, "shop", folder, price, [f"row {price}"], say(price), source=source)


async def find(store: Store, collection_id: int) -> tuple[list[str], list[str], list[str]]:
    """Return the prices that passages, answers and the graph give."""
    ids = (await store.knowledge.get_states(["shop"]))["shop"].document_ids
    texts = await store.library.search_collections(KNOWLEDGE, [collection_id], {"row": 1.0}, 9)
    answers = await store.knowledge.list_faqs(ids)
    graph = await store.knowledge.walk_graph([collection_id], ["K1"])
    names = [name.text for node in graph.nodes for name in node.names if name.text != "Kettle"]
    return [p.text.removeprefix("row ") for p in texts.passages], [each.faq.answer for each in answers], names


async def test_a_new_version_takes_the_place_of_the_old_one_at_once(store: Store, tmp_path: Path, shop: int) -> None:
    old = await begin(store, tmp_path, "10")
    assert await find(store, shop) == ([], [], [])
    await store.library.finish_document(old.id, 1, ())
    assert await find(store, shop) == (["10"], ["10"], ["10"])
    version = (await store.knowledge.get_collection("shop")).version
    new = await begin(store, tmp_path, "20")
    assert await find(store, shop) == (["10"], ["10"], ["10"])
    await store.library.finish_document(new.id, 1, ())
    assert await find(store, shop) == (["20"], ["20"], ["20"])
    assert (await store.knowledge.get_collection("shop")).version > version
    with pytest.raises(DocumentNotFound):
        await store.library.get_document(KNOWLEDGE, old.id)


async def test_a_version_that_fails_replaces_nothing(store: Store, tmp_path: Path, shop: int) -> None:
    await store.library.finish_document((await begin(store, tmp_path, "10")).id, 1, ())
    await store.library.finish_document((await begin(store, tmp_path, "20")).id, 1, (), {"code": "broken"})
    assert await find(store, shop) == (["10"], ["10"], ["10"])


async def test_a_version_that_is_ready_too_late_is_not_found(store: Store, tmp_path: Path, shop: int) -> None:
    slow, quick = await begin(store, tmp_path, "10"), await begin(store, tmp_path, "20")
    await store.library.finish_document(quick.id, 1, ())
    await store.library.finish_document(slow.id, 1, ())
    assert await find(store, shop) == (["20"], ["20"], ["20"])


async def test_other_files_and_collections_stay(store: Store, tmp_path: Path, shop: int) -> None:
    await store.knowledge.put_collection("other")
    kept = [
        await add_knowledge(store, "other", tmp_path, "5", ["row 5"], say("5"), source=SOURCE),
        await add_knowledge(store, "shop", tmp_path, "6", ["row 6"], say("6"), source="shop/other.csv"),
        await add_knowledge(store, "shop", tmp_path, "7", ["row 7"], say("7")),
    ]
    for price in ("10", "20"):
        await store.library.finish_document((await begin(store, tmp_path, price)).id, 1, ())
    assert [sorted(each) for each in await find(store, shop)] == [["20", "6", "7"]] * 3
    for document in kept:
        assert (await store.library.get_document(KNOWLEDGE, document.id)).state == "ready"


async def test_documents_without_a_source_replace_nothing(store: Store, tmp_path: Path, shop: int) -> None:
    for price in ("10", "20"):
        await store.library.finish_document((await begin(store, tmp_path, price, None)).id, 1, ())
    assert [sorted(each) for each in await find(store, shop)] == [["10", "20"]] * 3


async def test_what_a_file_said_can_be_hidden(store: Store, tmp_path: Path, shop: int, clock: Clock) -> None:
    first = await add_knowledge(store, "shop", tmp_path, "10", ["row 10"], say("10"), source=SOURCE)
    assert await store.knowledge.hide_replaced(shop, SOURCE, first.id) == 0
    assert await store.knowledge.hide_replaced(shop, "another", None) == 0
    assert await store.knowledge.hide_replaced(shop + 1, SOURCE, None) == 0
    assert await find(store, shop) == (["10"], ["10"], ["10"])
    assert await store.knowledge.hide_replaced(shop, SOURCE) == 1
    assert await find(store, shop) == ([], [], [])
    clock.advance(1)
    assert (await store.knowledge.get_collection("shop")).num_documents == 0
