"""Documents, their files and pages, in both databases."""

import hashlib
from pathlib import Path

import pytest
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from server.store.errors import DocumentNotFound, LibraryFull, PageNotFound, SessionNotFound, TooManyDocuments
from server.store.library_documents import CUSTOMER_SHARE
from server.store.library_files import CHUNK_BYTES
from server.store.library_records import Collection, LibraryDocument, NewDocument, NewPage, NewPassage
from server.store.library_tables import document_pages, file_chunks, library_files, passages
from server.store.service_records import StoredCustomer
from server.store.store import Store
from tests.helpers.clock import Clock

pytestmark = pytest.mark.anyio

LIMITS = (20, 0)
"""Many documents, and any number of bytes."""

TABLES = (library_files, file_chunks, document_pages, passages)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "list.csv"
    path.write_bytes(b"name,price\n" * (CHUNK_BYTES // 8))
    return path


async def open_collection(store: Store, owner: str = "ann", name: str = "desk") -> Collection:
    session = await store.create_session(owner, name)
    return await store.library.open_session_collection(owner, session.id)


async def add(
    store: Store, collection: Collection, file: Path, limits: tuple[int, int] = LIMITS, name: str = "list.csv"
) -> LibraryDocument:
    data = file.read_bytes()
    new = NewDocument(name, "csv", hashlib.sha256(data).hexdigest(), len(data), warnings=[{"code": "macros"}])
    with file.open("rb") as opened:
        return await store.library.add_document(collection, new, opened, *limits)


async def count_rows(store: Store) -> list[int]:
    """Count what is stored of files, their chunks, pages and passages."""

    async def count(connection: AsyncConnection) -> list[int]:
        return [await connection.scalar(select(func.count()).select_from(table)) or 0 for table in TABLES]

    return await store.database.read(count)


def passage(text: str, page: int = 1, start: int = 0) -> NewPassage:
    return NewPassage(page, start, start + len(text), text)


async def test_a_file_is_stored_whole_in_chunks(store: Store, file: Path) -> None:
    document = await add(store, await open_collection(store), file)
    chunks = [chunk async for chunk in store.library.load_file(document.id)]
    assert [len(chunk) for chunk in chunks] == [CHUNK_BYTES, file.stat().st_size - CHUNK_BYTES]
    assert b"".join(chunks) == file.read_bytes()
    assert (document.state, document.num_pages, document.num_pages_read) == ("reading", None, 0)
    assert document.warnings == [{"code": "macros"}]
    assert await store.library.get_document("ann", document.id) == document


async def test_others_do_not_find_it(store: Store, file: Path) -> None:
    collection = await open_collection(store)
    document = await add(store, collection, file)
    for call in (store.library.get_document("bob", document.id), store.library.delete_document("bob", document.id)):
        with pytest.raises(DocumentNotFound):
            await call
    assert (await store.library.list_documents("bob")).documents == ()
    assert await store.library.find_same("bob", document.sha256) == []
    with pytest.raises(SessionNotFound):
        await store.library.open_session_collection("bob", collection.session_id or "")


async def test_the_same_file_is_stored_once_for_an_owner(store: Store, file: Path) -> None:
    first, second = await open_collection(store), await open_collection(store, name="other")
    one, two = await add(store, first, file), await add(store, second, file, name="copy.csv")
    assert await store.library.find_same("ann", one.sha256) == [one, two]
    assert await store.library.find_same("ann", one.sha256, second.id) == [two]
    assert (await count_rows(store))[:2] == [1, 2]
    await add(store, await open_collection(store, "bob"), file)
    assert (await count_rows(store))[:2] == [2, 4]
    await store.library.delete_document("ann", one.id)
    assert [chunk async for chunk in store.library.load_file(two.id)] != []
    await store.library.delete_document("ann", two.id)
    assert (await count_rows(store))[:2] == [1, 2]


async def test_limits(store: Store, file: Path) -> None:
    collection, num_bytes = await open_collection(store), file.stat().st_size
    await add(store, collection, file, (1, num_bytes))
    with pytest.raises(TooManyDocuments, match="has 1 documents, the limit is 1"):
        await add(store, collection, file, (1, 0))
    with pytest.raises(LibraryFull):
        await store.library.check_limits(collection, 1, 20, num_bytes)
    await store.library.check_limits(collection, 1, 20, num_bytes + 1)
    await store.library.check_limits(await open_collection(store, "bob"), num_bytes, 1, num_bytes)


async def test_customers_have_a_share_of_what_a_shop_has(store: Store, file: Path) -> None:
    num_bytes = file.stat().st_size
    limit = CUSTOMER_SHARE * num_bytes
    for number in range(CUSTOMER_SHARE):
        await put_customer(store, f"customer:{number}", "shop")
        first = await open_collection(store, f"customer:{number}")
        await add(store, first, file, (20, limit))
    with pytest.raises(LibraryFull, match=f"the limit is {num_bytes:,}"):
        await store.library.check_limits(first, 1, 20, limit)
    await put_customer(store, "customer:late", "shop")
    late = await open_collection(store, "customer:late")
    with pytest.raises(LibraryFull, match=f"the limit is {limit:,}"):
        await store.library.check_limits(late, 1, 20, limit)
    await store.library.check_limits(late, 1, 20, 0)
    await put_customer(store, "customer:other", "another shop")
    other = await open_collection(store, "customer:other")
    await store.library.check_limits(other, num_bytes, 20, limit)
    await store.library.check_limits(await open_collection(store, "shop"), limit, 20, limit)


async def put_customer(store: Store, customer_id: str, shop: str) -> None:
    customer = StoredCustomer(customer_id, shop, customer_id, is_anonymous=False, claims={}, created_s=1, seen_s=1)
    assert await store.customers.put(customer, 1)


async def test_all_documents_of_an_owner_are_deleted(store: Store, file: Path) -> None:
    for owner in ("ann", "bob"):
        await add(store, await open_collection(store, owner), file)
    assert await store.library.delete_owned("ann") == 1
    assert [len((await store.library.list_documents(owner)).documents) for owner in ("ann", "bob")] == [0, 1]


async def test_pages_are_stored_once_with_their_passages(store: Store, file: Path) -> None:
    document = await add(store, await open_collection(store), file)
    for number, body, texts in ((1, b"one", ["ab", "cd"]), (1, b"again", ["ef"]), (2, b"two", ["售价299元"])):
        assert await store.library.add_page(document.id, number, body, [passage(text, number) for text in texts])
    assert [await store.library.get_page(document.id, number) for number in (1, 2)] == [b"one", b"two"]
    with pytest.raises(PageNotFound):
        await store.library.get_page(document.id, 3)
    found = await store.library.list_passages([document.id])
    assert [(each.position, each.page, each.text) for each in found] == [
        (0, 1, "ab"),
        (1, 1, "cd"),
        (2, 2, "售价299元"),
    ]
    assert [each.document_name for each in found] == ["list.csv"] * 3
    assert await store.library.list_passages([document.id], after=found[0].id, limit=1) == found[1:2]
    assert await store.library.get_passages("ann", [found[2].id, 999]) == {found[2].id: found[2]}
    assert await store.library.get_passages("bob", [found[2].id]) == {}
    assert await store.library.count_characters([document.id]) == 10
    assert (await store.library.get_document("ann", document.id)).num_pages_read == 2


async def test_nothing_is_added_to_a_deleted_document(store: Store, file: Path) -> None:
    document = await add(store, await open_collection(store), file)
    await store.library.delete_document("ann", document.id)
    assert not await store.library.add_page(document.id, 1, b"", [passage("ab")])
    assert not await store.library.renew_lease(document.id, 5)
    assert await count_rows(store) == [0, 0, 0, 0]


async def test_a_document_is_read_by_one_at_a_time(store: Store, file: Path, clock: Clock) -> None:
    document = await add(store, await open_collection(store), file)
    assert await store.library.take_unread(10) == document
    assert await store.library.take_unread(10) is None
    clock.now_s += 9
    assert await store.library.renew_lease(document.id, 10)
    clock.now_s += 9
    assert await store.library.take_unread(10) is None
    clock.now_s += 2
    assert await store.library.take_unread(10) == document


@pytest.mark.parametrize(("error", "state"), [(None, "ready"), ({"code": "broken"}, "failed")])
async def test_a_document_that_has_ended_is_not_read_again(
    store: Store, file: Path, error: dict[str, str] | None, state: str
) -> None:
    document = await add(store, await open_collection(store), file)
    await store.library.finish_document(document.id, 7, [{"code": "formulas"}], error)
    assert await store.library.take_unread(10) is None
    ended = await store.library.get_document("ann", document.id)
    assert (ended.state, ended.num_pages, ended.error, ended.warnings) == (state, 7, error, [{"code": "formulas"}])


async def test_documents_go_with_their_session(store: Store, file: Path, clock: Clock) -> None:
    collection = await open_collection(store)
    document = await add(store, collection, file)
    await store.library.add_page(document.id, 1, b"{}", [passage("ab")])
    clock.now_s += 1000
    assert await store.expire_empty_sessions(300) == 0
    await store.delete_session("ann", collection.session_id or "")
    assert await count_rows(store) == [0, 0, 0, 0]
    with pytest.raises(DocumentNotFound):
        await store.library.get_document("ann", document.id)


async def test_a_session_whose_documents_are_gone_is_empty(store: Store, file: Path, clock: Clock) -> None:
    document = await add(store, await open_collection(store), file)
    await store.library.delete_document("ann", document.id)
    clock.now_s += 1000
    assert await store.expire_empty_sessions(300) == 1


async def test_attachments_expire(store: Store, file: Path, clock: Clock) -> None:
    attachments = await store.library.open_named_collection("ann")
    assert await store.library.open_named_collection("ann") == attachments
    kept, old = await add(store, await open_collection(store), file), await add(store, attachments, file)
    clock.now_s += 100
    new = await add(store, attachments, file, name="new.csv")
    assert await store.library.expire_attachments(50) == 1
    assert [each.id for each in (await store.library.list_documents("ann")).documents] == [new.id, kept.id]
    with pytest.raises(DocumentNotFound):
        await store.library.get_document("ann", old.id)


async def test_lists_come_in_pages(store: Store, file: Path, clock: Clock) -> None:
    collection = await open_collection(store)
    ids = []
    for _ in range(3):
        clock.now_s += 1
        ids.append((await add(store, collection, file)).id)
    first = await store.library.list_documents("ann", limit=2)
    assert [each.id for each in first.documents] == [ids[2], ids[1]]
    rest = await store.library.list_documents("ann", limit=2, cursor=first.next_cursor)
    assert ([each.id for each in rest.documents], rest.next_cursor) == ([ids[0]], None)
    assert (await store.library.list_documents("ann", collection_id=collection.id + 1)).documents == ()
    assert [each.id for each in await store.library.list_collection(collection.id)] == ids


async def take(store: Store) -> str:
    """Return the owner of the next document, which counts as read at once."""
    document = await store.library.take_unread(10)
    assert document is not None
    await store.library.finish_document(document.id, 1, ())
    return document.owner


async def test_owners_take_turns(store: Store, file: Path) -> None:
    collections = {owner: await open_collection(store, owner) for owner in ("ann", "bob", "cat")}
    for owner in ("ann", "ann", "ann", "bob", "cat", "bob"):
        await add(store, collections[owner], file)
    assert [await take(store) for _ in range(6)] == ["ann", "bob", "cat", "ann", "bob", "ann"]
    assert await store.library.take_unread(10) is None


async def test_a_document_that_was_given_back_comes_after_those_of_others(store: Store, file: Path) -> None:
    ann = await add(store, await open_collection(store, "ann"), file)
    await add(store, await open_collection(store, "bob"), file)
    taken = await store.library.take_unread(1000)
    assert taken is not None
    assert taken.id == ann.id
    assert await store.library.is_awaited("ann")
    assert not await store.library.is_awaited("bob")
    assert await store.library.count_unread() == 2
    await store.library.release_lease(ann.id)
    assert [await take(store), await take(store)] == ["bob", "ann"]
    assert await store.library.count_unread() == 0


async def test_leases_of_dead_servers_end_where_no_other_can_be(store: Store, file: Path) -> None:
    await add(store, await open_collection(store), file)
    assert await store.library.take_unread(1000) is not None
    await store.library.release_dead_leases()
    assert (await store.library.take_unread(1000) is not None) == store.database.is_exclusive


async def test_pages_are_stored_at_once_with_warnings(store: Store, file: Path) -> None:
    document = await add(store, await open_collection(store), file)
    pages = [NewPage(number, b"{}", [passage("ab", number)]) for number in (1, 2)]
    assert await store.library.add_pages(document.id, pages, [{"code": "new"}])
    assert await store.library.add_pages(document.id, [*pages, NewPage(3, b"{}", [])])
    stored = await store.library.get_document("ann", document.id)
    assert (stored.num_pages_read, stored.warnings) == (3, [{"code": "new"}])
    assert len(await store.library.list_passages([document.id])) == 2
    await store.library.delete_document("ann", document.id)
    assert not await store.library.add_pages(document.id, pages)
    assert not await store.library.add_pages(document.id, (), [])


async def test_a_session_is_used_by_its_documents(store: Store, file: Path) -> None:
    session = await store.create_session("ann", "one")
    collection = await store.library.open_session_collection("ann", session.id)
    document = await add(store, collection, file)
    used = await store.get_session("ann", session.id)
    assert used.updated_s > session.updated_s
    await store.delete_empty_session("ann", session.id)
    assert await store.get_session("ann", session.id) == used
    await store.library.delete_document("ann", document.id)
    await store.delete_empty_session("ann", session.id)
    with pytest.raises(SessionNotFound):
        await add(store, collection, file)
