"""The replies to several turns, read as one."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import ExitStack, suppress

import pytest

from server.engine.token_stream import Usage
from server.turn.joined_reply import JoinedReply
from server.turn.reply import FixedReply, Reply, ReplyDelta

pytestmark = pytest.mark.anyio


class SlowReply(FixedReply):
    """A reply whose deltas come when `release` says so, and which ends with `error`, if there is one."""

    def __init__(self, *texts: str, error: Exception | None = None) -> None:
        super().__init__([ReplyDelta(0, text) for text in texts], Usage(2, 1, len(texts)))
        self.is_released = asyncio.Event()
        self.is_closed = False
        self._error = error

    async def __anext__(self) -> ReplyDelta:
        await self.is_released.wait()
        try:
            return await super().__anext__()
        except StopAsyncIteration:
            raise self._error or StopAsyncIteration from None

    def close(self) -> None:
        self.is_closed = True


def fixed(*deltas: tuple[int, str]) -> Reply:
    return FixedReply([ReplyDelta(index, text) for index, text in deltas], Usage(3, 1, 2, 1))


def join(*replies: Reply, num_answers: int = 1, places: ExitStack | None = None) -> JoinedReply:
    return JoinedReply(replies, num_answers, places or ExitStack())


async def read(reply: AsyncIterator[ReplyDelta]) -> Sequence[tuple[int, str]]:
    return [(delta.index, delta.text) async for delta in reply]


async def test_answers_are_numbered_over_all_turns() -> None:
    joined = join(fixed((0, "a"), (1, "b"), (0, "c")), fixed((1, "d"), (0, "e")), num_answers=2)
    answers = await joined.read_answers()
    assert [(answer.index, answer.text) for answer in answers] == [(0, "ac"), (1, "b"), (2, "e"), (3, "d")]
    assert joined.usage == Usage(6, 2, 4, 2)
    assert joined.began_s < joined.first_s <= joined.ended_s


async def test_nobody_waits_for_a_slow_one() -> None:
    slow = SlowReply("late", "later")
    joined = join(slow, fixed((0, "a"), (0, "b")))
    assert [await anext(joined) for _ in range(2)] == [ReplyDelta(1, "a"), ReplyDelta(1, "b")]
    slow.is_released.set()
    assert await read(joined) == [(0, "late"), (0, "later")]
    assert slow.is_closed


async def test_replies_take_turns() -> None:
    joined = join(*(fixed(*((0, str(i)) for i in range(5))) for _ in range(3)))
    order = [index for index, _ in await read(joined)]
    assert sorted(order) == [0] * 5 + [1] * 5 + [2] * 5
    assert all(set(order[start : start + 4]) == {0, 1, 2} for start in (1, 4, 7))


async def test_an_error_ends_all() -> None:
    failing, slow, places = SlowReply("a", error=ValueError("no")), SlowReply("b"), ExitStack()
    given_back: list[bool] = []
    places.callback(lambda: given_back.append(True))
    joined = join(failing, slow, places=places)
    failing.is_released.set()
    assert (await anext(joined)).text == "a"
    with pytest.raises(ValueError, match="no"):
        await anext(joined)
    assert (failing.is_closed, slow.is_closed, given_back) == (True, True, [True])
    assert await read(joined) == []


async def test_a_reader_may_leave_at_any_time() -> None:
    for num_read in (0, 1):
        slow = SlowReply("a")
        joined = join(fixed((0, "x"), (0, "y")), slow)
        for _ in range(num_read):
            await anext(joined)
        joined.close()
        joined.close()
        assert slow.is_closed
        assert await read(joined) == []
    waiting = asyncio.create_task(read(joined := join(SlowReply("a"))))
    await asyncio.sleep(0)
    joined.close()
    assert await waiting == []
    waiting = asyncio.create_task(read(join(slow := SlowReply("a"))))
    await asyncio.sleep(0)
    waiting.cancel()
    with suppress(asyncio.CancelledError):
        await waiting
    assert waiting.cancelled()
    assert not slow.is_closed, "whoever is cancelled closes the reply"
