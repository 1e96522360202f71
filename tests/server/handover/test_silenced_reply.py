"""A reply ends where a person takes over: at once, and never with a piece more."""

import asyncio

import pytest

from server.engine.token_stream import Usage
from server.handover.silenced_reply import SilencedReply
from server.handover.watching import SessionWatch
from server.store.service_records import Handover, HandoverState
from server.turn.reply import FixedReply, Reply, ReplyDelta

pytestmark = pytest.mark.anyio


class SlowReply(Reply):
    """Gives a piece whenever it is let go, and counts how often it was closed."""

    def __init__(self) -> None:
        self.began_s = self.first_s = self.ended_s = 0.0
        self.may_go = asyncio.Semaphore(0)
        self.num_closed = self.num_given = 0

    @property
    def usage(self) -> Usage:
        return Usage(10, 0, self.num_given)

    async def __anext__(self) -> ReplyDelta:
        await self.may_go.acquire()
        self.num_given += 1
        return ReplyDelta(0, f"{self.num_given} ")

    def close(self) -> None:
        self.num_closed += 1


def handover(state: HandoverState) -> Handover:
    return Handover("s", "shop", "shop", "plain", "en", state, "person", 0, 0)


async def read(reply: Reply) -> str:
    return "".join([delta.text async for delta in reply])


async def test_a_reply_is_passed_on_while_nobody_takes_over() -> None:
    deltas = [ReplyDelta(0, "a"), ReplyDelta(0, "b", finish_reason="stop")]
    reply = SilencedReply(FixedReply(deltas, Usage(1, 0, 2)), SessionWatch("s"))
    assert await read(reply) == "ab"
    assert not reply.is_silenced


@pytest.mark.parametrize("state", ["waiting", "person"])
async def test_a_reply_ends_at_once_while_it_waits_for_its_next_piece(state: HandoverState) -> None:
    inner, watch = SlowReply(), SessionWatch("s")
    reply = SilencedReply(inner, watch)
    inner.may_go.release()
    assert (await anext(reply)).text == "1 "
    reading = asyncio.create_task(read(reply))
    await asyncio.sleep(0.01)
    watch.tell(handover("bot"))
    await asyncio.sleep(0.01)
    assert not reading.done()
    watch.tell(handover(state))
    assert await asyncio.wait_for(reading, 5) == ""
    assert reply.is_silenced
    assert inner.num_closed >= 1
    with pytest.raises(StopAsyncIteration):
        await anext(reply)


async def test_a_piece_that_is_there_already_is_not_sent_any_more() -> None:
    inner, watch = SlowReply(), SessionWatch("s")
    reply = SilencedReply(inner, watch)
    inner.may_go.release()
    watch.tell(handover("person"))
    assert await read(reply) == ""
    assert reply.is_silenced


@pytest.mark.parametrize(("state", "expected"), [("waiting", "please wait"), ("person", "")])
async def test_what_no_model_wrote_may_announce_the_person(state: HandoverState, expected: str) -> None:
    watch = SessionWatch("s")
    watch.tell(handover(state))
    text = ReplyDelta(0, "please wait", finish_reason="stop")
    assert await read(SilencedReply(FixedReply([text], Usage(0, 0, 0)), watch)) == expected


async def test_a_whole_answer_is_not_called_cut_off() -> None:
    watch = SessionWatch("s")
    reply = SilencedReply(FixedReply([ReplyDelta(0, "a", finish_reason="stop")], Usage(1, 0, 1)), watch)
    await anext(reply)
    watch.tell(handover("person"))
    assert await read(reply) == ""
    assert not reply.is_silenced


async def test_who_leaves_while_it_waits_leaves_nothing_behind() -> None:
    inner = SlowReply()
    before = asyncio.all_tasks()
    reply = SilencedReply(inner, SessionWatch("s"))
    reading = asyncio.ensure_future(anext(reply))
    await asyncio.sleep(0.01)
    reading.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reading
    reply.close()
    await asyncio.sleep(0)
    assert asyncio.all_tasks() == before


async def test_an_error_of_the_model_is_passed_on() -> None:
    class BrokenReply(SlowReply):
        async def __anext__(self) -> ReplyDelta:
            raise RuntimeError("broken")

    with pytest.raises(RuntimeError, match="broken"):
        await anext(SilencedReply(BrokenReply(), SessionWatch("s")))
