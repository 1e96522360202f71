"""Deletion and expiry of stored responses, in both databases."""

import asyncio

import pytest

from server.store import response_store
from server.store.errors import ResponseNotFound
from server.store.expiry import Retention, delete_expired
from server.store.records import Message, StoredPicture, StoredResponse, StoredUsage
from server.store.store import Store
from tests.helpers.clock import Clock

pytestmark = pytest.mark.anyio

RED = StoredPicture.from_bytes(b"red", "image/png")


async def save(store: Store, names: str, owner: str = "ann") -> None:
    """Store a dialogue of one response a letter."""
    for previous, name in zip((None, *names), names, strict=False):
        await store.responses.save(owner, StoredResponse(name, previous, b"{}"))


async def list_left(store: Store, names: str, owner: str = "ann") -> str:
    return "".join(sorted(await store.responses.get_many(owner, list(names))))


async def test_only_its_owner_deletes_a_response_and_only_once(store: Store) -> None:
    await save(store, "a")
    with pytest.raises(ResponseNotFound):
        await store.responses.delete("bob", "a")
    await store.responses.delete("ann", "a")
    with pytest.raises(ResponseNotFound):
        await store.responses.delete("ann", "a")


async def test_all_responses_of_an_owner_are_deleted_in_pieces(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(response_store, "BATCH", 2)
    await save(store, "abcde")
    await save(store, "x", "bob")
    assert await store.responses.delete_all("ann") == 5
    assert await store.responses.delete_all("ann") == 0
    assert await list_left(store, "x", "bob") == "x"


async def test_a_dialogue_expires_as_a_whole_by_its_last_response(store: Store, clock: Clock) -> None:
    await save(store, "ab")
    await save(store, "xy")
    clock.advance(10)
    await store.responses.save("ann", StoredResponse("c", "a", b"{}"))
    clock.advance(5)
    assert await store.responses.expire(12, 100) == 2
    assert await list_left(store, "abcxy") == "abc"


async def test_each_owner_keeps_the_newest_dialogues(store: Store, clock: Clock) -> None:
    for names in ("ab", "cd", "ef"):
        await save(store, names)
        clock.advance(1)
    await save(store, "x", "bob")
    await delete_expired(store, Retention(max_sessions=2))
    assert await list_left(store, "abcdef") == "cdef"
    assert await list_left(store, "x", "bob") == "x"
    await delete_expired(store, Retention())
    assert await list_left(store, "abcdef") == "cdef"


async def test_a_picture_of_a_turn_outlives_the_response_and_the_other_way_round(store: Store) -> None:
    session = await store.create_session("ann")
    async with store.open_turn("ann", session.id, Message("user", (RED,))) as turn:
        await turn.finish("red", "stop", StoredUsage())
    for name in "ab":
        await store.responses.save("ann", StoredResponse(name, None, b"{}"), [RED])
    await store.responses.delete("ann", "a")
    assert (await store.load_pictures("ann", session.id, {RED.sha256}))[RED.sha256] == RED
    await store.delete_session("ann", session.id)
    assert (await store.responses.load_pictures("ann", "b", {RED.sha256}))[RED.sha256] == RED


async def test_followers_of_the_same_response_are_stored_at_the_same_time(store: Store) -> None:
    await save(store, "a")
    both = (StoredResponse(name, "a", b"{}") for name in "bc")
    await asyncio.gather(*(store.responses.save("ann", response, [RED]) for response in both))
    assert await list_left(store, "abc") == "abc"
