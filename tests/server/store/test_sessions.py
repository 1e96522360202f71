"""Sessions by owner and name, their pages, and their deletion."""

import asyncio

import pytest
from sqlalchemy.ext.asyncio import AsyncConnection

from server.store import deletion, sessions, turns
from server.store.errors import BadCursor, NameTaken, NameTooLong, SessionNotFound
from server.store.records import Session
from server.store.store import Store
from tests.helpers.clock import LEASE_S, Clock
from tests.helpers.store_turns import BLUE, RED, ask, count_rows, user_message

pytestmark = pytest.mark.anyio

FOREVER = 1e9


async def names(store: Store, owner: str = "ann") -> list[str]:
    return [session.name for session in (await store.list_sessions(owner, 100)).sessions]


async def test_a_session_is_found_by_id_and_by_name(store: Store) -> None:
    created = await store.create_session("ann", "desk 1", {"system": "你好", "depth": [1, {"a": None}]})
    assert created == Session(created.id, "ann", "desk 1", created.options, created.created_s, created.updated_s, 0)
    assert created.options == {"system": "你好", "depth": [1, {"a": None}]}
    assert created.created_s == created.updated_s
    assert await store.get_session("ann", created.id) == created
    assert await store.get_session_by_name("ann", "desk 1") == created


async def test_names_belong_to_owners(store: Store) -> None:
    mine = await store.create_session("ann", "desk")
    with pytest.raises(NameTaken):
        await store.create_session("ann", "desk")
    theirs = await store.create_session("", "desk")
    assert mine.id != theirs.id
    unnamed = await store.create_session("ann")
    assert unnamed.name == unnamed.id


async def test_names_have_a_limit_that_both_databases_can_index(store: Store) -> None:
    longest = "\U0001f600" * 200
    assert (await store.create_session(longest, longest)).name == longest
    for owner, name in (("o" * 201, "n"), ("o", "n" * 201)):
        with pytest.raises(NameTooLong, match="201"):
            await store.create_session(owner, name)


async def test_sessions_of_other_owners_are_not_found(store: Store) -> None:
    session = await store.create_session("ann", "desk")
    for attempt in (
        store.get_session("bob", session.id),
        store.get_session_by_name("bob", "desk"),
        store.list_turns("bob", session.id),
        store.export_session("bob", session.id),
        store.delete_session("bob", session.id),
        store.change_options("bob", session.id, {}),
        store.give_feedback("bob", session.id, "up"),
        ask(store, Session(session.id, "bob", "", {}, 0, 0, 0), "hello"),
        store.get_session("ann", "no such id"),
    ):
        with pytest.raises(SessionNotFound):
            await attempt
    assert await store.get_session("ann", session.id) == session


async def test_options_can_be_changed(store: Store) -> None:
    session = await store.create_session("ann", options={"a": 1})
    await store.change_options("ann", session.id, {"b": [2]})
    assert (await store.get_session("ann", session.id)).options == {"a": 1, "b": [2]}
    await store.change_options("ann", session.id, {"a": None, "b": 3, "c": None})
    assert (await store.get_session("ann", session.id)).options == {"b": 3}


async def test_changes_at_the_same_time_are_all_kept(store: Store) -> None:
    session = await store.create_session("ann")
    changes = [store.change_options("ann", session.id, {f"option {number}": number}) for number in range(8)]
    await asyncio.gather(*changes)
    assert len((await store.get_session("ann", session.id)).options) == 8


async def found(store: Store, search: str, owner: str = "ann") -> list[str]:
    return [session.name for session in (await store.list_sessions(owner, search=search)).sessions]


async def test_sessions_are_found_by_their_texts(store: Store) -> None:
    shoes = await store.create_session("ann", "shoes")
    await store.create_session("ann", "hat", {"title": "Late_parcel 晚到"})
    await store.create_session("bob", "shoes")
    await ask(store, shoes, RED, "Is it 100% wool?", answer="It is cotton.")
    assert await found(store, "HAT") == ["hat"]
    assert await found(store, "late_p") == await found(store, "晚到") == ["hat"]
    assert await found(store, "100% w") == await found(store, "COTTON") == ["shoes"]
    assert await found(store, "late-p") == await found(store, "nothing") == []
    assert await found(store, "_") == ["hat"]
    assert await found(store, "%") == ["shoes"]
    assert set(await found(store, "")) == {"shoes", "hat"}


async def test_pages_hold_every_session_once_last_used_first(store: Store) -> None:
    created = [await store.create_session("ann", f"desk {number}") for number in range(5)]
    await store.create_session("bob", "not ann's")
    await ask(store, created[1], "hello")
    pages, cursor = [], None
    while True:
        page = await store.list_sessions("ann", 2, cursor)
        pages.append([session.name for session in page.sessions])
        cursor = page.next_cursor
        if cursor is None:
            break
    assert pages == [["desk 1", "desk 4"], ["desk 3", "desk 2"], ["desk 0"]]
    assert [session.num_turns for session in (await store.list_sessions("ann", 2)).sessions] == [1, 0]


async def test_a_full_last_page_has_no_next_cursor(store: Store) -> None:
    for _ in range(2):
        await store.create_session("ann")
    assert (await store.list_sessions("ann", 2)).next_cursor is None
    assert (await store.list_sessions("nobody")).sessions == ()


