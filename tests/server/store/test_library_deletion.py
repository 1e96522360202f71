"""Deleting documents of many passages, in pieces that let others write, and counts that stay right whatever happens."""

import asyncio
import math
import random
from pathlib import Path

import pytest
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from server.library.search import PassageSearch
from server.store import library_deletion, passage_index
from server.store.errors import DocumentNotFound, TooManyDocuments
from server.store.library_records import Collection, LibraryDocument, NewPassage
from server.store.library_tables import collections, passages
from server.store.library_tables import library_documents as documents
from server.store.store import Store
from tests.helpers.read_documents import add_read

pytestmark = pytest.mark.anyio

TEXTS = [f"Row {number} of the price list 价目表" for number in range(40)]


@pytest.fixture(autouse=True)
def few_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(library_deletion, "MAX_FORGOTTEN", 5)


async def open_collection(store: Store, session: str = "s") -> Collection:
    return await store.library.open_session_collection("shop", (await store.create_session("shop", session)).id)


async def forget_some(store: Store, document: LibraryDocument) -> bool:
    return await store.database.write(
        lambda c: library_deletion.forget_some(c, documents.c.id == document.id),
    )


async def count_again(connection: AsyncConnection) -> list[bool]:
    """Return for each collection whether its counts are those of its passages, and whether the index has those."""
    found = []
    for each in (await connection.execute(select(collections))).all():
        counted = select(func.count(), func.coalesce(func.sum(passages.c.num_tokens), 0))
        true = (await connection.execute(counted.where(passages.c.collection_id == each.id))).one()
        indexed = (await passage_index.count_passages(connection, each.id, ["row"]))["row"]
        found.append((each.num_passages, each.num_tokens, indexed) == (*true, true[0]))
    return found


async def test_others_write_while_many_passages_are_deleted(store: Store, tmp_path: Path) -> None:
    document = await add_read(store.library, await open_collection(store), tmp_path, "a.txt", TEXTS)
    deletion = asyncio.create_task(store.library.delete_document("shop", document.id))
    num_written = 0
    while not deletion.done():
        await store.library.open_named_collection("other", str(num_written))
        num_written += 1
    await deletion
    assert num_written >= 5
    assert all(await store.database.read(count_again))
    assert await store.database.read(lambda c: c.scalar(select(func.count()).select_from(passages))) == 0


async def test_nobody_finds_what_is_being_deleted(store: Store, tmp_path: Path) -> None:
    collection = await open_collection(store)
    document = await add_read(store.library, collection, tmp_path, "a.txt", TEXTS)
    assert await forget_some(store, document)
    with pytest.raises(DocumentNotFound):
        await store.library.get_document("shop", document.id)
    assert await store.library.list_collection(collection.id) == ()
    assert not (await store.library.list_documents("shop")).documents
    assert not await store.library.find_same("shop", document.sha256)
    search = PassageSearch(store.library)
    assert not await search.search("shop", [document.id], "价目表", 5)
    assert not await search.search_collections("shop", [collection.id], "价目表", 5)
    assert not await store.library.add_page(document.id, 2, b"{}", [NewPassage(2, 0, 3, "Row")])
    assert not await store.library.renew_lease(document.id, 60)
    await store.library.check_limits(collection, 1, 1, 0)
    with pytest.raises(TooManyDocuments):
        await store.library.check_limits(collection, 1, 0, 0)


async def test_a_deletion_that_was_interrupted_is_ended_later(store: Store, tmp_path: Path) -> None:
    kept = await add_read(store.library, await open_collection(store), tmp_path, "b.txt", TEXTS[:3])
    document = await add_read(store.library, await open_collection(store, "t"), tmp_path, "a.txt", TEXTS)
    assert await forget_some(store, document)
    assert await store.library.expire_attachments(math.inf) == 1
    assert len(await store.library.list_passages([document.id, kept.id])) == 3
    assert all(await store.database.read(count_again))


async def test_a_session_of_many_passages_is_deleted_in_pieces(store: Store, tmp_path: Path) -> None:
    collection = await open_collection(store)
    await add_read(store.library, collection, tmp_path, "a.txt", TEXTS)
    deletion = asyncio.create_task(store.delete_session("shop", str(collection.session_id)))
    num_written = 0
    while not deletion.done():
        await store.library.open_named_collection("other", str(num_written))
        num_written += 1
    await deletion
    assert num_written >= 5
    assert await store.database.read(lambda c: c.scalar(select(func.count()).select_from(documents))) == 0
    assert all(await store.database.read(count_again))


class Broken(Exception):
    """What goes wrong within a transaction."""


async def test_counts_are_those_of_the_passages_after_anything(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Adds, copies and deletes at random, and lets a third of the pages fail after they were stored."""
    source = random.Random(4)
    targets = [await open_collection(store, name) for name in "ab"]
    made: list[LibraryDocument] = []
    add = passage_index.add

    async def fail(connection: AsyncConnection, added: list[tuple[int, list[str]]]) -> None:
        await add(connection, added)
        raise Broken

    for number in range(40):
        action = source.choice(("add", "add", "copy", "delete", "fail")) if made else "add"
        if action == "add":
            texts = source.choices(TEXTS, k=source.randrange(12))
            made.append(await add_read(store.library, source.choice(targets), tmp_path, f"{number}.txt", texts))
        elif action == "copy":
            original = source.choice(made)
            target = source.choice(targets)
            made.append(await store.library.copy_document(original, target, 100, 0, name=f"copy {number} of row"))
        elif action == "delete":
            await store.library.delete_document("shop", made.pop(source.randrange(len(made))).id)
        else:
            some = [NewPassage(number, 0, 3, text) for text in source.choices(TEXTS, k=9)]
            with monkeypatch.context() as patch:
                patch.setattr(passage_index, "add", fail)
                with pytest.raises(Broken):
                    await store.library.add_page(source.choice(made).id, number + 2, b"{}", some)
        assert all(await store.database.read(count_again)), (number, action)
