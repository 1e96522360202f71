"""Messages of webhooks are kept until they are delivered or given up, and claimed by one server at a time."""

import asyncio
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from server.store import deliveries
from server.store.delivery_records import DeliveryCounts, NewDelivery
from server.store.service_tables import webhook_deliveries
from server.store.store import Store, open_store
from tests.helpers.clock import LEASE_S, Clock
from tests.helpers.store_turns import count_rows

pytestmark = pytest.mark.anyio

CLAIM_S = 60.0


def message(number: int, **given: Any) -> NewDelivery:
    return NewDelivery(f"m{number}", "session.waiting", {"number": number, "data": {"session": f"s{number}"}}, **given)


async def claim(store: Store, limit: int = 10) -> list[tuple[str, int]]:
    return [(one.id, one.num_tries) for one in await store.deliveries.claim(CLAIM_S, limit)]


async def read_row(store: Store, delivery_id: str) -> Any:
    one = select(webhook_deliveries).where(webhook_deliveries.c.id == delivery_id)
    return (await store.database.read(lambda c: c.execute(one))).one()


async def test_a_message_is_claimed_with_what_it_tells(store: Store, clock: Clock) -> None:
    await store.deliveries.add(message(1))
    (claimed,) = await store.deliveries.claim(CLAIM_S, 10)
    assert (claimed.id, claimed.event, claimed.num_tries) == ("m1", "session.waiting", 0)
    assert claimed.payload == message(1).payload
    assert claimed.created_s < clock.now_s


async def test_the_same_message_is_stored_once(store: Store) -> None:
    for _ in range(2):
        await store.deliveries.add(message(1))
    assert await claim(store) == [("m1", 0)]


async def test_those_due_longest_come_first(store: Store) -> None:
    for number in range(5):
        await store.deliveries.add(message(number))
    assert await claim(store, 2) == [("m0", 0), ("m1", 0)]
    assert await claim(store) == [("m2", 0), ("m3", 0), ("m4", 0)]
    assert await claim(store) == []


async def test_a_claim_ends_by_itself_and_its_try_counts(store: Store, clock: Clock) -> None:
    await store.deliveries.add(message(1))
    assert await claim(store) == [("m1", 0)]
    clock.advance(CLAIM_S - 10)
    assert await claim(store) == []
    clock.advance(10)
    assert await claim(store) == [("m1", 1)]


async def test_a_message_that_is_held_waits(store: Store, clock: Clock) -> None:
    await store.deliveries.add(message(1, hold_s=100.0))
    assert await claim(store) == []
    clock.advance(100)
    assert await claim(store) == [("m1", 0)]


async def test_what_was_put_off_comes_again_and_what_ended_does_not(store: Store, clock: Clock) -> None:
    for number in range(3):
        await store.deliveries.add(message(number))
    await claim(store)
    await store.deliveries.put_off("m0", 500, "status 500")
    await store.deliveries.finish("m1")
    await store.deliveries.give_up("m2", "status 410")
    assert await store.deliveries.count() == DeliveryCounts(num_waiting=1, num_failed=1)
    clock.advance(2 * CLAIM_S)
    assert await claim(store) == []
    clock.advance(500)
    assert await claim(store) == [("m0", 1)]
    rows = [await read_row(store, f"m{number}") for number in range(3)]
    assert [row.is_delivered for row in rows] == [False, True, False]
    assert [row.error for row in rows] == ["status 500", None, "status 410"]


async def test_an_end_is_final(store: Store) -> None:
    await store.deliveries.add(message(1))
    await store.deliveries.finish("m1")
    await store.deliveries.put_off("m1", 0, "too late")
    await store.deliveries.give_up("m1", "too late")
    row = await read_row(store, "m1")
    assert (row.is_delivered, row.error) == (True, None)
    assert await claim(store) == []


async def test_it_is_stored_with_what_it_tells_or_not_at_all(store: Store) -> None:
    async def change(connection: AsyncConnection) -> None:
        await deliveries.add(connection, message(1), 1.0)
        raise RuntimeError("the change failed")

    with pytest.raises(RuntimeError, match="the change failed"):
        await store.database.write(change)
    assert await store.deliveries.count() == DeliveryCounts(0, 0)


async def test_beyond_the_limit_the_oldest_are_given_up(store: Store) -> None:
    async def add_all(connection: AsyncConnection) -> None:
        for number in range(5):
            await deliveries.add(connection, message(number), float(number), max_waiting=3)

    await store.database.write(add_all)
    assert await store.deliveries.count() == DeliveryCounts(num_waiting=3, num_failed=2)
    assert await claim(store) == [("m2", 0), ("m3", 0), ("m4", 0)]
    assert (await read_row(store, "m0")).error == deliveries.TOO_MANY


async def test_old_messages_go_and_those_that_wait_stay(store: Store, clock: Clock) -> None:
    for number in range(3):
        await store.deliveries.add(message(number))
    await store.deliveries.finish("m0")
    clock.advance(1000)
    await store.deliveries.finish("m1")
    assert await store.deliveries.expire(500) == 1
    assert await count_rows(store, "webhook_deliveries") == 2
    clock.advance(1000)
    assert await store.deliveries.expire(500) == 1
    assert [one for one, _ in await claim(store)] == ["m2"]


async def test_two_servers_never_claim_the_same(postgres_url: str) -> None:
    clock = Clock()
    async with open_store(postgres_url, LEASE_S, clock) as one, open_store(postgres_url, LEASE_S, clock) as other:
        for number in range(40):
            await one.deliveries.add(message(number))
        claimed = await asyncio.gather(*(claim(store, 5) for store in (one, other) * 8))
        found = [name for some in claimed for name, _ in some]
        assert sorted(found) == sorted({f"m{number}" for number in range(40)})
