"""Pictures are stored once each, as long as a turn shows them."""

import asyncio

import pytest
from sqlalchemy.ext.asyncio import AsyncConnection

from server.store import turns
from server.store.errors import PictureNotFound, SessionNotFound
from server.store.records import Session, StoredPicture
from server.store.store import Store, open_store
from tests.helpers.store_turns import BLUE, RED, ask, count_rows, user_message

pytestmark = pytest.mark.anyio


async def test_pictures_come_back_byte_for_byte(store: Store) -> None:
    large = StoredPicture.from_bytes(bytes(range(256)) * 5000, "image/webp")
    session = await store.create_session("ann")
    await ask(store, session, large, "what is it")
    await ask(store, session, RED, BLUE)
    wanted = [large.sha256, BLUE.sha256]
    assert await store.load_pictures("ann", session.id, wanted) == {large.sha256: large, BLUE.sha256: BLUE}
    assert await store.load_pictures("ann", session.id, []) == {}


async def test_equal_pictures_are_stored_once(store: Store) -> None:
    for owner in ("ann", "bob"):
        session = await store.create_session(owner)
        await ask(store, session, RED, "and", RED)
        await ask(store, session, RED)
    assert await count_rows(store, "pictures") == 1
    assert await count_rows(store, "parts") == 8


async def test_pictures_of_other_sessions_are_not_found(store: Store) -> None:
    ann, bob = await store.create_session("ann"), await store.create_session("bob")
    await ask(store, ann, RED)
    with pytest.raises(PictureNotFound, match=RED.sha256):
        await store.load_pictures("bob", bob.id, [RED.sha256])
    with pytest.raises(SessionNotFound):
        await store.load_pictures("bob", ann.id, [RED.sha256])


async def test_deleting_a_session_deletes_the_pictures_that_no_other_shows(store: Store) -> None:
    ann, bob = await store.create_session("ann"), await store.create_session("bob")
    await ask(store, ann, RED, BLUE)
    await ask(store, bob, RED)
    await store.delete_session("ann", ann.id)
    assert await count_rows(store, "pictures") == 1
    assert await store.load_pictures("bob", bob.id, [RED.sha256]) == {RED.sha256: RED}
    await store.delete_session("bob", bob.id)
    assert await count_rows(store, "pictures") == 0


async def test_a_deleted_turn_leaves_no_picture(store: Store) -> None:
    session = await store.create_session("ann")
    await ask(store, session, RED)
    async with store.open_turn("ann", session.id, user_message(RED, BLUE)):
        pass
    assert await count_rows(store, "pictures") == 1


async def test_a_picture_that_is_being_stored_again_is_not_deleted(postgres_url: str) -> None:
    """Deleting its last session waits for the other transaction, and then checks again which sessions show it."""
    async with open_store(postgres_url) as one, open_store(postgres_url) as other:
        old, new = await one.create_session("ann"), await other.create_session("bob")
        await ask(one, old, RED)
        is_stored, may_commit = asyncio.Event(), asyncio.Event()

        async def begin_slowly(connection: AsyncConnection) -> None:
            await turns.begin(connection, "bob", new.id, "slow", [user_message(RED)], now_s=0, lease_s=10)
            is_stored.set()
            await may_commit.wait()

        storing = asyncio.create_task(other.database.write(begin_slowly))
        await is_stored.wait()
        deleting = asyncio.create_task(one.delete_session("ann", old.id))
        await asyncio.sleep(0.2)
        assert not deleting.done()
        may_commit.set()
        await asyncio.gather(storing, deleting)
        assert await one.load_pictures("bob", new.id, [RED.sha256]) == {RED.sha256: RED}


async def test_servers_that_store_and_delete_the_same_picture_do_not_collide(postgres_url: str) -> None:
    async with open_store(postgres_url) as one, open_store(postgres_url) as other:

        async def come_and_go(store: Store, number: int) -> None:
            for _ in range(10):
                session: Session = await store.create_session(f"owner {number}")
                await ask(store, session, BLUE, RED) if number % 2 else await ask(store, session, RED, BLUE)
                found = await store.load_pictures(session.owner, session.id, [RED.sha256, BLUE.sha256])
                assert len(found) == 2
                await store.delete_session(session.owner, session.id)

        await asyncio.gather(*(come_and_go((one, other)[number % 2], number) for number in range(8)))
        assert await count_rows(one, "pictures") == 0
