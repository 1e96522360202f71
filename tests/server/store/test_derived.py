"""What is derived from documents, in both databases."""

import asyncio
from functools import partial
from itertools import islice
from pathlib import Path

import pytest
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from server.store import derived as queries
from server.store.derived_rows import make_chunks
from server.store.errors import DocumentNotFound
from server.store.knowledge_records import Attribute, Derived, Entity, Faq, Name, Relation
from server.store.knowledge_tables import DERIVED, relation_ends
from server.store.library_records import KNOWLEDGE, LibraryDocument
from server.store.store import Store
from tests.helpers.knowledge import add_knowledge, begin_knowledge

pytestmark = pytest.mark.anyio

FAQS = (
    Faq("几天到货？", "三天左右", ("多久送到", "何时到"), "zh", True, 0),
    Faq("Can I return it?", "Within 7 days.", (), "en", False, 1),
)
SHIRT = Entity("TS-01", "product", (Name("海风衬衫", "zh"), Name("Breeze", "en")), (Attribute("price", "99"),), 1)
RED = Entity("TS-01-R", "variant", (Name("red"),), (Attribute("stock", "3"),), 0)
RELATIONS = (Relation("TS-01-R", "variant_of", "TS-01", 0), Relation("ts 01 r", "variant_of", "海风衬衫", 1))
ALL = Derived(FAQS, (SHIRT, RED), RELATIONS)

HOSTILE = ("a\0b", "\ud800", "'; DROP TABLE entities; --", "%_\\", "字" * 20_000, "‮x", "😀", "null", "[]", " ", "")


@pytest.fixture(autouse=True)
async def shop(store: Store) -> int:
    return (await store.knowledge.put_collection("shop"))[0].id


async def count_rows(store: Store) -> list[int]:
    async def count(connection: AsyncConnection) -> list[int]:
        return [await connection.scalar(select(func.count()).select_from(table)) or 0 for table in DERIVED]

    return await store.database.read(count)


async def test_questions_and_answers_are_read_as_they_were(store: Store, tmp_path: Path, shop: int) -> None:
    document = await add_knowledge(store, "shop", tmp_path, "a.csv", ["one", "two"], ALL)
    found = await store.knowledge.list_faqs([document.id, "nothing"])
    assert tuple(each.faq for each in found) == FAQS
    assert {(each.collection_id, each.document_id) for each in found} == {(shop, document.id)}
    places = await store.library.list_passages([document.id])
    assert [each.passage_id for each in found] == [passage.id for passage in places]


async def test_names_are_read_without_attributes(store: Store, tmp_path: Path) -> None:
    document = await add_knowledge(store, "shop", tmp_path, "a.csv", ["one", "two"], ALL)
    (found,) = await store.knowledge.list_names([document.id])
    assert found.document_id == document.id
    assert [(each.key, each.kind, each.names, each.attributes, each.passage) for each in found.entities] == [
        (each.key, each.kind, each.names, (), each.passage) for each in (SHIRT, RED)
    ]


async def test_nothing_is_found_before_a_document_is_ready(store: Store, tmp_path: Path, shop: int) -> None:
    document = await begin_knowledge(store, "shop", tmp_path, "a.csv", ["one", "two"], ALL)
    assert await store.knowledge.list_names([document.id]) == []
    assert await store.knowledge.list_faqs([document.id]) == []
    assert (await store.knowledge.walk_graph([shop], ["TS-01"])).nodes == ()
    assert (await store.knowledge.list_entities(shop)).nodes == ()
    await store.library.finish_document(document.id, 1, ())
    assert len(await store.knowledge.list_names([document.id])) == 1
    assert len(await store.knowledge.list_faqs([document.id])) == 2


async def test_it_takes_the_place_of_what_was_before(store: Store, tmp_path: Path) -> None:
    document = await begin_knowledge(store, "shop", tmp_path, "a.csv", ["one", "two"], ALL)
    before = await count_rows(store)
    await store.knowledge.put_derived(document, ALL)
    assert await count_rows(store) == before
    await store.knowledge.put_derived(document, Derived(FAQS[:1]))
    assert await count_rows(store) == [1, 0, 0, 0]


