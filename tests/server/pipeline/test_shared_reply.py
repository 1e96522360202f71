"""A reply that several readers share."""

import asyncio

import pytest

from server.engine.token_stream import Usage
from server.errors import QueueFull
from server.pipeline.shared_reply import Computation, SharedReply
from server.turn.reply import Reply, ReplyDelta

pytestmark = pytest.mark.anyio


class SteppedReply(Reply):
    """A reply that returns its next delta at each `go()`, and ends after the last one."""

    def __init__(self, *texts: str, error: Exception | None = None) -> None:
        self.began_s = self.first_s = self.ended_s = 0.0
        self.texts = list(texts)
        self.error = error
        self.may_go = asyncio.Semaphore(0)
        self.is_closed = False

    @property
    def usage(self) -> Usage:
        return Usage(1, 0, 2 - len(self.texts))

    async def __anext__(self) -> ReplyDelta:
        await self.may_go.acquire()
        if self.texts:
            return ReplyDelta(0, self.texts.pop(0))
        raise self.error or StopAsyncIteration

    def go(self, count: int) -> None:
        for _ in range(count):
            self.may_go.release()

    def close(self) -> None:
        self.is_closed = True


async def admitted(reply: Reply) -> Reply:
    return reply


async def texts_of(reply: Reply) -> list[str]:
    return [delta.text async for delta in reply]


async def test_every_reader_gets_the_whole_answer_whenever_it_joins() -> None:
    steps = SteppedReply("a", "b")
    computation = Computation(admitted(steps))
    first = await computation.join()
    steps.go(1)
    assert (await anext(first)).text == "a"
    second = await computation.join()
    steps.go(2)
    assert await texts_of(second) == ["a", "b"]
    assert await texts_of(first) == ["b"]
    assert first.usage == Usage(1, 0, 2)
    assert computation.is_over
    assert steps.is_closed


async def test_the_other_readers_go_on_when_the_first_leaves() -> None:
    steps = SteppedReply("a", "b")
    computation = Computation(admitted(steps))
    first, second = await computation.join(), await computation.join()
    first.close()
    first.close()
    steps.go(3)
    assert await texts_of(second) == ["a", "b"]
    assert await texts_of(first) == []


async def test_the_first_reader_may_leave_before_the_turn_is_admitted() -> None:
    is_open = asyncio.Event()
    steps = SteppedReply("a")

    async def begin() -> Reply:
        await is_open.wait()
        return steps

    computation = Computation(begin())
    joining = [asyncio.create_task(computation.join()) for _ in range(2)]
    await asyncio.sleep(0)
    joining[0].cancel()
    is_open.set()
    steps.go(2)
    assert await texts_of(await joining[1]) == ["a"]
    assert joining[0].cancelled()


async def test_the_computation_ends_when_the_last_reader_leaves() -> None:
    steps = SteppedReply("a")
    computation = Computation(admitted(steps))
    readers = [await computation.join() for _ in range(2)]
    for reader in readers:
        assert not steps.is_closed
        assert not computation.is_over
        reader.close()
    assert computation.is_over  # at once: nobody may join what is being ended
    await asyncio.sleep(0.01)
    assert steps.is_closed
    assert computation.is_over


async def test_every_reader_gets_the_refusal() -> None:
    async def begin() -> Reply:
        raise QueueFull(1)

    computation = Computation(begin())
    results = await asyncio.gather(*(computation.join() for _ in range(3)), return_exceptions=True)
    assert [type(result) for result in results] == [QueueFull] * 3
    assert computation.num_readers == 0


async def test_every_reader_gets_the_error_after_the_text_before_it() -> None:
    steps = SteppedReply("a", error=RuntimeError("broken"))
    computation = Computation(admitted(steps))
    readers: list[SharedReply] = [await computation.join() for _ in range(2)]
    steps.go(2)
    for reader in readers:
        assert (await anext(reader)).text == "a"
        with pytest.raises(RuntimeError, match="broken"):
            await anext(reader)
