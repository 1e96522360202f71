"""The reply of a remembered turn: what is stored of it, however it ends."""

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
    """Returns these deltas, and raises those that are errors."""

    def __init__(self, *deltas: ReplyDelta | BaseException) -> None:
        self.deltas = list(deltas)
        self.usage = Usage(10, 4, 0)
        self.num_closed = 0

    def __aiter__(self) -> "FakeReply":
        return self

    async def __anext__(self) -> ReplyDelta:
        if not self.deltas:
            raise StopAsyncIteration
        delta = self.deltas.pop(0)
        if isinstance(delta, BaseException):
            raise delta
        self.usage = Usage(10, 4, self.usage.num_generated + 1)
        return delta

    def close(self) -> None:
        self.num_closed += 1


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    async with open_store(tmp_path / "sessions.db") as opened:
        yield opened


@pytest.fixture
async def session(store: Store) -> Session:
    return await store.create_session("", "ann")


async def begin(store: Store, session: Session, *deltas: ReplyDelta | BaseException) -> tuple[StoredReply, FakeReply]:
    turn = await store.open_turn("", session.id, Message[NewPart]("user", ("hello",))).enter()
    reply: Any = FakeReply(*deltas)
    return StoredReply(turn, reply), reply


async def read_stored(store: Store, session: Session) -> list[tuple[str, str, StoredUsage]]:
    """Return what is stored, once nothing more can be written."""
    async with store.open_turn("", session.id, Message[NewPart]("user", ("next",))):
        pass
    return [(turn.answer, turn.finish_reason, turn.tokens) for turn in await store.list_turns("", session.id)]


async def test_headers_say_where_the_turn_is_stored(store: Store, session: Session) -> None:
    stored_reply, _ = await begin(store, session, STOP)
    assert [text async for text in stored_reply] == ["!"]
    (turn,) = await store.list_turns("", session.id)
    assert stored_reply.headers == {"X-Session": session.id, "X-Turn": turn.id}


async def test_the_answer_is_stored_before_the_iteration_ends(store: Store, session: Session) -> None:
    stored_reply, reply = await begin(store, session, ReplyDelta(0, " yes"), ReplyDelta(0, ", "), STOP)
    assert [text async for text in stored_reply] == [" yes", ", ", "!"]
    assert [turn.answer for turn in await store.list_turns("", session.id)] == ["yes, !"]
    assert await read_stored(store, session) == [("yes, !", "stop", StoredUsage(10, 4, 3))]
    assert reply.num_closed == 1
    stored_reply.close()
    with pytest.raises(StopAsyncIteration):
        await anext(stored_reply)


async def test_findings_of_the_stages_are_stored(store: Store, session: Session) -> None:
    stored_reply, _ = await begin(store, session, ReplyDelta(0, "**"), STOP)
    stored_reply.trace.note("typos", corrections=[{"from": "waht", "to": "what"}])
    await anext(stored_reply)
    stored_reply.trace.note("moderation", hits=[{"where": "answer"}])
    async for _ in stored_reply:
        pass
    (turn,) = await store.list_turns("", session.id)
    assert turn.findings == Findings([{"from": "waht", "to": "what"}], [{"where": "answer"}])


async def test_an_answer_that_is_cut_off_is_stored_as_such(store: Store, session: Session) -> None:
    stored_reply, _ = await begin(store, session, ReplyDelta(0, "a"), ReplyDelta(0, "b", finish_reason="length"))
    assert "".join([str(text) async for text in stored_reply]) == "ab"
    assert await read_stored(store, session) == [("ab", "length", StoredUsage(10, 4, 2))]


@pytest.mark.parametrize(
    ("deltas", "expected"),
    [
        ([ReplyDelta(0, "a"), RuntimeError()], [("a", "error", StoredUsage(10, 4, 1))]),
        ([RuntimeError()], []),
    ],
)
async def test_text_before_an_error_is_stored(
    store: Store, session: Session, deltas: list[ReplyDelta | BaseException], expected: list[Any]
) -> None:
    stored_reply, reply = await begin(store, session, *deltas)
    with pytest.raises(RuntimeError):
        async for _ in stored_reply:
            pass
    assert await read_stored(store, session) == expected
    assert reply.num_closed == 1


@pytest.mark.parametrize(("num_read", "expected"), [(0, []), (2, [("ab", "abort", StoredUsage(10, 4, 2))])])
async def test_text_read_before_closing_is_stored(
    store: Store, session: Session, num_read: int, expected: list[Any]
) -> None:
    stored_reply, reply = await begin(store, session, ReplyDelta(0, "a"), ReplyDelta(0, "b"), STOP)
    for _ in range(num_read):
        await anext(stored_reply)
    for _ in range(2):
        stored_reply.close()
    assert await read_stored(store, session) == expected
    assert reply.num_closed == 1


async def test_a_session_deleted_meanwhile_does_not_spoil_the_answer(store: Store, session: Session) -> None:
    stored_reply, _ = await begin(store, session, ReplyDelta(0, "a"), STOP)
    await store.delete_session("", session.id)
    assert [text async for text in stored_reply] == ["a", "!"]
    assert (await store.list_sessions("")).sessions == ()