async def test_sessions_of_one_moment_are_on_some_page(store: Store, clock: Clock) -> None:
    for number in range(4):
        clock.now_s = 5_000_000.123
        await store.create_session("ann", f"desk {number}")
    first = await store.list_sessions("ann", 3)
    second = await store.list_sessions("ann", 3, first.next_cursor)
    assert {session.name for session in (*first.sessions, *second.sessions)} == {f"desk {n}" for n in range(4)}
    assert len(second.sessions) == 1


@pytest.mark.parametrize("cursor", ["", "x-y", "'; DROP TABLE sessions"])
async def test_an_invalid_cursor_is_refused(store: Store, cursor: str) -> None:
    with pytest.raises(BadCursor):
        await store.list_sessions("ann", 2, cursor)


async def test_deleting_a_session_deletes_its_turns_and_frees_its_name(store: Store) -> None:
    session = await store.create_session("ann", "desk")
    await ask(store, session, RED, "what is it")
    await store.delete_session("ann", session.id)
    for table in ("sessions", "turns", "messages", "parts", "pictures"):
        assert await count_rows(store, table) == 0, table
    with pytest.raises(SessionNotFound):
        await store.delete_session("ann", session.id)
    await store.create_session("ann", "desk")


async def test_sessions_expire_by_age_since_they_were_used(store: Store, clock: Clock) -> None:
    old, used, _new = [await store.create_session("ann", name) for name in ("old", "used", "new")]
    await ask(store, old, RED)
    clock.advance(1000)
    await ask(store, used, BLUE)
    await store.create_session("bob", "fresh")
    clock.advance(10)
    assert await store.expire_sessions(500, 100) == 2
    assert await names(store) == ["used"]
    assert await names(store, "bob") == ["fresh"]
    assert await count_rows(store, "pictures") == 1
    assert await store.expire_sessions(500, 100) == 0


async def test_each_owners_sessions_beyond_a_number_expire(store: Store) -> None:
    for owner, number in (("ann", 5), ("bob", 2), ("", 3)):
        for i in range(number):
            await store.create_session(owner, f"desk {i}")
    assert await store.expire_sessions(FOREVER, 2) == 4
    assert await names(store) == ["desk 4", "desk 3"]
    assert await names(store, "bob") == ["desk 1", "desk 0"]
    assert await names(store, "") == ["desk 2", "desk 1"]


async def test_more_than_one_batch_expires(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deletion, "BATCH", 3)
    for _ in range(8):
        await store.create_session("ann")
    assert await store.expire_sessions(FOREVER, 1) == 7


async def test_a_session_with_a_turn_under_way_does_not_expire(store: Store, clock: Clock) -> None:
    busy = await store.create_session("ann", "busy")
    async with store.open_turn("ann", busy.id, user_message("hello")):
        clock.advance(1000)
        await store.create_session("ann", "newer")
        assert await store.expire_sessions(10, 1) == 0
        assert await names(store) == ["newer", "busy"]


async def test_sessions_without_any_turn_go_after_a_while(
    store: Store, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deletion, "BATCH", 2)
    used, busy = await store.create_session("ann", "used"), await store.create_session("ann", "busy")
    await ask(store, used, RED)
    for number in range(5):
        await store.create_session("ann", f"empty {number}", {"title": "renamed"})
    async with store.open_turn("ann", busy.id, user_message("hello")):
        clock.advance(1000)
        await store.create_session("ann", "new")
        assert await store.expire_empty_sessions(500) == 5
        assert await names(store) == ["new", "busy", "used"]
        assert await store.expire_empty_sessions(500) == 0


async def test_a_session_that_gets_its_turn_at_that_moment_stays(url: str, store: Store, clock: Clock) -> None:
    """Renamed and asked in, while the sweep has already found it empty."""
    session = await store.create_session("ann", "desk")
    clock.advance(1000)
    has_locked, sweeping = asyncio.Event(), asyncio.Event()

    async def begin(connection: AsyncConnection) -> None:
        await sessions.lock(connection, "ann", session.id)
        has_locked.set()
        if url.startswith("postgresql"):  # SQLite has one writer at a time
            await sweeping.wait()
            await asyncio.sleep(0.3)
        await turns.begin(connection, "ann", session.id, "t", [user_message("hello")], clock(), clock() + LEASE_S)

    asking = asyncio.create_task(store.database.write(begin))
    await has_locked.wait()
    sweep = asyncio.create_task(store.expire_empty_sessions(500))
    await asyncio.sleep(0.1)
    sweeping.set()
    await asking
    assert await sweep == 0
    assert await names(store) == ["desk"]


async def test_all_sessions_of_one_owner_are_deleted(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deletion, "BATCH", 2)
    for _ in range(5):
        await ask(store, await store.create_session("ann"), RED, "look")
    kept = await store.create_session("bob")
    await ask(store, kept, BLUE, "look")
    assert await store.delete_all_sessions("ann") == 5
    assert await store.delete_all_sessions("ann") == 0
    assert (await store.list_sessions("ann")).sessions == ()
    assert (await store.list_sessions("bob")).sessions[0].id == kept.id
    assert await count_rows(store, "pictures") == 1
