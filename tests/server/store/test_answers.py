"""Cached answers in both databases."""

import pytest

from server.store.store import Store
from tests.helpers.clock import Clock

pytestmark = pytest.mark.anyio

KEY, OTHER = "a" * 64, "b" * 64


async def test_an_answer_belongs_to_its_owner_and_key(store: Store) -> None:
    await store.cache_answer("shop", KEY, '{"text": "是\x00\ud83d"}')
    assert await store.find_cached_answer("shop", KEY, 10.0) == '{"text": "是\ufffd\ufffd"}'
    assert await store.find_cached_answer("else", KEY, 10.0) is None
    assert await store.find_cached_answer("shop", OTHER, 10.0) is None


async def test_a_newer_answer_replaces_an_older_one(store: Store, clock: Clock) -> None:
    await store.cache_answer("", KEY, "old")
    clock.advance(8)
    await store.cache_answer("", KEY, "new")
    clock.advance(8)
    assert await store.find_cached_answer("", KEY, 10.0) == "new"


async def test_an_old_answer_is_not_found(store: Store, clock: Clock) -> None:
    await store.cache_answer("", KEY, "old")
    clock.advance(11)
    assert await store.find_cached_answer("", KEY, 10.0) is None


async def test_answers_expire_by_age_and_by_number(store: Store, clock: Clock) -> None:
    for number in range(5):
        await store.cache_answer("", f"{number}" * 64, str(number))
        clock.advance(10)
    assert await store.count_cached_answers() == 5
    assert await store.expire_answers(45.0, 100) == 1
    assert await store.count_cached_answers() == 4
    assert await store.expire_answers(1000.0, 3) == 1
    assert await store.expire_answers(1000.0, 3) == 0
    left = [await store.find_cached_answer("", f"{number}" * 64, 1000.0) for number in range(5)]
    assert left == [None, None, "2", "3", "4"]
