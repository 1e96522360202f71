"""Chains of stored responses and their pictures, in both databases."""

import pytest

from server.store.errors import PictureNotFound, ResponseNotFound
from server.store.records import StoredPicture, StoredResponse
from server.store.store import Store

pytestmark = pytest.mark.anyio

RED = StoredPicture.from_bytes(b"red", "image/png")
BLUE = StoredPicture.from_bytes(b"blue", "image/webp")
MANY, MUCH = 1000, 1_000_000


async def save(store: Store, name: str, previous: str | None = None, *shown: StoredPicture, owner: str = "ann") -> None:
    await store.responses.save(owner, StoredResponse(name, previous, name.encode() * 10, b"{}"), shown)


async def list_chain(store: Store, name: str, max_length: int = MANY, max_bytes: int = MUCH) -> str:
    chain = await store.responses.load_chain("ann", name, max_length, max_bytes)
    return "".join(response.id for response in chain)


async def count_pictures(store: Store) -> int:
    async def count(connection: object) -> int:
        rows = await connection.exec_driver_sql("SELECT count(*) FROM pictures")  # type: ignore[attr-defined]
        total: int = rows.scalar_one()
        return total

    return await store.database.read(count)


async def test_a_chain_goes_back_to_its_first_response_and_may_fork(store: Store) -> None:
    for name, previous in (("a", None), ("b", "a"), ("c", "b"), ("d", "b"), ("e", "d"), ("x", None)):
        await save(store, name, previous)
    assert [await list_chain(store, name) for name in "acex"] == ["a", "abc", "abde", "x"]
    assert await store.responses.get("ann", "c") == StoredResponse("c", "b", b"c" * 10, b"{}")


async def test_a_chain_is_cut_at_a_number_and_at_a_size(store: Store) -> None:
    for name, previous in (("a", None), ("b", "a"), ("c", "b")):
        await save(store, name, previous)
    assert await list_chain(store, "c", max_length=2) == "bc"
    assert await list_chain(store, "c", max_bytes=10) == "c"
    assert await list_chain(store, "c", max_bytes=11) == "bc"


async def test_others_responses_are_not_found_and_cannot_be_followed(store: Store) -> None:
    await save(store, "a", owner="bob")
    await save(store, "b", "a")
    for name in ("a", "b", "nothing", "\0", "\ud800", ""):
        with pytest.raises(ResponseNotFound):
            await list_chain(store, name)
    with pytest.raises(ResponseNotFound, match="'a'"):
        await store.responses.get("ann", "a")
    assert await store.responses.get_many("ann", ["a", "b", "c"]) == {"b": StoredResponse("b", "a", b"b" * 10)}
    assert [await store.responses.count_bytes("ann", ids) for ids in ([], ["a"], ["b", "c"])] == [0, 0, 10]


async def test_a_chain_that_lost_a_response_cannot_be_followed(store: Store) -> None:
    for name, previous in (("a", None), ("b", "a"), ("c", "b")):
        await save(store, name, previous)
    await store.responses.delete("ann", "b")
    with pytest.raises(ResponseNotFound, match="'b'"):
        await list_chain(store, "c")
    assert (await store.responses.get("ann", "c")).id == "c"


async def test_pictures_are_of_the_response_whose_request_brought_them(store: Store) -> None:
    await save(store, "a", None, RED, BLUE, RED)
    await save(store, "b", "a", RED)
    refs = [set(response.pictures) for response in await store.responses.load_chain("ann", "b", MANY, MUCH)]
    assert refs == [{RED.ref, BLUE.ref}, {RED.ref}]
    assert await store.responses.load_pictures("ann", "a", {BLUE.sha256}) == {BLUE.sha256: BLUE}
    for owner, name in (("ann", "b"), ("bob", "a")):
        with pytest.raises(PictureNotFound):
            await store.responses.load_pictures(owner, name, {BLUE.sha256})


async def test_a_picture_is_stored_once_and_goes_with_the_last_that_shows_it(store: Store) -> None:
    session = await store.create_session("ann")
    await save(store, "a", None, RED, BLUE)
    await save(store, "b", "a", RED)
    assert await count_pictures(store) == 2
    await store.responses.delete("ann", "a")
    assert await count_pictures(store) == 1
    await store.delete_session("ann", session.id)
    assert (await store.responses.load_pictures("ann", "b", {RED.sha256}))[RED.sha256].data == b"red"
    await store.responses.delete("ann", "b")
    assert await count_pictures(store) == 0
