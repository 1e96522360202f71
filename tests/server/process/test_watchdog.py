"""What cannot go on is found out; what only takes long is not."""

import asyncio

import pytest

from server.engine.async_engine import AsyncEngine, RequestLimits
from server.process.watchdog import format_stacks, wait_for_engine_error
from tests.helpers.fakes import FakeChatModel

pytestmark = pytest.mark.anyio


async def ask(engine: AsyncEngine, text: str) -> None:
    engine.submit(await engine.prepare([{"role": "user", "content": [text]}]))


async def test_a_device_thread_that_has_ended() -> None:
    engine = AsyncEngine(FakeChatModel(), {})
    watching = asyncio.create_task(wait_for_engine_error(engine))
    await asyncio.sleep(0)
    assert not watching.done()
    await ask(engine, "die")
    assert await asyncio.wait_for(watching, 30) == "the device thread has ended"
    await engine.close()


async def test_a_step_that_does_not_return_is_told_with_its_stack(caplog: pytest.LogCaptureFixture) -> None:
    engine = AsyncEngine(FakeChatModel(), {}, RequestLimits(step_timeout_s=0.3))
    await ask(engine, "hang")
    found = await asyncio.wait_for(wait_for_engine_error(engine), 30)
    assert found.startswith("a step has not returned for ")
    (record,) = caplog.records
    assert "device:\n" in record.getMessage()
    assert "fakes.py" in record.getMessage()
    await engine.close()  # does not wait for it


async def test_a_long_step_that_returns_in_time_is_no_failure(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    step_s = [0.0]
    monkeypatch.setattr(AsyncEngine, "step_s", property(lambda _: step_s[0]))
    engine = AsyncEngine(FakeChatModel(), {}, RequestLimits(step_timeout_s=1.0))
    watching = asyncio.create_task(wait_for_engine_error(engine))
    step_s[0] = 2.0  # stuck, and the last moment to return
    while not caplog.records and not watching.done():
        await asyncio.sleep(0.01)
    assert not watching.done()
    assert [record.getMessage().split(" for ")[0] for record in caplog.records] == ["a step has not returned"]
    watching.cancel()
    await engine.close()


def test_format_stacks_name_every_thread() -> None:
    assert "MainThread:\n" in format_stacks()
    assert "test_watchdog.py" in format_stacks()
