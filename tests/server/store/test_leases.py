"""Leases of turns, and what happens to turns whose lease is over."""

import asyncio
import logging

import pytest

from server.store.database import open_database
from server.store.errors import DatabaseUnreachable
from server.store.leases import NUM_RENEWALS, Leases
from server.store.records import StoredUsage
from server.store.store import LEASE_S as LEASE_S_BY_DEFAULT
from server.store.store import Store, open_store
from tests.helpers.clock import LEASE_S, Clock
from tests.helpers.store_turns import RED, ask, count_rows, list_answers, save_and_wait, user_message

pytestmark = pytest.mark.anyio

FEW = StoredUsage(5, 0, 1)


async def leave_pending(store: Store, owner: str, session_id: str, answer: str) -> None:
    """Leave a pending turn as a server does that is killed while it answers."""
    turn = store.open_turn(owner, session_id, user_message(RED, "hello"))
    await turn.__aenter__()
    if answer:
        await save_and_wait(store, turn, answer)
    store._leases.release(turn.id)


async def test_the_next_start_aborts_turns_of_a_dead_server(url: str, clock: Clock) -> None:
    async with open_store(url, LEASE_S, clock) as store:
        session, silent = await store.create_session("ann"), await store.create_session("ann")
        await ask(store, session, "before")
        await leave_pending(store, "ann", session.id, "It is")
        await leave_pending(store, "ann", silent.id, "")
    clock.advance(LEASE_S)
    async with open_store(url, LEASE_S, clock) as store:
        assert await list_answers(store, session) == [("yes", "stop"), ("It is", "abort")]
        assert await list_answers(store, silent) == [("", "abort")]
        async with store.open_turn("ann", silent.id, user_message("again")) as turn:
            assert turn.history == (), "what was not answered does not go into a prompt"
            await turn.finish("yes", "stop", FEW)


async def test_on_sqlite_pending_turns_are_aborted_without_waiting(sqlite_url: str, clock: Clock) -> None:
    async with open_store(sqlite_url, LEASE_S, clock) as store:
        session = await store.create_session("ann")
        await leave_pending(store, "ann", session.id, "It is")
    async with open_store(sqlite_url, LEASE_S, clock) as store:
        assert await list_answers(store, session) == [("It is", "abort")]


async def test_a_start_does_not_abort_turns_of_other_servers(postgres_url: str, clock: Clock) -> None:
    async with open_store(postgres_url, LEASE_S, clock) as one:
        session = await one.create_session("ann")
        async with one.open_turn("ann", session.id, user_message("hello")) as turn:
            async with open_store(postgres_url, LEASE_S, clock):
                pass
            assert await count_rows(one, "turns WHERE finish_reason IS NULL") == 1
            await turn.finish("yes", "stop", FEW)


async def test_leases_are_renewed_while_a_turn_runs(store: Store, clock: Clock) -> None:
    session = await store.create_session("ann")
    async with store.open_turn("ann", session.id, user_message("hello")) as turn:
        for _ in range(5):
            clock.advance(LEASE_S / 2)
            await store._leases.renew()
        assert await count_rows(store, "turns WHERE finish_reason IS NULL") == 1
        await turn.finish("yes", "stop", FEW)


async def test_the_next_turn_takes_over_when_the_lease_is_over(store: Store, clock: Clock) -> None:
    session = await store.create_session("ann")
    await leave_pending(store, "ann", session.id, "It is")
    store._locks.clear()  # as in another server
    waiting = asyncio.create_task(ask(store, session, "next"))
    await asyncio.sleep(0.2)
    assert not waiting.done()
    clock.advance(LEASE_S)
    await asyncio.wait_for(waiting, timeout=30)
    assert await list_answers(store, session) == [("It is", "abort"), ("yes", "stop")]


async def test_waiting_for_a_turn_of_another_server_can_be_cancelled(store: Store) -> None:
    session = await store.create_session("ann")
    await leave_pending(store, "ann", session.id, "It is")
    store._locks.clear()
    waiting = asyncio.create_task(ask(store, session, "next"))
    await asyncio.sleep(0.1)
    waiting.cancel()
    await asyncio.wait([waiting])
    assert await count_rows(store, "turns") == 1


async def test_an_answer_that_comes_after_its_lease_is_not_lost(store: Store, clock: Clock) -> None:
    session = await store.create_session("ann")
    async with store.open_turn("ann", session.id, user_message("hello")) as turn:
        await save_and_wait(store, turn, "It")
        store._leases.release(turn.id)
        clock.advance(2 * LEASE_S)
        await store._leases.renew()
        assert await list_answers(store, session) == [("It", "abort")]
        await turn.finish("It is red", "stop", FEW)
    assert await list_answers(store, session) == [("It is red", "stop")]


async def test_renewing_goes_on_after_an_error_of_the_database(
    url: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    database = await open_database(url)
    leases = Leases(database, 0.03, Clock())
    await leases.start()
    attempts = []

    async def fail(work: object) -> None:
        attempts.append(work)
        raise DatabaseUnreachable("here", "it is gone")

    monkeypatch.setattr(database, "write_at_once", fail)
    with caplog.at_level(logging.WARNING, "server"):
        async with asyncio.timeout(30):
            while len(attempts) < 3:
                await asyncio.sleep(0.01)
    assert "it is gone" in caplog.text
    await leases.stop()
    await database.close()


async def test_renewing_does_not_wait_for_a_connection(postgres_url: str) -> None:
    """Else a server whose connections are all busy would lose the turns that it is answering."""
    async with open_store(postgres_url) as store:
        may_end = asyncio.Event()
        busy = [asyncio.create_task(store.database.write(lambda _: may_end.wait())) for _ in range(20)]
        await asyncio.sleep(0.1)
        await asyncio.wait_for(store._leases.renew(), timeout=20)
        may_end.set()
        await asyncio.gather(*busy)


async def test_a_turn_that_loses_its_lease_says_so_and_is_stored_once(
    store: Store, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    session = await store.create_session("ann")
    async with store.open_turn("ann", session.id, user_message("hello")) as turn:
        store._leases.release(turn.id)
        clock.advance(2 * LEASE_S)
        store._locks.clear()  # as in another server
        await ask(store, session, "next")
        await turn.finish("late", "stop", FEW)
    assert await list_answers(store, session) == [("late", "stop"), ("yes", "stop")]
    assert "had lost its lease" in caplog.text


def test_a_loop_that_stands_still_for_two_seconds_loses_no_lease() -> None:
    assert LEASE_S_BY_DEFAULT <= 5
    assert LEASE_S_BY_DEFAULT / NUM_RENEWALS + 2 < LEASE_S_BY_DEFAULT
