"""The rules that the database itself keeps, and feedback."""

import pytest
from sqlalchemy import insert
from sqlalchemy.exc import IntegrityError

from server.store import turns
from server.store.errors import TurnNotFound
from server.store.records import Feedback, Message, NewPart, StoredAnswer, StoredUsage
from server.store.store import Store
from server.store.tables import turns as table
from tests.helpers.clock import Clock
from tests.helpers.store_turns import RED, ask, count_rows, user_message

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize(("position", "finish_reason"), [(0, "stop"), (1, None)], ids=["same place", "two pending"])
async def test_the_database_refuses_interleaved_turns(store: Store, position: int, finish_reason: str | None) -> None:
    session = await store.create_session("ann")
    async with store.open_turn("ann", session.id, user_message("hello")):
        counts = {"num_prompt_tokens": 0, "num_cached_tokens": 0, "num_generated_tokens": 0}
        row = {"id": "other", "session_id": session.id, "position": position, "answer": "", **counts}
        statement = insert(table).values(**row, created_s=0, lease_s=0, finish_reason=finish_reason)
        with pytest.raises(IntegrityError):
            await store.database.write(lambda c: c.execute(statement))


async def test_a_turn_begins_once_the_other_has_ended(store: Store) -> None:
    session = await store.create_session("ann")

    async def begin(turn_id: str) -> bool:
        return await store.database.write(
            lambda c: turns.begin(c, "ann", session.id, turn_id, [user_message(RED)], now_s=0, lease_s=10)
        )

    assert await begin("first")
    assert not await begin("second")
    assert await count_rows(store, "turns") == await count_rows(store, "messages") == 1
    await store.database.write(lambda c: turns.finish(c, session.id, "first", StoredAnswer("yes"), "stop", now_s=1))
    assert await begin("second")


async def test_discarding_does_not_delete_finished_turns(store: Store) -> None:
    session = await store.create_session("ann")
    turn_id = await ask(store, session, RED)
    await store.database.write(lambda c: turns.discard(c, turn_id))
    assert await count_rows(store, "turns") == await count_rows(store, "pictures") == 1


async def test_feedback_rates_the_last_turn_or_the_one_named(store: Store, clock: Clock) -> None:
    session = await store.create_session("ann")
    first = await ask(store, session, "one")
    await ask(store, session, "two")
    await store.give_feedback("ann", session.id, "up")
    await store.give_feedback("ann", session.id, "up", turn_id=first)
    await store.give_feedback("ann", session.id, "down", "wrong price", turn_id=first)
    given = [turn.feedback for turn in await store.list_turns("ann", session.id)]
    assert given[0] == Feedback("down", "wrong price", clock.now_s)
    assert given[1] == Feedback("up", "", clock.now_s - 2)


async def test_feedback_needs_a_finished_turn_of_the_session(store: Store) -> None:
    session, other = await store.create_session("ann"), await store.create_session("ann")
    elsewhere = await ask(store, other, "hello")
    with pytest.raises(TurnNotFound):
        await store.give_feedback("ann", session.id, "up")
    with pytest.raises(TurnNotFound, match=elsewhere):
        await store.give_feedback("ann", session.id, "up", turn_id=elsewhere)
    async with store.open_turn("ann", session.id, user_message("hello")) as turn:
        with pytest.raises(TurnNotFound, match=turn.id):
            await store.give_feedback("ann", session.id, "up", turn_id=turn.id)


async def test_sessions_are_found_by_their_ratings(store: Store) -> None:
    for name, thumb in (("up", "up"), ("down", "down"), ("none", None)):
        session = await store.create_session("shop", name)
        async with store.open_turn("shop", session.id, Message[NewPart]("user", ("what?",))) as turn:
            await turn.finish("this", "stop", StoredUsage())
        if thumb is not None:
            await store.give_feedback("shop", session.id, "up" if thumb == "up" else "down")
    assert [session.name for session in await store.list_rated_sessions("shop", {"up"})] == ["up"]
    assert {session.name for session in await store.list_rated_sessions("shop", {"up", "down"})} == {"up", "down"}
    assert await store.list_rated_sessions("else", {"up", "down"}) == ()
