"""A fault at any point ends one stream of twelve with its error; the others get all of their text."""

import asyncio
import logging
import threading
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from server.engine import device_worker
from server.engine.async_engine import AsyncEngine
from server.engine.token_stream import TokenStream
from tests.helpers.fakes import FakeChatModel

pytestmark = pytest.mark.anyio

NUM_STREAMS, BAD = 12, 5


class Panic(BaseException):
    """What an extension in Rust raises when it panics: no `Exception`."""


def text_of(number: int) -> str:
    return f"slow answer number {number}"


async def read(stream: TokenStream) -> str | BaseException:
    try:
        return "".join([delta.text async for delta in stream])
    except Exception as error:
        return error


class Trial:
    """Twelve requests at once, the sixth of which meets a fault, and one after them."""

    def __init__(self) -> None:
        self.fake = FakeChatModel(delay_s=0.001)
        self.engine = AsyncEngine(self.fake, {})

    async def run(
        self, mask: Any = None, spoil: Callable[[TokenStream], None] = lambda _: None, **options: Any
    ) -> BaseException:
        """Check that all went well but for the sixth stream, and return its error."""
        streams = []
        for number in range(NUM_STREAMS):
            dialogue = await self.engine.prepare([{"role": "user", "content": [text_of(number)]}], **options)
            streams.append(self.engine.submit(dialogue, mask=mask if number == BAD else None))
            if number == BAD:
                spoil(streams[-1])
        found = await asyncio.wait_for(asyncio.gather(*map(read, streams)), 30)
        error = found.pop(BAD)
        assert found == [f"0/1: {text_of(number)}" for number in range(NUM_STREAMS) if number != BAD]
        assert isinstance(error, Exception)
        await self._check()
        return error

    async def _check(self) -> None:
        engine = self.fake.engine
        assert await read(self.engine.submit(await self.engine.prepare([{"role": "user", "content": ["on"]}]))) == (
            "0/1: on"
        )
        while not engine.is_idle or self.engine.num_requests:
            await asyncio.sleep(0.01)
        engine.scheduler.check()
        assert engine.scheduler.pool.num_used == 0
        assert engine._views == {}
        assert "device" in {thread.name for thread in threading.enumerate()}
        await self.engine.close()


@pytest.mark.parametrize("error", [ZeroDivisionError("reader"), Panic("reader")])
@pytest.mark.parametrize("num_reads", [1, 7])
async def test_a_reader_that_fails(error: BaseException, num_reads: int, caplog: pytest.LogCaptureFixture) -> None:
    def spoil(stream: TokenStream) -> None:
        counted = [0]

        def read(*_: Any) -> str:
            counted[0] += 1
            if counted[0] == num_reads:
                raise error
            return "text"

        stream._readers[0].read = read  # type: ignore[method-assign, assignment]

    found = await Trial().run(spoil=spoil)
    assert found is error or found.__cause__ is error
    (record,) = [record for record in caplog.records if record.levelno == logging.ERROR]
    assert record.exc_info is not None
    assert record.exc_info[1] is error


@pytest.mark.parametrize("error", [ZeroDivisionError("collect"), Panic("collect")])
@pytest.mark.parametrize("num_generated", [1, 5])
async def test_a_collection_that_fails(
    error: BaseException, num_generated: int, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    trial = Trial()
    collect = device_worker._collect_deltas

    def fail(progress: Any) -> Any:
        (sequence,) = progress.group.sequences
        text = trial.engine.tokenizer.decode(sequence.token_ids[: sequence.num_prompt_tokens])
        if text.endswith(f"number {BAD}") and sequence.num_generated == num_generated:
            raise error
        return collect(progress)

    monkeypatch.setattr(device_worker, "_collect_deltas", fail)
    found = await trial.run()
    assert found is error or found.__cause__ is error
    assert [record.getMessage() for record in caplog.records if record.exc_info] == ["a request has failed"]


@pytest.mark.parametrize("where", ["engine", "scheduler"])
@pytest.mark.parametrize("error", [ZeroDivisionError("add"), Panic("add")])
async def test_a_request_that_cannot_be_added(
    where: str, error: BaseException, monkeypatch: pytest.MonkeyPatch
) -> None:
    trial = Trial()
    target = trial.fake.engine if where == "engine" else trial.fake.engine.scheduler
    add, calls = target.add, []

    def fail(*args: Any) -> Any:
        calls.append(args)
        if len(calls) == BAD + 1:
            raise error
        return add(*args)

    monkeypatch.setattr(target, "add", fail)
    found = await trial.run()
    assert found is error or found.__cause__ is error


@pytest.mark.parametrize("error", [ZeroDivisionError("mask"), Panic("mask")])
async def test_a_mask_that_fails(error: BaseException) -> None:
    def mask(generated: Sequence[int]) -> Any:
        if len(generated) == 4:
            raise error
        return [token_id < 256 for token_id in range(300)]

    found = await Trial().run(mask=mask)
    assert found is error or found.__cause__ is error


async def test_a_stop_that_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    trial = Trial()

    def fail(*_: Any) -> None:
        raise ZeroDivisionError("stop")

    monkeypatch.setattr(trial.fake.engine, "stop", fail)
    stream = trial.engine.submit(
        await trial.engine.prepare([{"role": "user", "content": ["slow END and more"]}], stop=["END"])
    )
    assert await asyncio.wait_for(read(stream), 30) in ("0/1: slow ", stream.error)
    while trial.engine.num_requests:
        await asyncio.sleep(0.01)
    await trial._check()


async def test_text_that_came_before_a_fault_is_read_first() -> None:
    trial = Trial()
    stream = trial.engine.submit(await trial.engine.prepare([{"role": "user", "content": ["slow 12345"]}]))
    first = await anext(stream)
    stream._readers[0].read = None  # type: ignore[assignment, method-assign]
    assert isinstance(await asyncio.wait_for(read(stream), 30), TypeError)
    assert "0/1: slow 12345".startswith(first.text)
    await trial._check()
