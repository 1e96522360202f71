"""Versions of documents of the followed folder, on both databases."""

import pytest

from server.store.errors import TooManyDocuments
from server.store.library_records import KNOWLEDGE, LibraryDocument, NewDocument
from server.store.store import Store
from tests.helpers.fake_reading import make_text_file

pytestmark = pytest.mark.anyio

REFUSAL = {"code": "empty", "values": {}}


async def add(store: Store, source: str | None, sha256: str, limit: int = 100, **given: object) -> LibraryDocument:
    await store.knowledge.put_collection("shop")
    collection = await store.knowledge.open_collection("shop")
    new = NewDocument(source or "sent", "text", sha256, 3, source=source, **given)  # type: ignore[arg-type]
    with make_text_file("abc") as file:
        return await store.library.add_document(collection, new, file, limit, 0)


async def test_versions_are_listed_and_what_was_sent_is_none(store: Store) -> None:
    await add(store, None, "0" * 64)
    assert await store.knowledge.list_followed() == []
    old, new = await add(store, "a", "1" * 64), await add(store, "a", "2" * 64, role="faq")
    collection = await store.knowledge.open_collection("shop")
    found = await store.knowledge.list_versions(collection.id)
    assert {(each.id, each.source, each.sha256, each.state, each.role) for each in found} == {
        (old.id, "a", "1" * 64, "reading", None),
        (new.id, "a", "2" * 64, "reading", "faq"),
    }
    assert await store.knowledge.list_followed() == ["shop"]


async def test_a_version_that_another_server_stored_is_not_stored_again(store: Store) -> None:
    first = await add(store, "a", "1" * 64)
    assert (await add(store, "a", "1" * 64)).id == first.id
    assert (await add(store, "b", "1" * 64)).id != first.id
    assert (await add(store, "a", "1" * 64, role="faq")).id != first.id


async def test_a_version_that_failed_is_stored_with_its_error_and_again(store: Store) -> None:
    failed = await add(store, "a", "1" * 64, error=REFUSAL)
    assert (failed.state, failed.error) == ("failed", REFUSAL)
    assert await store.library.take_unread(10) is None
    assert (await add(store, "a", "1" * 64)).id != failed.id


async def test_a_new_version_needs_no_room_beside_the_old_one(store: Store) -> None:
    await add(store, "a", "1" * 64, limit=1)
    await add(store, "a", "2" * 64, limit=1)
    with pytest.raises(TooManyDocuments):
        await add(store, "b", "3" * 64, limit=1)


async def test_a_document_is_taken_by_one_alone(store: Store) -> None:
    document = await add(store, "a", "1" * 64)
    assert await store.library.take_document(document.id, 10)
    assert not await store.library.take_document(document.id, 10)
    await store.library.finish_document(document.id, 1, ())
    assert (await store.library.get_document(KNOWLEDGE, document.id)).state == "ready"
    assert not await store.library.take_document(document.id, -10)
