"""Old sessions go, at the start and later, and nothing of it outlives the application."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from server.store.errors import DatabaseUnreachable
from server.store.expiry import Keeping, expiring
from server.store.store import Store, open_store
from tests.helpers.clock import Clock

pytestmark = pytest.mark.anyio


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def store(tmp_path: Path, clock: Clock) -> AsyncIterator[Store]:
    async with open_store(tmp_path / "sessions.db", clock=clock) as opened:
        yield opened


async def names(store: Store) -> list[str]:
    return [session.name for session in (await store.list("")).sessions]


async def left(store: Store, expected: list[str]) -> bool:
    for _ in range(2000):
        if await names(store) == expected:
            return True
        await asyncio.sleep(0.01)
    return False


async def test_the_old_go_at_once(store: Store, clock: Clock) -> None:
    await store.create("", "old")
    clock.advance(100)
    await store.create("", "new")
    async with expiring(store, Keeping(50)):
        assert await left(store, ["new"])


async def test_those_beyond_the_last_used_go(store: Store, clock: Clock) -> None:
    for name in "abc":
        await store.create("", name)
        clock.advance(1)
    async with expiring(store, Keeping(max_sessions=2)):
        assert await left(store, ["c", "b"])


async def test_old_answers_go_too(store: Store, clock: Clock) -> None:
    keys = [digit * 64 for digit in "abc"]
    for key in keys:
        await store.cache_answer("", key, "said")
        clock.advance(40)
    async with expiring(store, Keeping(max_answer_age_s=100, max_answers=1), every_s=0.01):
        while await store.cached_answer("", keys[1], 1e9):
            await asyncio.sleep(0.01)
    assert [await store.cached_answer("", key, 1e9) for key in keys] == [None, None, "said"]


async def test_old_runs_go_with_the_sessions(store: Store, clock: Clock) -> None:
    await store.save_run("", "old", b"{}")
    clock.advance(100)
    await store.save_run("", "new", b"{}")
    async with expiring(store, Keeping(50)):
        while len((await store.list_runs("")).runs) > 1:
            await asyncio.sleep(0.01)
    assert [run.title for run in (await store.list_runs("")).runs] == ["new"]


async def test_without_limits_all_stay(store: Store, clock: Clock) -> None:
    await store.create("", "old")
    await store.cache_answer("", "a" * 64, "said")
    await store.save_run("", "old", b"{}")
    clock.advance(1e9)
    async with expiring(store, Keeping(), every_s=0.001):
        await asyncio.sleep(0.05)
    assert await names(store) == ["old"]
    assert await store.cached_answer("", "a" * 64, 1e12) == "said"
    assert len((await store.list_runs("")).runs) == 1


async def test_it_goes_on_after_a_failure_and_ends_with_the_application(
    store: Store, clock: Clock, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    real, failures = store.expire, [DatabaseUnreachable("db", "it is gone")]

    async def expire(max_age_s: float, max_sessions: int) -> int:
        if failures:
            raise failures.pop()
        return await real(max_age_s, max_sessions)

    monkeypatch.setattr(store, "expire", expire)
    await store.create("", "old")
    clock.advance(100)
    async with expiring(store, Keeping(50), every_s=0.01):
        assert await left(store, [])
    assert not [task for task in asyncio.all_tasks() if "_expire" in repr(task.get_coro())]
    assert "it is gone" in caplog.text
