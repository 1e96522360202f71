import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

import pytest

from server.engine.fair_budget import BudgetExceeded, BudgetTimeout, FairBudget, Lease

Result = TypeVar("Result")


def run(coroutine: Coroutine[Any, Any, Result]) -> Result:
    return asyncio.run(coroutine)


async def settle() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


def test_what_fits_is_granted_at_once_and_comes_back() -> None:
    async def use() -> tuple[int, int]:
        budget = FairBudget(10)
        with await budget.acquire(7):
            inside = budget.num_free
        return inside, budget.num_free

    assert run(use()) == (3, 10)


def test_releasing_twice_gives_back_once() -> None:
    async def use() -> int:
        budget = FairBudget(10)
        lease = await budget.acquire(4)
        lease.release()
        lease.release()
        return budget.num_free

    assert run(use()) == 10


def test_a_lease_shrinks_and_never_grows() -> None:
    async def use() -> list[int]:
        budget = FairBudget(10)
        lease = await budget.acquire(8)
        lease.shrink(3)
        after = budget.num_free
        lease.shrink(5)
        return [after, budget.num_free, lease.amount]

    assert run(use()) == [7, 7, 3]


def test_more_than_there_is_at_all_is_refused_at_once() -> None:
    async def use() -> None:
        await FairBudget(10).acquire(11)

    with pytest.raises(BudgetExceeded):
        run(use())


def test_waiting_ends_in_time_and_leaves_nothing_behind() -> None:
    async def use() -> tuple[int, int]:
        budget = FairBudget(10)
        first = await budget.acquire(10)
        with pytest.raises(BudgetTimeout):
            await budget.acquire(1, timeout_s=0.01)
        first.release()
        return budget.num_free, budget.num_waiting

    assert run(use()) == (10, 0)


def test_the_owner_who_holds_least_goes_first() -> None:
    async def use() -> list[str]:
        budget, order = FairBudget(4), list[str]()
        held = [await budget.acquire(1, "greedy") for _ in range(4)]

        async def ask(owner: str) -> None:
            with await budget.acquire(1, owner):
                order.append(owner)

        tasks = [asyncio.create_task(ask(owner)) for owner in ("greedy", "greedy", "modest")]
        await settle()
        held[0].release()
        await asyncio.gather(*tasks)
        return order

    assert run(use()) == ["modest", "greedy", "greedy"]


def test_a_large_amount_is_not_overtaken() -> None:
    async def use() -> list[int]:
        budget, order = FairBudget(10), list[int]()
        held = await budget.acquire(6, "a")

        async def ask(amount: int, owner: str) -> None:
            with await budget.acquire(amount, owner):
                order.append(amount)

        tasks = [asyncio.create_task(ask(8, "b")), asyncio.create_task(ask(1, "c"))]
        await settle()
        assert order == []
        held.release()
        await asyncio.gather(*tasks)
        return order

    assert run(use()) == [8, 1]


def test_cancelling_gives_back_what_was_granted_meanwhile() -> None:
    async def use() -> int:
        budget = FairBudget(1)
        held = await budget.acquire(1)
        waiting = asyncio.create_task(budget.acquire(1))
        await settle()
        held.release()  # grants it to the one who waits, and who leaves in the same moment
        waiting.cancel()
        results = await asyncio.gather(waiting, return_exceptions=True)
        for result in results:
            if isinstance(result, Lease):
                result.release()
        return budget.num_free

    assert run(use()) == 1


def test_one_who_leaves_lets_those_behind_through() -> None:
    async def use() -> int:
        budget = FairBudget(10)
        held = await budget.acquire(5)
        large, small = asyncio.create_task(budget.acquire(9)), asyncio.create_task(budget.acquire(2))
        await settle()
        large.cancel()
        lease = await asyncio.wait_for(small, 1)
        lease.release()
        held.release()
        return budget.num_free

    assert run(use()) == 10


def test_owners_take_turns_where_there_is_one_place() -> None:
    async def scenario() -> None:
        budget, order = FairBudget(1), list[str]()
        lease = await budget.acquire(1, "ann")

        async def take(owner: str) -> None:
            with await budget.acquire(1, owner):
                order.append(owner)

        waiting = [asyncio.create_task(take(owner)) for owner in ("ann", "ann", "ann", "bob", "bob")]
        await settle()
        lease.release()
        await asyncio.gather(*waiting)
        assert order == ["bob", "ann", "bob", "ann", "ann"]
        assert budget._last_served == {}

    run(scenario())


def test_turns_of_owners_who_left_are_forgotten() -> None:
    async def scenario() -> None:
        budget = FairBudget(1)
        lease = await budget.acquire(1, "ann")
        waiting = [asyncio.create_task(budget.acquire(1, owner)) for owner in ("bob", "ann")]
        await settle()
        lease.release()
        await settle()
        waiting[1].cancel()
        await settle()
        assert list(budget._last_served) == ["bob"]
        (await waiting[0]).release()
        assert budget._last_served == {}

    run(scenario())
