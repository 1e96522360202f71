"""The collections of the knowledge base, in both databases."""

import asyncio
from pathlib import Path

import pytest
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from server.store import derived, knowledge_collections, library_deletion
from server.store.errors import (
    CollectionNameRefused,
    CollectionNotFound,
    DocumentNotFound,
    TooManyCollections,
    TooManyDocuments,
)
from server.store.knowledge_records import Derived, Entity, Faq, Name
from server.store.knowledge_tables import DERIVED
from server.store.library_records import KNOWLEDGE, NewDocument
from server.store.library_tables import collections, library_documents, library_files, passages
from server.store.store import Store
from tests.helpers.knowledge import add_knowledge, begin_knowledge

pytestmark = pytest.mark.anyio

TWO = Derived([Faq("几天到货？", "三天")], [Entity("TS-01", "product", (Name("海风衬衫"),))])


async def count_all(store: Store) -> int:
    """Count the rows that a document or a collection of the knowledge base leaves."""
    tables = (*DERIVED, collections, library_documents, library_files, passages)

    async def count(connection: AsyncConnection) -> int:
        return sum([await connection.scalar(select(func.count()).select_from(table)) or 0 for table in tables])

    return await store.database.read(count)


async def test_a_collection_is_made_once(store: Store) -> None:
    made, is_new = await store.knowledge.put_collection("商店", "The shop")
    again, is_new_again = await store.knowledge.put_collection("商店")
    assert (is_new, is_new_again, again) == (True, False, made)
    assert (made.name, made.title, made.num_documents, made.num_passages) == ("商店", "The shop", 0, 0)
    renamed, _ = await store.knowledge.put_collection("商店", "A shop")
    assert (renamed.id, renamed.title) == (made.id, "A shop")
    assert (await store.knowledge.put_collection("商店", ""))[0].title is None
    opened = await store.knowledge.open_collection("商店")
    assert (opened.id, opened.owner, opened.name) == (made.id, KNOWLEDGE, "商店")


async def test_collections_are_listed_by_name(store: Store) -> None:
    for name in ("b", "a", "c"):
        await store.knowledge.put_collection(name)
    await store.library.open_named_collection("ann", "private")
    assert [each.name for each in await store.knowledge.list_collections()] == ["a", "b", "c"]


async def test_ways_to_write_an_accent_are_one_name(store: Store) -> None:
    made, _ = await store.knowledge.put_collection("cafe\u0301")
    assert made.name == "café"
    assert await store.knowledge.get_collection("cafe\u0301") == made
    assert set(await store.knowledge.get_states(["cafe\u0301", "café"])) == {"cafe\u0301", "café"}


async def test_there_are_only_so_many(store: Store) -> None:
    made = await asyncio.gather(
        *(store.knowledge.put_collection(f"c{number}", max_collections=3) for number in range(6)),
        return_exceptions=True,
    )
    assert sorted(isinstance(each, TooManyCollections) for each in made) == [False] * 3 + [True] * 3
    (name, *_) = [each.name for each in await store.knowledge.list_collections()]
    assert not (await store.knowledge.put_collection(name, "title", max_collections=1))[1]


@pytest.mark.parametrize("name", ["", ".x", "a/b", "a\0b", "\ud800", "x" * 10_000])
async def test_strange_names_are_refused_and_not_found(store: Store, name: str) -> None:
    with pytest.raises(CollectionNameRefused):
        await store.knowledge.put_collection(name)
    for call in (store.knowledge.open_collection, store.knowledge.get_collection, store.knowledge.delete_collection):
        with pytest.raises(CollectionNotFound):
            await call(name)
    assert await store.knowledge.get_states([name]) == {}


async def test_what_is_in_it_is_counted(store: Store, tmp_path: Path) -> None:
    await store.knowledge.put_collection("shop")
    await store.knowledge.put_collection("other")
    await add_knowledge(store, "shop", tmp_path, "a.csv", ["one", "two"], TWO)
    await add_knowledge(store, "shop", tmp_path, "b.csv", ["three"], TWO)
    await begin_knowledge(store, "shop", tmp_path, "c.csv", ["four"], TWO)
    failed = await begin_knowledge(store, "shop", tmp_path, "d.csv", ["five"], TWO)
    await store.library.finish_document(failed.id, 1, (), {"code": "broken"})
    other, shop = await store.knowledge.list_collections()
    assert (shop.num_documents, shop.num_reading, shop.num_failed) == (4, 1, 1)
    assert (shop.num_passages, shop.num_faqs, shop.num_entities) == (3, 2, 1)
    assert (other.num_documents, other.num_passages, other.num_faqs, other.num_entities) == (0, 0, 0, 0)
    assert await store.knowledge.get_collection("shop") == shop


async def test_the_state_is_what_is_ready(store: Store, tmp_path: Path) -> None:
    made, _ = await store.knowledge.put_collection("shop")
    ready = await add_knowledge(store, "shop", tmp_path, "a.csv", ["one"], TWO)
    reading = await begin_knowledge(store, "shop", tmp_path, "b.csv", ["two"], TWO)
    states = await store.knowledge.get_states(["shop", "nothing"])
    assert set(states) == {"shop"}
    assert (states["shop"].id, states["shop"].name) == (made.id, "shop")
    assert states["shop"].document_ids == {ready.id}
    await store.library.finish_document(reading.id, 1, ())
    assert (await store.knowledge.get_states(["shop"]))["shop"].document_ids == {ready.id, reading.id}
    await store.library.delete_document(KNOWLEDGE, ready.id)
    assert (await store.knowledge.get_states(["shop"]))["shop"].document_ids == {reading.id}


