"""The index of passages has what the passages have, of their collection alone, in both databases."""

from pathlib import Path

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from server.store import passage_index
from server.store.library_records import Collection, NewPassage
from server.store.library_tables import collections, document_pages, passage_vectors, passages
from server.store.store import Store
from tests.helpers.read_documents import add_read

pytestmark = pytest.mark.anyio

TEXTS = ("七天内可以退货，运费由买家承担。", "Model AB-123 ships in 3 days; model AB-124 does not.", "退货退货")


async def list_index(store: Store, collection_id: int, *tokens: str) -> dict[str, list[int]]:
    found = await store.database.read(lambda c: passage_index.list_passages(c, collection_id, tokens))
    return {token: sorted(ids.tolist()) for token, ids in found.items()}


async def count_index(store: Store) -> int:
    """How many entries the whole index has."""

    async def count(connection: AsyncConnection) -> int:
        if connection.dialect.name == "sqlite":
            counted = "SELECT coalesce(sum(doc), 0) FROM search_passages_counts"
        else:
            counted = "SELECT coalesce(sum(cardinality(tokens)), 0) FROM passages"
        return int((await connection.execute(text(counted))).scalar_one())

    return await store.database.read(count)


async def count_collection(store: Store, collection: Collection) -> tuple[int, int, int, int]:
    """The counts that are kept of a collection, then those of its passages."""
    kept = select(collections.c.num_passages, collections.c.num_tokens).where(collections.c.id == collection.id)
    total = func.coalesce(func.sum(passages.c.num_tokens), 0)
    true = select(func.count(), total).where(passages.c.collection_id == collection.id)

    async def count(connection: AsyncConnection) -> tuple[int, int, int, int]:
        first, second = (await connection.execute(kept)).one(), (await connection.execute(true)).one()
        return int(first[0]), int(first[1]), int(second[0]), int(second[1])

    return await store.database.read(count)


async def test_passages_are_found_by_their_tokens(store: Store, tmp_path: Path) -> None:
    collection = await store.library.open_named_collection("shop", "help")
    document = await add_read(store.library, collection, tmp_path, "a.txt", TEXTS)
    first, second, third = (item.id for item in await store.library.list_passages([document.id]))
    assert await list_index(store, collection.id, "退货", "退货²", "ab123", "ab²", "7天", "nothing") == {
        "退货": [first, third],
        "退货²": [third],
        "ab123": [second],
        "ab²": [second],
        "7天": [first],
        "nothing": [],
    }


async def test_names_above_a_passage_are_found_too(store: Store, tmp_path: Path) -> None:
    collection = await store.library.open_named_collection("shop", "help")
    passage = NewPassage(1, 0, 4, "body", heading="保修 > 电池", sheet="Prices", first_row=1, last_row=2)
    await add_read(store.library, collection, tmp_path, "catalogue.xlsx", [passage])
    found = await list_index(store, collection.id, "电池", "pric", "catalogu", "body", "body²")
    assert [len(ids) for ids in found.values()] == [1, 1, 1, 1, 0]


async def test_a_collection_has_nothing_of_another(store: Store, tmp_path: Path) -> None:
    ours = await store.library.open_named_collection("shop", "help")
    theirs = await store.library.open_named_collection("rival", "help")
    await add_read(store.library, theirs, tmp_path, "a.txt", TEXTS)
    assert (await list_index(store, ours.id, "退货"))["退货"] == []
    counted = await store.database.read(lambda c: passage_index.count_passages(c, theirs.id, ["退货", "zzz"]))
    assert counted == {"退货": 2, "zzz": 0}


@pytest.mark.parametrize("odd", ["\ud840\udc00 a\ud800b", "nul \0 byte", "", " ", "²·", "' OR 1=1 --", "x" * 5000])
async def test_deleting_a_document_leaves_nothing(store: Store, tmp_path: Path, odd: str) -> None:
    collection = await store.library.open_named_collection("shop", "help")
    kept = await add_read(store.library, collection, tmp_path, "kept.txt", TEXTS[:1])
    before = await count_index(store)
    document = await add_read(store.library, collection, tmp_path, f"{odd}.txt", [*TEXTS, odd])
    assert await count_index(store) > before
    await store.library.delete_document("shop", document.id)
    assert await count_index(store) == before
    assert len(await store.library.list_passages([kept.id])) == 1
    num_passages, num_tokens, *true = await count_collection(store, collection)
    assert [num_passages, num_tokens] == true


async def test_deleting_many_passages_leaves_nothing(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(passage_index, "BATCH", 7)
    collection = await store.library.open_named_collection("shop", "help")
    document = await add_read(store.library, collection, tmp_path, "a.txt", [f"Row {n} 行" for n in range(50)])
    assert await count_collection(store, collection) == (50, 300, 50, 300)
    await store.library.delete_document("shop", document.id)
    assert (await count_index(store), await count_collection(store, collection)) == (0, (0, 0, 0, 0))


async def test_deleting_a_session_leaves_nothing(store: Store, tmp_path: Path) -> None:
    session = await store.create_session("shop", "s", {})
    collection = await store.library.open_session_collection("shop", session.id)
    await add_read(store.library, collection, tmp_path, "a.txt", TEXTS)
    await store.delete_session("shop", session.id)
    assert await count_index(store) == 0


async def test_a_page_that_is_stored_twice_is_indexed_once(store: Store, tmp_path: Path) -> None:
    collection = await store.library.open_named_collection("shop", "help")
    document = await add_read(store.library, collection, tmp_path, "a.txt", TEXTS)
    before = await count_index(store), await count_collection(store, collection)
    assert await store.library.add_page(document.id, 1, b"{}", [NewPassage(1, 0, 1, "again")])
    assert (await count_index(store), await count_collection(store, collection)) == before


async def test_a_copy_has_pages_passages_vectors_and_entries_of_its_own(store: Store, tmp_path: Path) -> None:
    original_in = await store.library.open_named_collection("shop", "help")
    original = await add_read(store.library, original_in, tmp_path, "a.txt", TEXTS)
    numbers = [item.id for item in await store.library.list_passages([original.id])]
    rows = [{"passage_id": number, "model": "m", "vector": bytes([number])} for number in numbers]
    await store.database.write(lambda c: c.execute(passage_vectors.insert(), rows))
    collection = await store.library.open_named_collection("shop", "other")
    copy = await store.library.copy_document(original, collection, 10, 0, name="b.txt")
    await store.library.delete_document("shop", original.id)
    copied = await store.library.list_passages([copy.id])
    assert (copy.state, copy.num_pages, copy.name) == ("ready", 1, "b.txt")
    assert [item.text for item in copied] == list(TEXTS)
    found = await list_index(store, collection.id, "退货", "b")
    assert found == {"退货": [copied[0].id, copied[2].id], "b": [item.id for item in copied]}
    kept = select(passage_vectors.c.passage_id, passage_vectors.c.vector).order_by(passage_vectors.c.passage_id)
    stored = (await store.database.read(lambda c: c.execute(kept))).all()
    assert [tuple(row) for row in stored] == [
        (item.id, bytes([number])) for item, number in zip(copied, numbers, strict=True)
    ]
    bodies = await store.database.read(lambda c: c.execute(select(document_pages.c.document_id, document_pages.c.body)))
    assert [tuple(row) for row in bodies] == [(copy.id, b"{}")]
