"""Watchers are told at once in a server, and within a moment by others; streams are limited and cost nothing."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import ExitStack

import pytest

from server.errors import DeskStreamsFull
from server.handover.watching import MAX_CHANGED, SessionWatch, ShopWatch, Watchers
from server.store.service_records import Handover
from server.store.store import Store, open_store
from tests.helpers.handovers import ANN, give_to, make_session, wait_for_person

pytestmark = pytest.mark.anyio


def handover(session_id: str = "s", shop: str = "shop", version: int = 1, state: str = "person") -> Handover:
    return Handover(session_id, shop, shop, "plain", "en", state, "person", 0, 0, version=version)  # type: ignore[arg-type]


async def test_those_who_watch_a_session_or_its_shop_are_told(store: Store) -> None:
    watchers = Watchers(store, 10)
    mine, other = watchers.watch_session("s"), watchers.watch_session("t")
    shop, elsewhere, all_shops = (watchers.watch_shop(name) for name in ("shop", "else", None))
    watchers.tell(handover())
    assert (mine.is_silent, other.is_silent) == (True, False)
    assert [await each.wait(0) for each in (mine, other)] == [True, False]
    assert [await each.wait(0) for each in (shop, elsewhere, all_shops)] == [["s"], [], ["s"]]
    for watch in (mine, shop, mine):
        watchers.leave(watch)
    watchers.tell(handover(version=2))
    assert await mine.wait(0) is False
    assert await shop.wait(0) == []


async def test_an_older_state_never_replaces_a_newer_one() -> None:
    watch = SessionWatch("s")
    watch.tell(handover(version=3, state="bot"))
    watch.tell(handover(version=2))
    assert (watch.version, watch.is_silent) == (3, False)
    watch.note(None)
    assert watch.version == 0


@pytest.mark.parametrize("state", ["bot", "waiting", "person", "closed"])
async def test_in_which_states_the_model_is_silent(state: str) -> None:
    watch = SessionWatch("s")
    watch.tell(handover(state=state))
    assert watch.is_silent == (state in ("waiting", "person"))


async def test_a_slow_watcher_keeps_few_names() -> None:
    watch = ShopWatch("shop")
    for number in range(10 * MAX_CHANGED):
        watch.tell(handover(str(number)))
    assert await watch.wait(0) is None
    watch.tell(handover("a"))
    watch.tell(handover("a", version=2))
    assert await watch.wait(0) == ["a"]


async def test_streams_are_limited_in_all_and_for_each(store: Store) -> None:
    watchers = Watchers(store, 3)
    with watchers.hold_stream("a", 1), watchers.hold_stream("b", 5), watchers.hold_stream("b", 5):
        with pytest.raises(DeskStreamsFull, match="the limit is 1"), watchers.hold_stream("a", 1):
            pass
        with pytest.raises(DeskStreamsFull, match="the limit is 3"), watchers.hold_stream("c"):
            pass
    with watchers.hold_stream("a", 1):
        pass


async def test_customers_leave_streams_to_the_desk(store: Store) -> None:
    watchers, held = Watchers(store, 8), ExitStack()
    for number in range(6):
        held.enter_context(watchers.hold_stream(f"customer {number}", 4))
    with pytest.raises(DeskStreamsFull, match="the limit is 6"), watchers.hold_stream("another customer", 4):
        pass
    for _ in range(2):
        held.enter_context(watchers.hold_stream("person"))
    with pytest.raises(DeskStreamsFull, match="the limit is 8"), watchers.hold_stream("person"):
        pass
    held.close()


async def test_nothing_is_polled_where_no_other_server_can_be(sqlite_url: str) -> None:
    async with open_store(sqlite_url) as store:
        ref = await make_session(store)
        watchers = Watchers(store, 3)
        watch = watchers.watch_session(ref.id)
        await wait_for_person(store, ref)
        await watchers.poll()
        assert watch.handover is None


@pytest.fixture
async def both(postgres_url: str) -> AsyncIterator[tuple[Store, Store]]:
    async with open_store(postgres_url) as one, open_store(postgres_url) as other:
        yield one, other


async def test_changes_of_another_server_are_found(both: tuple[Store, Store]) -> None:
    here, there = both
    ref = await make_session(there)
    watchers = Watchers(here, 3)
    session, shop, elsewhere = watchers.watch_session(ref.id), watchers.watch_shop("shop"), watchers.watch_shop("x")
    await watchers.poll()
    assert (await session.wait(0), await shop.wait(0)) == (False, [])
    await wait_for_person(there, ref)
    await give_to(there, ref, ANN)
    await watchers.poll()
    assert (await session.wait(0), await shop.wait(0), await elsewhere.wait(0)) == (True, [ref.id], [])
    assert session.is_silent
    await watchers.poll()
    assert (await session.wait(0), await shop.wait(0)) == (False, [])
    await there.delete_session(ref.owner, ref.id)
    await watchers.poll()
    assert (await session.wait(0), session.is_silent) == (True, False)


async def test_waiting_ends_with_a_change() -> None:
    watch = SessionWatch("s")
    waiting = asyncio.create_task(watch.wait())
    await asyncio.sleep(0)
    watch.tell(handover())
    assert await waiting is True
