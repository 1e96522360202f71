"""Calls that change data, in both databases: each is begun at most once, by its owner, in time."""

import asyncio
import math
from typing import Any

import pytest

from server.store.actions import ActionFilter
from server.store.audit import AuditFilter
from server.store.errors import ActionNotFound, BadCursor, SessionNotFound
from server.store.service_records import Action, ActionState, SessionRef
from server.store.store import Store, open_store
from tests.helpers.actions import ARGUMENTS, TOOL, WAIT_S, make_customer, open_session, propose
from tests.helpers.clock import Clock

pytestmark = pytest.mark.anyio

ANN, BOB = make_customer("ann"), make_customer("bob")
LEASE = 30.0


async def list_states(store: Store, **wanted: Any) -> list[ActionState]:
    return [action.state for action in (await store.actions.list_page(ActionFilter(**wanted), 200)).actions]


async def list_events(store: Store, action: Action) -> list[tuple[str, str]]:
    """Return the events of a call and who they are by, the oldest first."""
    entries = (await store.actions.list_audit(AuditFilter(session_id=action.session_id), 200)).entries
    return [(each.entry.event, each.entry.by) for each in reversed(entries) if each.entry.action_id == action.id]


async def begin(store: Store, action: Action, owner: str = ANN.owner) -> Action | None:
    return await store.actions.begin(owner, action.id, "ann", LEASE)


async def test_a_call_waits_with_all_that_the_customer_is_shown(store: Store, clock: Clock) -> None:
    session = await open_session(store, ANN, "zh")
    before_s = clock.now_s
    action = await propose(store, session)
    assert (action.tool, action.arguments, action.state) == (TOOL, ARGUMENTS, "pending")
    assert (action.owner, action.shop, action.session_id, action.language) == (ANN.owner, "shop", session.id, "zh")
    assert before_s < action.created_s <= clock.now_s
    assert action.expires_s - action.created_s == WAIT_S
    assert await store.actions.get(ANN.owner, action.id) == action
    assert await store.actions.find_pending(session.id) == action
    assert await list_events(store, action) == [("asked", "model")]


async def test_a_session_has_one_that_waits(store: Store) -> None:
    session = await open_session(store, ANN)
    old, new = await propose(store, session), await propose(store, session)
    assert await store.actions.find_pending(session.id) == new
    assert (await store.actions.get(ANN.owner, old.id)).state == "declined"
    assert await list_events(store, old) == [("asked", "model"), ("declined", "model")]
    assert await begin(store, old) is None


async def test_many_at_once_leave_one_that_waits(store: Store) -> None:
    session = await open_session(store, ANN)
    await asyncio.gather(*(propose(store, session) for _ in range(10)))
    assert sorted(await list_states(store, session_id=session.id)) == ["declined"] * 9 + ["pending"]


async def test_of_many_that_begin_it_one_does(store: Store) -> None:
    action = await propose(store, await open_session(store, ANN))
    begun = await asyncio.gather(*(begin(store, action) for _ in range(20)))
    (only,) = [each for each in begun if each is not None]
    assert (only.id, only.state) == (action.id, "running")
    assert await list_events(store, action) == [("asked", "model"), ("confirmed", "ann")]


async def test_two_servers_of_one_database_begin_it_once(postgres_url: str, clock: Clock) -> None:
    async with open_store(postgres_url, clock=clock) as one, open_store(postgres_url, clock=clock) as other:
        for _ in range(10):
            action = await propose(one, await open_session(one, ANN))
            tries = [begin(server, action) for server in (one, other) for _ in range(5)]
            assert sum(each is not None for each in await asyncio.gather(*tries)) == 1


async def test_nobody_else_sees_or_answers_it(store: Store) -> None:
    action = await propose(store, await open_session(store, ANN))
    for owner in (BOB.owner, "shop", "", "\0", ANN.owner + "x"):
        with pytest.raises(ActionNotFound):
            await store.actions.get(owner, action.id)
        assert await begin(store, action, owner) is None
        assert await store.actions.decline(owner, action.id, "eve") is None
        assert await list_states(store, owner=owner) == []
    assert (await store.actions.get(ANN.owner, action.id)) == action
    assert await list_events(store, action) == [("asked", "model")]


@pytest.mark.parametrize("action_id", ["", "x", "\0", "'; DROP TABLE actions; --", "a" * 32, "\ud800", "字" * 5000])
async def test_what_is_not_there_is_not_found(store: Store, action_id: str) -> None:
    with pytest.raises(ActionNotFound):
        await store.actions.get(ANN.owner, action_id)
    assert await store.actions.begin(ANN.owner, action_id, "ann", LEASE) is None
    assert await store.actions.end(action_id, "done") is None


async def test_a_session_of_somebody_else_takes_none(store: Store) -> None:
    session = await open_session(store, ANN)
    with pytest.raises(SessionNotFound):
        await propose(store, SessionRef(session.id, BOB.owner, "shop", "plain", "en"))
    assert await store.actions.find_pending(session.id) is None


async def test_its_time_is_over(store: Store, clock: Clock) -> None:
    action = await propose(store, await open_session(store, ANN), wait_s=50)
    clock.advance(60)
    assert await begin(store, action) is None
    assert (await store.actions.get(ANN.owner, action.id)).state == "expired"
    assert await list_events(store, action) == [("asked", "model"), ("expired", "server")]
    assert await store.actions.expire_due() == 0


