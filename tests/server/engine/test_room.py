"""A full server still has room for owners that hold little."""

import asyncio
from collections import Counter

import pytest

from server.engine.async_engine import AsyncEngine, RequestLimits
from server.engine.room import has_room
from server.errors import QueueFull
from tests.helpers.fakes import FakeChatModel


def fill(held: Counter[str], owner: str, max_requests: int) -> int:
    """Admit requests of an owner until one is refused, and return how many were."""
    count = 0
    while has_room(held, owner, max_requests):
        held[owner] += 1
        count += 1
    return count


@pytest.mark.parametrize("max_requests", [1, 2, 7, 8, 256])
def test_an_owner_alone_may_use_all_of_it(max_requests: int) -> None:
    assert fill(Counter(), "a", max_requests) == max_requests
    assert fill(Counter(), "", max_requests) == max_requests


def test_the_next_owners_find_less_and_less() -> None:
    held = Counter({"a": 256})
    assert [fill(held, owner, 256) for owner in "bcdefgh"] == [16, 8, 4, 2, 1, 1, 0]
    assert held.total() == 288
    assert not has_room(held, "a", 256)


def test_one_place_is_kept_even_in_a_small_server() -> None:
    held = Counter({"a": 2})
    assert [fill(held, owner, 2) for owner in "bc"] == [1, 0]


def test_who_has_its_share_gets_nothing_of_the_reserve() -> None:
    held = Counter({"a": 128, "b": 128})
    assert not has_room(held, "a", 256)
    assert not has_room(held, "b", 256)
    assert has_room(held, "c", 256)
    held["a"] -= 1
    assert has_room(held, "b", 256), "it is not full"


@pytest.mark.anyio
async def test_a_full_engine_admits_another_owner() -> None:
    engine = AsyncEngine(FakeChatModel(delay_s=0.01), {}, RequestLimits(max_requests=8))
    dialogue = await engine.prepare([{"role": "user", "content": ["slow"]}])
    streams = [engine.submit(dialogue, owner="hog") for _ in range(8)]
    with pytest.raises(QueueFull):
        engine.submit(dialogue, owner="hog")
    with pytest.raises(QueueFull):
        engine.check_room("hog")
    engine.check_room("late")
    streams.append(engine.submit(dialogue, owner="late"))
    for refused in ("late", "third"):
        with pytest.raises(QueueFull):
            engine.submit(dialogue, owner=refused)

    async def read(index: int) -> str:
        return "".join([delta.text async for delta in streams[index]])

    assert await asyncio.gather(*map(read, range(9))) == ["0/1: slow"] * 9
    await engine.close()
