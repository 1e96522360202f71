"""Repeated work goes on after an error, and ends with the block."""

import asyncio

import pytest

from server.ops.run_every import run_every

pytestmark = pytest.mark.anyio


class Work:
    """Counts its runs, and raises in the first ones."""

    def __init__(self, num_errors: int = 0) -> None:
        self.num_errors = num_errors
        self.num_runs = 0

    async def __call__(self) -> None:
        self.num_runs += 1
        if self.num_runs <= self.num_errors:
            raise RuntimeError(f"error {self.num_runs}")

    async def wait_for_runs(self, number: int) -> None:
        async with asyncio.timeout(30):
            while self.num_runs < number:
                await asyncio.sleep(0.001)


async def test_the_first_run_is_at_once() -> None:
    work = Work()
    async with run_every(3600, work, "working"):
        await work.wait_for_runs(1)
    assert work.num_runs == 1


async def test_it_goes_on_after_errors_and_logs_each(caplog: pytest.LogCaptureFixture) -> None:
    work = Work(num_errors=2)
    async with run_every(0.001, work, "working"):
        await work.wait_for_runs(4)
    assert [(record.levelname, record.getMessage()) for record in caplog.records] == [
        ("WARNING", f"working failed, the next attempt is in 0.001 s: error {number}") for number in (1, 2)
    ]


async def test_it_ends_with_the_block() -> None:
    work = Work()
    async with run_every(0.001, work, "working"):
        await work.wait_for_runs(2)
    num_runs = work.num_runs
    await asyncio.sleep(0.02)
    assert work.num_runs == num_runs


async def test_work_under_way_is_cancelled_and_waited_for() -> None:
    steps: list[str] = []

    async def work() -> None:
        steps.append("begun")
        try:
            await asyncio.sleep(3600)
        finally:
            await asyncio.sleep(0.001)
            steps.append("cleaned up")

    async def fail_while_working() -> None:
        async with run_every(1, work, "working"):
            while not steps:
                await asyncio.sleep(0)
            raise KeyError

    with pytest.raises(KeyError):
        await fail_while_working()
    assert steps == ["begun", "cleaned up"]
