"""Passages of documents whose pages were stored without them."""

import hashlib

import pytest

from server.store import library_passages
from server.store.errors import DocumentNotFound
from server.store.library_records import LibraryDocument, NewDocument, NewPage, NewPassage
from server.store.store import Store, open_store
from tests.helpers.fake_reading import make_text_file

pytestmark = pytest.mark.anyio


async def add(store: Store, num_pages: int = 2) -> LibraryDocument:
    await store.knowledge.put_collection("shop")
    collection = await store.knowledge.open_collection("shop")
    new = NewDocument("a.csv", "csv", hashlib.sha256(b"a").hexdigest(), 1)
    with make_text_file("a") as file:
        document = await store.library.add_document(collection, new, file, 10, 0)
    pages = [NewPage(number, b"{}", ()) for number in range(1, num_pages + 1)]
    assert await store.library.add_pages(document.id, pages)
    return document


def make(page: int, *texts: str) -> list[NewPassage]:
    return [NewPassage(page, 0, len(text), text, heading="a | b") for text in texts]


async def test_passages_are_added_behind_each_other(url: str) -> None:
    async with open_store(url) as store:
        document = await add(store)
        await store.library.add_passages(document.id, make(1, "one", "two"))
        await store.library.add_passages(document.id, make(2, "three"))
        found = await store.library.list_passages([document.id])
        assert [(each.position, each.page, each.text) for each in found] == [
            (0, 1, "one"),
            (1, 1, "two"),
            (2, 2, "three"),
        ]
        await store.library.finish_document(document.id, 2, ())
        assert (await store.knowledge.get_collection("shop")).num_passages == 3


async def test_all_are_forgotten_and_added_anew(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(library_passages, "BATCH", 2)
    async with open_store(url) as store:
        document = await add(store)
        await store.library.add_passages(document.id, make(1, *(f"text{n}" for n in range(7))))
        await store.library.forget_passages(document.id)
        assert await store.library.list_passages([document.id]) == []
        await store.library.add_passages(document.id, make(1, "other"))
        collection = await store.knowledge.open_collection("shop")
        assert (
            await store.library.search_collections(document.owner, [collection.id], {"text3": 1.0}, 5)
        ).passages == ()
        found = await store.library.list_passages([document.id])
        assert [(each.position, each.text) for each in found] == [(0, "other")]


async def test_those_of_a_document_that_is_ready_stay(url: str) -> None:
    async with open_store(url) as store:
        document = await add(store)
        await store.library.add_passages(document.id, make(1, "one"))
        await store.library.finish_document(document.id, 2, (), role="faq")
        await store.library.forget_passages(document.id)
        assert len(await store.library.list_passages([document.id])) == 1
        assert (await store.library.get_document(document.owner, document.id)).role == "faq"


async def test_a_document_that_is_deleted_has_none(url: str) -> None:
    async with open_store(url) as store:
        document = await add(store)
        await store.library.delete_document(document.owner, document.id)
        with pytest.raises(DocumentNotFound):
            await store.library.add_passages(document.id, make(1, "one"))
        await store.library.forget_passages(document.id)