async def test_a_collection_is_deleted_with_all_that_is_in_it(store: Store, tmp_path: Path) -> None:
    before = await count_all(store)
    await store.knowledge.put_collection("shop")
    document = await add_knowledge(store, "shop", tmp_path, "a.csv", ["one"], TWO)
    await begin_knowledge(store, "shop", tmp_path, "b.csv", ["two"], TWO)
    await store.knowledge.delete_collection("shop")
    with pytest.raises(CollectionNotFound):
        await store.knowledge.get_collection("shop")
    with pytest.raises(DocumentNotFound):
        await store.library.get_document(KNOWLEDGE, document.id)
    assert await count_all(store) == before


async def test_a_large_one_is_hidden_at_once_and_may_be_made_again(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(library_deletion, "MAX_FORGOTTEN", 5)
    monkeypatch.setattr(derived, "MAX_REMOVED", 5)
    first, _ = await store.knowledge.put_collection("shop")
    entities = [Entity(f"K{number}", "product", (Name(f"Name {number}"),)) for number in range(40)]
    await add_knowledge(store, "shop", tmp_path, "a.csv", [f"row {n}" for n in range(40)], Derived((), entities))
    deletion = asyncio.create_task(store.knowledge.delete_collection("shop"))
    while await store.knowledge.list_collections():
        pass
    assert not deletion.done()
    second, is_new = await store.knowledge.put_collection("shop")
    assert (is_new, second.num_documents, second.id != first.id) == (True, 0, True)
    assert (await store.knowledge.walk_graph([first.id, second.id], ["K1"])).nodes == ()
    assert (await store.library.search_collections(KNOWLEDGE, [first.id, second.id], {"row": 1.0}, 9)).passages == ()
    await deletion
    assert [each.id for each in await store.knowledge.list_collections()] == [second.id]


async def test_an_interrupted_deletion_is_ended_later(store: Store, tmp_path: Path) -> None:
    before = await count_all(store)
    await store.knowledge.put_collection("shop")
    await add_knowledge(store, "shop", tmp_path, "a.csv", ["one"], TWO)
    await store.database.write(lambda c: knowledge_collections.hide(c, "shop"))
    assert await store.knowledge.list_collections() == ()
    await store.library.expire_attachments(1e9)
    assert await count_all(store) == before


async def test_nothing_is_added_to_a_collection_that_is_gone(store: Store, tmp_path: Path) -> None:
    await store.knowledge.put_collection("shop")
    collection = await store.knowledge.open_collection("shop")
    await store.knowledge.delete_collection("shop")
    path = tmp_path / "file"
    path.write_bytes(b"x")
    with path.open("rb") as file, pytest.raises(CollectionNotFound):
        await store.library.add_document(collection, NewDocument("a.csv", "csv", "0" * 64, 1), file, 9, 0)


async def test_a_full_collection_says_so(store: Store, tmp_path: Path) -> None:
    await store.knowledge.put_collection("shop")
    await add_knowledge(store, "shop", tmp_path, "a.csv", ["one"], TWO)
    collection = await store.knowledge.open_collection("shop")
    with pytest.raises(TooManyDocuments, match="the collection has 1 documents"):
        await store.library.check_limits(collection, 1, 1, 0)


async def test_role_and_source_are_kept(store: Store, tmp_path: Path) -> None:
    await store.knowledge.put_collection("shop")
    document = await add_knowledge(store, "shop", tmp_path, "a.csv", [], TWO, role="faq", source="a/\ud800.csv")
    stored = await store.library.get_document(KNOWLEDGE, document.id)
    assert (stored.role, stored.source) == ("faq", "a/\ufffd.csv")


async def test_documents_of_collections_are_not_copied(store: Store, tmp_path: Path) -> None:
    for name in ("shop", "other"):
        await store.knowledge.put_collection(name)
    document = await add_knowledge(store, "shop", tmp_path, "a.csv", ["one"], TWO)
    same = await begin_knowledge(store, "other", tmp_path, "a.csv")
    assert same.sha256 == document.sha256
    assert not await store.library.copy_reading(same)
    with pytest.raises(DocumentNotFound):
        await store.library.copy_document(document, await store.knowledge.open_collection("other"), 9, 0)


async def test_a_collection_is_known_among_names(store: Store) -> None:
    shop, _ = await store.knowledge.put_collection("shop")
    menu, _ = await store.knowledge.put_collection("caf\u00e9")
    is_among = store.knowledge.is_among
    assert await is_among(shop.id, ["menu", "shop"])
    assert not await is_among(shop.id, ["menu", "caf\u00e9"])
    assert not await is_among(shop.id, [])
    assert await is_among(menu.id, ["cafe\u0301"])  # as another program writes the accent
    session = await store.create_session("ann", "shop")
    own = await store.library.open_session_collection("ann", session.id)
    assert not await is_among(own.id, ["shop"])
    await store.knowledge.delete_collection("shop")
    assert not await is_among(shop.id, ["shop"])