async def test_what_a_killed_server_left_is_replaced(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("server.store.derived_rows.MAX_STORED", 2)
    document = await begin_knowledge(store, "shop", tmp_path, "a.csv", ["one", "two"])
    many = Derived(FAQS * 3, [Entity(f"K{n}", "product", (Name(f"N{n}"),)) for n in range(9)], RELATIONS)
    for chunk in islice(make_chunks(document, many), 5):
        await store.database.write(partial(queries.add, document_id=document.id, chunk=chunk))
    assert (await count_rows(store))[:2] == [6, 4]
    await store.knowledge.put_derived(document, many)
    assert await count_rows(store) == [6, 9, 18, 4]


async def test_two_servers_that_store_the_same_store_it_once(store: Store, tmp_path: Path) -> None:
    document = await begin_knowledge(store, "shop", tmp_path, "a.csv", ["one", "two"])
    chunks = list(make_chunks(document, ALL))
    writes = [store.database.write(partial(queries.add, document_id=document.id, chunk=chunk)) for chunk in chunks * 2]
    await asyncio.gather(*writes)
    assert await count_rows(store) == [2, 2, 5, 4]


@pytest.mark.parametrize("text", HOSTILE)
async def test_any_text_is_stored_and_found(store: Store, tmp_path: Path, shop: int, text: str) -> None:
    hostile = Derived(
        [Faq(text, text, (text,), "zh")],
        [
            Entity(text, "product", (Name(text), Name("plain")), (Attribute(text, text),)),
            Entity("other", "product", ()),
        ],
        [Relation("other", "fits", text)],
    )
    document = await add_knowledge(store, "shop", tmp_path, "a.csv", ["one"], hostile)
    stored = text.replace("\0", "\ufffd").replace("\ud800", "\ufffd")
    (faq,) = await store.knowledge.list_faqs([document.id])
    assert (faq.faq.question, faq.faq.answer, faq.faq.wordings) == (stored, stored, (stored,))
    graph = await store.knowledge.walk_graph([shop], [text])
    assert {node.key for node in graph.nodes} == {stored, "other"}
    assert [(each.name, each.value) for each in graph.attributes] == [(stored, stored)]
    assert [(edge.subject, edge.object) for edge in graph.edges] == [("other", stored)]
    assert stored in {node.key for node in (await store.knowledge.list_entities(shop, text)).nodes}


async def test_it_goes_with_its_document(store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queries, "MAX_REMOVED", 7)
    entities = [Entity(f"K{n}", "product", (Name(f"Name {n}"),)) for n in range(50)]
    relations = [Relation(f"K{n}", "fits", f"K{n + 1}") for n in range(49)]
    kept = await add_knowledge(store, "shop", tmp_path, "b.csv", ["one", "two"], ALL)
    before = await count_rows(store)
    document = await add_knowledge(store, "shop", tmp_path, "a.csv", ["one"], Derived(FAQS[:1], entities, relations))
    deletion = asyncio.create_task(store.library.delete_document(KNOWLEDGE, document.id))
    num_written = 0
    while not deletion.done():
        await store.knowledge.note_unanswered("p", str(num_written), 100_000)
        num_written += 1
    await deletion
    assert num_written >= 5
    assert await count_rows(store) == before
    assert len(await store.knowledge.list_faqs([kept.id, document.id])) == 2


async def test_only_what_is_being_read_takes_it(store: Store, tmp_path: Path) -> None:
    ready = await add_knowledge(store, "shop", tmp_path, "a.csv", ["one"], ALL)
    gone = await begin_knowledge(store, "shop", tmp_path, "b.csv", ["one"])
    await store.library.delete_document(KNOWLEDGE, gone.id)
    before = await count_rows(store)
    for document in (ready, gone):
        with pytest.raises(DocumentNotFound):
            await store.knowledge.put_derived(document, Derived())
    assert await count_rows(store) == before


async def test_a_document_deleted_meanwhile_leaves_nothing(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("server.store.derived_rows.MAX_STORED", 1)
    document = await begin_knowledge(store, "shop", tmp_path, "a.csv", ["one"])
    many = Derived((), [Entity(f"K{n}", "product", (Name(f"N{n}"),)) for n in range(200)])
    putting = asyncio.create_task(store.knowledge.put_derived(document, many))
    while not (await count_rows(store))[1]:
        assert not putting.done()
    await store.library.delete_document(KNOWLEDGE, document.id)
    with pytest.raises(DocumentNotFound):
        await putting
    assert await count_rows(store) == [0, 0, 0, 0]


async def test_the_same_relation_is_stored_once_of_its_first_row(store: Store, tmp_path: Path) -> None:
    document = await add_knowledge(store, "shop", tmp_path, "a.csv", ["one", "two"], Derived((), (), RELATIONS * 2))
    ends = await store.database.read(
        lambda c: c.execute(select(relation_ends.c.near, relation_ends.c.far, relation_ends.c.passage))
    )
    assert sorted(tuple(row) for row in ends) == [
        ("ts01", "ts01r", 0),
        ("ts01r", "ts01", 0),
        ("ts01r", "海风衬衫", 1),
        ("海风衬衫", "ts01r", 1),
    ]
    assert document.state == "ready"


async def test_places_have_passages(store: Store, tmp_path: Path) -> None:
    document = await add_knowledge(store, "shop", tmp_path, "a.csv", ["one", "two", "three"])
    ids = [passage.id for passage in await store.library.list_passages([document.id])]
    assert await store.knowledge.find_passage_ids(document.id, [2, 0, 2, 7]) == {0: ids[0], 2: ids[2]}
    assert await store.knowledge.find_passage_ids(document.id, []) == {}
    assert await store.knowledge.find_passage_ids(document.id, range(5000)) == dict(enumerate(ids))


async def list_documents(store: Store, folder: Path, count: int) -> list[LibraryDocument]:
    return [await add_knowledge(store, "shop", folder, f"{n}.csv", ["one", "two"], ALL) for n in range(count)]


async def test_many_documents_are_read_in_batches(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queries, "MAX_ASKED", 2)
    monkeypatch.setattr(queries, "MAX_READ", 3)
    ids = [document.id for document in await list_documents(store, tmp_path, 5)]
    found = await store.knowledge.list_names(ids)
    assert sorted(each.document_id for each in found) == sorted(ids)
    assert all([entity.key for entity in each.entities] == ["TS-01", "TS-01-R"] for each in found)
    assert [each.faq for each in await store.knowledge.list_faqs(ids)] == list(FAQS) * 5
