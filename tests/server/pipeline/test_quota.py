"""A turn is paid once, for as far as it came."""

import pytest

from server.engine.token_stream import Usage
from server.pipeline.quota import MeteredReply
from server.turn.reply import Reply, ReplyDelta
from tests.helpers.ledgers import FakeLedger, make_account

pytestmark = pytest.mark.anyio


class FakeReply(Reply):
    """Gives these parts, a token each, after a prompt of 10; then the error, if there is one."""

    def __init__(self, *parts: ReplyDelta, error: BaseException | None = None) -> None:
        self.began_s = self.first_s = self.ended_s = 0.0
        self.parts = list(parts)
        self.error = error
        self.num_told = 0
        self.num_closed = 0

    @property
    def usage(self) -> Usage:
        return Usage(10, 0, self.num_told)

    async def __anext__(self) -> ReplyDelta:
        if self.parts:
            self.num_told += 1
            return self.parts.pop(0)
        raise self.error or StopAsyncIteration

    def close(self) -> None:
        self.num_closed += 1


A, B = ReplyDelta(0, "a"), ReplyDelta(0, "b", finish_reason="stop")


async def test_at_its_end_before_the_client_is_told_of_it() -> None:
    ledger, inner = FakeLedger(), FakeReply(A, B)
    reply = MeteredReply(inner, make_account(ledger))
    assert [await anext(reply), await anext(reply)] == [A, B]
    assert ledger.spent == []
    with pytest.raises(StopAsyncIteration):
        await anext(reply)
    assert ledger.spent == [12]
    for _ in range(2):
        reply.close()
    assert ledger.spent == [12]
    assert inner.num_closed


async def test_as_far_as_it_came_when_it_is_left() -> None:
    ledger = FakeLedger()
    for num_read in (0, 1):
        reply = MeteredReply(FakeReply(A, B), make_account(ledger))
        for _ in range(num_read):
            await anext(reply)
        reply.close()
    assert ledger.spent == [10, 11]


async def test_as_far_as_it_came_when_it_fails() -> None:
    ledger = FakeLedger()
    reply = MeteredReply(FakeReply(A, error=RuntimeError()), make_account(ledger))
    await anext(reply)
    with pytest.raises(RuntimeError):
        await anext(reply)
    reply.close()
    assert ledger.spent == [11]


async def test_whole_answers_are_paid_once_too() -> None:
    ledger = FakeLedger()
    (answer,) = await MeteredReply(FakeReply(A, B), make_account(ledger)).read_answers()
    assert (answer.text, ledger.spent) == ("ab", [12])
