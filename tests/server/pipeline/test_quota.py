"""A turn is charged once, for as far as it came."""

import pytest

from server.engine.token_stream import Usage
from server.errors import TokenRateExceeded
from server.keys.limiter import KeyLimiter
from server.pipeline.quota import MeteredReply
from server.turn.reply import Reply, ReplyDelta
from tests.helpers.keys import make_key
from tests.helpers.ledgers import FakeLedger, make_account

pytestmark = pytest.mark.anyio


class FakeReply(Reply):
    """Returns these deltas, a token each, after a prompt of 10 tokens; then raises the error, if there is one."""

    def __init__(self, *deltas: ReplyDelta, error: BaseException | None = None) -> None:
        self.began_s = self.first_s = self.ended_s = 0.0
        self.deltas = list(deltas)
        self.error = error
        self.num_read = 0
        self.num_closed = 0

    @property
    def usage(self) -> Usage:
        return Usage(10, 0, self.num_read)

    async def __anext__(self) -> ReplyDelta:
        if self.deltas:
            self.num_read += 1
            return self.deltas.pop(0)
        raise self.error or StopAsyncIteration

    def close(self) -> None:
        self.num_closed += 1


A, B = ReplyDelta(0, "a"), ReplyDelta(0, "b", finish_reason="stop")


async def test_a_reply_is_charged_at_its_end() -> None:
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


async def test_a_closed_reply_is_charged_as_far_as_it_came() -> None:
    ledger = FakeLedger()
    for num_read in (0, 1):
        reply = MeteredReply(FakeReply(A, B), make_account(ledger))
        for _ in range(num_read):
            await anext(reply)
        reply.close()
    assert ledger.spent == [10, 11]


async def test_a_failed_reply_is_charged_as_far_as_it_came() -> None:
    ledger = FakeLedger()
    reply = MeteredReply(FakeReply(A, error=RuntimeError()), make_account(ledger))
    await anext(reply)
    with pytest.raises(RuntimeError):
        await anext(reply)
    reply.close()
    assert ledger.spent == [11]


async def test_whole_answers_are_charged_once() -> None:
    ledger = FakeLedger()
    (answer,) = await MeteredReply(FakeReply(A, B), make_account(ledger)).read_answers()
    assert (answer.text, ledger.spent) == ("ab", [12])


async def test_tokens_of_the_minute_are_taken_as_they_come() -> None:
    limiter, left = KeyLimiter(9, lambda: 0.0), []
    account = make_account(FakeLedger(), limiter, tokens_per_minute=60)
    reply = MeteredReply(FakeReply(A, B), account)
    for _ in range(2):
        left.append(num_left(limiter))
        await anext(reply)
    left.append(num_left(limiter))
    with pytest.raises(StopAsyncIteration):
        await anext(reply)
    reply.close()
    assert [*left, num_left(limiter)] == [50, 49, 48, 48]


async def test_a_cancelled_reply_has_taken_what_came() -> None:
    limiter = KeyLimiter(9, lambda: 0.0)
    reply = MeteredReply(FakeReply(A, B), make_account(FakeLedger(), limiter, tokens_per_minute=60))
    await anext(reply)
    reply.close()
    reply.close()
    assert num_left(limiter) == 49


def num_left(limiter: KeyLimiter) -> int:
    """Return how many tokens may be taken before the key is refused; the limiter is left as it was."""
    key = make_key(tokens_per_minute=60)
    for count in range(61):
        try:
            limiter.check_tokens(key)
        except TokenRateExceeded:
            limiter.take_tokens(key, -count)
            return count
        limiter.take_tokens(key, 1)
    raise AssertionError("there is no limit")
