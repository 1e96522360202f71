"""Tokens spent, by key and day."""

import asyncio

import pytest

from server.store.store import Store, open_store

pytestmark = pytest.mark.anyio


async def test_nothing_is_spent_at_first(store: Store) -> None:
    assert await store.get_spent_tokens("ann", 20_000) == 0


async def test_tokens_add_up_by_key_and_day(store: Store) -> None:
    for key_name, day, num_tokens in (("ann", 1, 5), ("ann", 1, 6), ("ann", 2, 7), ("bob", 1, 8)):
        await store.spend_tokens(key_name, day, num_tokens)
    assert [await store.get_spent_tokens(*of) for of in (("ann", 1), ("ann", 2), ("bob", 1), ("bob", 2))] == [
        11,
        7,
        8,
        0,
    ]
    assert [await store.list_spent_tokens(day) for day in (1, 2, 3)] == [{"ann": 11, "bob": 8}, {"ann": 7}, {}]


async def test_tokens_spent_at_the_same_time_are_all_counted(store: Store) -> None:
    await asyncio.gather(*(store.spend_tokens("ann", 1, 3) for _ in range(40)))
    assert await store.get_spent_tokens("ann", 1) == 120


async def test_servers_that_share_a_database_add_to_the_same_sum(postgres_url: str) -> None:
    async with open_store(postgres_url) as one, open_store(postgres_url) as two:
        await asyncio.gather(*(store.spend_tokens("ann", 1, 1) for store in (one, two) for _ in range(20)))
        assert await one.get_spent_tokens("ann", 1) == await two.get_spent_tokens("ann", 1) == 40


async def test_sums_over_32_bits_are_kept(store: Store) -> None:
    for _ in range(2):
        await store.spend_tokens("ann", 1, 2**40)
    assert await store.get_spent_tokens("ann", 1) == 2**41
