"""The vectors of passages: those of the knowledge base are found while their documents are ready."""

from pathlib import Path

import pytest

from server.store.library_records import LibraryDocument
from server.store.store import Store
from tests.helpers.knowledge import add_knowledge, begin_knowledge
from tests.helpers.read_documents import add_read

pytestmark = pytest.mark.anyio

MODEL = "m" * 64


async def embed(store: Store, document: LibraryDocument) -> list[int]:
    """Give the passages of a document vectors; return their numbers."""
    ids = [passage.id for passage in await store.library.list_passages([document.id])]
    await store.library.add_vectors(MODEL, dict.fromkeys(ids, b"\0\0"))
    return ids


async def test_vectors_of_the_knowledge_base_are_found_with_what_is_ready(store: Store, tmp_path: Path) -> None:
    number = (await store.knowledge.put_collection("shop"))[0].id
    old = await embed(store, await add_knowledge(store, "shop", tmp_path, "a", ["one", "two"], source="a.txt"))
    new = await begin_knowledge(store, "shop", tmp_path, "b", ["three"], source="a.txt")
    await embed(store, new)
    assert (await store.library.list_vector_ids(MODEL, number)).tolist() == old
    version = await store.library.get_version(number)
    await store.library.finish_document(new.id, 1, ())
    assert await store.library.get_version(number) != version
    assert (await store.library.list_vector_ids(MODEL, number)).tolist() == await embed(store, new)


async def test_other_vectors_are_found_at_once(store: Store, tmp_path: Path) -> None:
    collection = await store.library.open_named_collection("ann", "help")
    document = await add_read(store.library, collection, tmp_path, "a.txt", ["one", "two"])
    ids = await embed(store, document)
    assert (await store.library.list_vector_ids(MODEL, collection.id)).tolist() == ids
    await store.library.delete_document("ann", document.id)
    assert (await store.library.list_vector_ids(MODEL, collection.id)).tolist() == []