async def test_all_whose_time_is_over_end(store: Store, clock: Clock) -> None:
    old = [await propose(store, await open_session(store, ANN), wait_s=50) for _ in range(3)]
    clock.advance(60)
    new = await propose(store, await open_session(store, ANN))
    assert await store.actions.expire_due() == len(old)
    assert await list_states(store, owner=ANN.owner, state="pending") == ["pending"]
    assert (await store.actions.get(ANN.owner, new.id)).state == "pending"
    assert await list_events(store, old[0]) == [("asked", "model"), ("expired", "server")]


@pytest.mark.parametrize("state", ["done", "failed", "unknown"])
async def test_an_end_is_stored_once(store: Store, state: ActionState) -> None:
    action = await propose(store, await open_session(store, ANN))
    assert await store.actions.end(action.id, state) is None, "it was never begun"
    await begin(store, action)
    ended = await store.actions.end(action.id, state, {"number": 7}, "so")
    assert ended is not None
    assert (ended.state, ended.result, ended.error) == (state, {"number": 7}, "so")
    assert await store.actions.get(ANN.owner, action.id) == ended
    assert await store.actions.end(action.id, "unknown") is None
    assert (await list_events(store, action))[2:] == [(state, "server")]


async def test_an_unknown_end_may_become_known_and_no_other(store: Store) -> None:
    action = await propose(store, await open_session(store, ANN))
    await begin(store, action)
    await store.actions.end(action.id, "unknown", error="lost")
    known = await store.actions.end(action.id, "done", 1)
    assert known is not None
    assert (known.state, known.error) == ("done", None)
    assert await store.actions.end(action.id, "failed") is None
    assert [event for event, _ in await list_events(store, action)] == ["asked", "confirmed", "unknown", "done"]


async def test_one_that_is_declined_never_begins(store: Store) -> None:
    action = await propose(store, await open_session(store, ANN))
    declined = await store.actions.decline(ANN.owner, action.id, "ann")
    assert declined is not None
    assert declined.state == "declined"
    assert await begin(store, action) is None
    assert await store.actions.decline(ANN.owner, action.id, "ann") is None


async def test_yes_and_no_at_once_have_one_winner(store: Store) -> None:
    for _ in range(10):
        action = await propose(store, await open_session(store, ANN))
        begun, declined = await asyncio.gather(begin(store, action), store.actions.decline(ANN.owner, action.id, "ann"))
        assert (begun is None) != (declined is None)


async def test_those_whose_server_died_are_found(store: Store, clock: Clock) -> None:
    action = await propose(store, await open_session(store, ANN))
    assert await store.actions.list_lost() == []
    await begin(store, action)
    found = [each.id for each in await store.actions.list_lost()]
    assert found == ([action.id] if store.database.is_exclusive else []), "an SQLite file has no other server"
    clock.advance(LEASE + 1)
    assert [each.id for each in await store.actions.list_lost()] == [action.id]
    await store.actions.end(action.id, "unknown")
    assert await store.actions.list_lost() == []


async def test_pages_show_each_once_and_filters_hold(store: Store) -> None:
    first, second = await open_session(store, ANN), await open_session(store, ANN)
    for number in range(7):
        await propose(store, first if number % 2 else second)
    shown: list[Action] = []
    cursor = None
    while True:
        page = await store.actions.list_page(ActionFilter(owner=ANN.owner), 3, cursor)
        shown += page.actions
        if (cursor := page.next_cursor) is None:
            break
    assert len({action.id for action in shown}) == 7
    assert [each.created_s for each in shown] == sorted((each.created_s for each in shown), reverse=True)
    assert len(await list_states(store, session_id=first.id)) == 3
    assert len(await list_states(store, shop="shop")) == 7
    assert len(await list_states(store, shop="other")) == 0
    with pytest.raises(BadCursor):
        await store.actions.list_page(ActionFilter(), 3, "nonsense")


async def test_what_goes_with_its_session_stays_in_the_log(store: Store) -> None:
    session = await open_session(store, ANN)
    action = await propose(store, session)
    await store.delete_session(ANN.owner, session.id)
    with pytest.raises(ActionNotFound):
        await store.actions.get(ANN.owner, action.id)
    assert await begin(store, action) is None
    assert await list_states(store) == []
    assert await store.actions.expire_due() == 1
    assert await store.actions.expire(math.inf) == 1
    assert await list_events(store, action) == [("asked", "model"), ("expired", "server")]


async def test_ended_ones_are_kept_for_a_time(store: Store, clock: Clock) -> None:
    old = await propose(store, await open_session(store, ANN))
    await store.actions.decline(ANN.owner, old.id, "ann")
    clock.advance(100)
    waiting = await propose(store, await open_session(store, ANN))
    assert await store.actions.expire(math.inf) == 0
    assert await store.actions.expire(50) == 1
    assert [each.id for each in (await store.actions.list_page(ActionFilter())).actions] == [waiting.id]


@pytest.mark.parametrize(
    ("given", "stored"),
    [
        ({"a": float("nan"), "b": [float("inf"), 1.5]}, {"a": None, "b": [None, 1.5]}),
        ({"x": "a\0b \ud800 \u202e"}, {"x": "a\0b \ufffd \u202e"}),
        ({"n": 10**30, "m": -(2**63) + 1}, {"n": str(10**30), "m": -(2**63) + 1}),
        ({"s": {1: ("t", None, True)}}, {"s": {"1": ["t", None, True]}}),
    ],
)
async def test_any_value_is_stored(store: Store, given: Any, stored: Any) -> None:
    session = await open_session(store, ANN)
    action = await store.actions.propose(session, "a\0b", given, "model", WAIT_S)
    assert (await store.actions.get(ANN.owner, action.id)).arguments == stored
    await begin(store, action)
    await store.actions.end(action.id, "done", given, "a\0\ud800")
    assert (await store.actions.get(ANN.owner, action.id)).result == stored
