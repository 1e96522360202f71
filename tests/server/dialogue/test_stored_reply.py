"""A turn as it is told: what is stored of it, however it ends."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from server.dialogue.stored_reply import StoredReply
from server.engine.token_stream import Usage
from server.store.records import Findings, Message, NewPart, Session, StoredUsage
from server.store.store import Store, open_store
from server.turn.reply import ReplyDelta

pytestmark = pytest.mark.anyio

STOP = ReplyDelta(0, "!", finish_reason="stop")


class FakeReply:
    """Gives these parts, and raises those that are errors."""

    def __init__(self, *parts: ReplyDelta | BaseException) -> None:
        self.parts = list(parts)
        self.usage = Usage(10, 4, 0)
        self.num_closed = 0

    def __aiter__(self) -> "FakeReply":
        return self

    async def __anext__(self) -> ReplyDelta:
        if not self.parts:
            raise StopAsyncIteration
        part = self.parts.pop(0)
        if isinstance(part, BaseException):
            raise part
        self.usage = Usage(10, 4, self.usage.num_generated + 1)
        return part

    def close(self) -> None:
        self.num_closed += 1


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    async with open_store(tmp_path / "sessions.db") as opened:
        yield opened


@pytest.fixture
async def session(store: Store) -> Session:
    return await store.create_session("", "ann")


async def begin(store: Store, session: Session, *parts: ReplyDelta | BaseException) -> tuple[StoredReply, FakeReply]:
    turn = await store.open_turn("", session.id, Message[NewPart]("user", ("hello",))).enter()
    reply: Any = FakeReply(*parts)
    return StoredReply(turn, reply), reply


async def kept(store: Store, session: Session) -> list[tuple[str, str, StoredUsage]]:
    """When nothing more can be written."""
    async with store.open_turn("", session.id, Message[NewPart]("user", ("next",))):
        pass
    return [(turn.answer, turn.finish_reason, turn.tokens) for turn in await store.list_turns("", session.id)]


async def test_it_says_where_it_is_stored(store: Store, session: Session) -> None:
    stored_reply, _ = await begin(store, session, STOP)
    assert [text async for text in stored_reply] == ["!"]
    (turn,) = await store.list_turns("", session.id)
    assert stored_reply.headers == {"X-Session": session.id, "X-Turn": turn.id}


async def test_it_is_stored_whole_before_it_ends(store: Store, session: Session) -> None:
    stored_reply, reply = await begin(store, session, ReplyDelta(0, " yes"), ReplyDelta(0, ", "), STOP)
    assert [text async for text in stored_reply] == [" yes", ", ", "!"]
    assert [turn.answer for turn in await store.list_turns("", session.id)] == ["yes, !"]
    assert await kept(store, session) == [("yes, !", "stop", StoredUsage(10, 4, 3))]
    assert reply.num_closed == 1
    stored_reply.close()
    with pytest.raises(StopAsyncIteration):
        await anext(stored_reply)


async def test_what_the_stages_found_is_stored_with_it(store: Store, session: Session) -> None:
    stored_reply, _ = await begin(store, session, ReplyDelta(0, "**"), STOP)
    stored_reply.trace.note("typos", corrections=[{"from": "waht", "to": "what"}])
    await anext(stored_reply)
    stored_reply.trace.note("moderation", hits=[{"where": "answer"}])
    async for _ in stored_reply:
        pass
    (turn,) = await store.list_turns("", session.id)
    assert turn.findings == Findings([{"from": "waht", "to": "what"}], [{"where": "answer"}])


async def test_one_that_is_cut_off_says_so(store: Store, session: Session) -> None:
    stored_reply, _ = await begin(store, session, ReplyDelta(0, "a"), ReplyDelta(0, "b", finish_reason="length"))
    assert "".join([text async for text in stored_reply]) == "ab"
    assert await kept(store, session) == [("ab", "length", StoredUsage(10, 4, 2))]


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        ([ReplyDelta(0, "a"), RuntimeError()], [("a", "error", StoredUsage(10, 4, 1))]),
        ([RuntimeError()], []),
    ],
)
async def test_what_was_told_before_a_failure_is_kept(
    store: Store, session: Session, parts: list[ReplyDelta | BaseException], expected: list[Any]
) -> None:
    stored_reply, reply = await begin(store, session, *parts)
    with pytest.raises(RuntimeError):
        async for _ in stored_reply:
            pass
    assert await kept(store, session) == expected
    assert reply.num_closed == 1


@pytest.mark.parametrize(("num_read", "expected"), [(0, []), (2, [("ab", "abort", StoredUsage(10, 4, 2))])])
async def test_what_was_told_of_one_that_is_closed_is_kept(
    store: Store, session: Session, num_read: int, expected: list[Any]
) -> None:
    stored_reply, reply = await begin(store, session, ReplyDelta(0, "a"), ReplyDelta(0, "b"), STOP)
    for _ in range(num_read):
        await anext(stored_reply)
    for _ in range(2):
        stored_reply.close()
    assert await kept(store, session) == expected
    assert reply.num_closed == 1


async def test_a_session_deleted_meanwhile_does_not_spoil_the_answer(store: Store, session: Session) -> None:
    stored_reply, _ = await begin(store, session, ReplyDelta(0, "a"), STOP)
    await store.delete_session("", session.id)
    assert [text async for text in stored_reply] == ["a", "!"]
    assert (await store.list_sessions("")).sessions == ()
