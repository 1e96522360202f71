"""Extracted tables in both databases."""

from pathlib import Path

import pytest

from server.store.errors import DocumentNotFound, TableNotFound
from server.store.library_records import LibraryDocument, NewDocument
from server.store.store import Store
from tests.helpers.clock import Clock

pytestmark = pytest.mark.anyio


async def add_document(store: Store, folder: Path) -> LibraryDocument:
    file = folder / "prices.csv"
    file.write_bytes(b"a,b")
    collection = await store.library.open_named_collection("ann")
    new = NewDocument("prices.csv", "csv", "0" * 64, 3)
    with file.open("rb") as opened:
        return await store.library.add_document(collection, new, opened, max_documents=9, max_bytes=0)


async def test_tables_come_back_in_order_to_their_owner_alone(store: Store) -> None:
    first, second = await store.extractions.save("ann", [b'{"a": 1}', b'{"b": "\xe6\x98\xaf"}'])
    assert [await store.extractions.get("ann", each) for each in (first, second)] == [
        b'{"a": 1}',
        b'{"b": "\xe6\x98\xaf"}',
    ]
    with pytest.raises(TableNotFound, match="there is no table"):
        await store.extractions.get("bob", first)
    with pytest.raises(TableNotFound):
        await store.extractions.get("ann", "x\0\ud800" * 99)


async def test_the_oldest_beyond_the_limit_are_deleted(store: Store) -> None:
    (oldest,) = await store.extractions.save("ann", [b"1"])
    (others,) = await store.extractions.save("bob", [b"1"])

    kept = await store.extractions.save("ann", [b"2", b"3"], max_tables=2)
    with pytest.raises(TableNotFound):
        await store.extractions.get("ann", oldest)
    assert [await store.extractions.get("ann", each) for each in kept] == [b"2", b"3"]
    assert await store.extractions.get("bob", others) == b"1"


async def test_old_tables_expire_and_all_of_an_owner_can_be_deleted(store: Store, clock: Clock) -> None:
    await store.extractions.save("ann", [b"1"])
    clock.advance(100)
    (new,) = await store.extractions.save("ann", [b"2"])
    assert await store.extractions.expire(50) == 1
    assert await store.extractions.get("ann", new) == b"2"
    assert await store.extractions.delete_all("bob") == 0
    assert await store.extractions.delete_all("ann") == 1


async def test_tables_go_with_their_document(store: Store, tmp_path: Path) -> None:
    document = await add_document(store, tmp_path)
    (table,) = await store.extractions.save("ann", [b"1"], document.id)
    await store.extractions.put_page(document.id, 1, b"[]")
    await store.library.delete_document("ann", document.id)
    with pytest.raises(TableNotFound):
        await store.extractions.get("ann", table)
    assert await store.extractions.load_page(document.id, 1) is None
    with pytest.raises(DocumentNotFound):
        await store.extractions.save("ann", [b"1"], document.id)


async def test_what_a_page_has_is_stored_once(store: Store, tmp_path: Path) -> None:
    document = await add_document(store, tmp_path)
    assert await store.extractions.load_page(document.id, 1) is None
    await store.extractions.put_page(document.id, 1, b"[1]")
    await store.extractions.put_page(document.id, 1, b"[2]")
    assert await store.extractions.load_page(document.id, 1) == b"[1]"
    await store.extractions.put_page("0" * 32, 1, b"[1]")
    assert await store.extractions.load_page("0" * 32, 1) is None
