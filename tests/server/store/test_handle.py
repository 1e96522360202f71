"""A turn while it is answered: its order among others, and every way it can end."""

import asyncio
import logging
import random
from collections.abc import AsyncIterator
from typing import Any

import anyio
import pytest

from server.store import handle
from server.store.errors import DatabaseUnreachable, NameTaken, SessionNotFound
from server.store.records import Session, StoredUsage
from server.store.store import Store, open_store
from tests.helpers.store_turns import BLUE, RED, ask, count_rows, find_text, list_answers, save_and_wait, user_message

pytestmark = pytest.mark.anyio

FEW = StoredUsage(5, 0, 1)


async def is_free(store: Store, session: Session) -> bool:
    """Return whether the next turn of the session can be answered."""
    async with asyncio.timeout(30):
        await ask(store, session, "next", answer="next")
    return (await list_answers(store, session))[-1] == ("next", "stop")


async def test_a_turn_has_the_turns_before_it(store: Store) -> None:
    session = await store.create_session("ann")
    await ask(store, session, RED, "one", answer="first")
    async with store.open_turn("ann", session.id, user_message("two")) as turn:
        assert [(find_text(earlier), earlier.answer) for earlier in turn.history] == [("one", "first")]
        assert turn.history[0].messages[0].parts == (RED.ref, "one")
        assert turn.history == await store.list_turns("ann", session.id), "a pending turn is shown to nobody"
        await turn.finish("second", "length", StoredUsage(7, 3, 2))
    last = (await store.list_turns("ann", session.id))[-1]
    assert (last.id, last.answer, last.finish_reason, last.tokens) == (
        turn.id,
        "second",
        "length",
        StoredUsage(7, 3, 2),
    )
    assert last.created_s < last.finished_s
    assert (await store.get_session("ann", session.id)).updated_s == last.finished_s


async def test_an_unknown_session_is_refused_and_not_held(store: Store) -> None:
    for _ in range(2):
        with pytest.raises(SessionNotFound, match="nowhere"):
            async with store.open_turn("ann", "nowhere", user_message("hello")):
                raise AssertionError("the turn was entered")


async def test_a_session_is_stored_with_its_first_turn_and_not_before(store: Store) -> None:
    turn = await store.open_named_turn("ann", "desk", user_message("hello"))
    assert await count_rows(store, "sessions") == 0
    async with turn:
        assert (await store.get_session_by_name("ann", "desk")).id == turn.session_id
        await turn.finish("yes", "stop", FEW)
    async with await store.open_named_turn("ann", "desk", user_message("again")) as second:
        assert second.session_id == turn.session_id
        await second.finish("no", "stop", FEW)
    assert [earlier.answer for earlier in second.history] == ["yes"]


async def test_a_new_session_whose_turn_gets_no_answer_is_gone(store: Store) -> None:
    with pytest.raises(KeyError):
        async with await store.open_named_turn("ann", "desk", user_message(RED, "hello")):
            raise KeyError
    for table in ("sessions", "turns", "pictures"):
        assert await count_rows(store, table) == 0, table


async def test_a_session_that_was_there_stays_when_its_turn_gets_no_answer(store: Store) -> None:
    await store.create_session("ann", "desk")
    with pytest.raises(KeyError):
        async with await store.open_named_turn("ann", "desk", user_message("hello")):
            raise KeyError
    assert (await count_rows(store, "sessions"), await count_rows(store, "turns")) == (1, 0)


async def test_of_two_first_turns_one_creates_the_session(store: Store) -> None:
    one, two = [await store.open_named_turn("ann", "desk", user_message("hello")) for _ in range(2)]
    async with one:
        with pytest.raises(NameTaken):
            await two.enter()
        await one.finish("yes", "stop", FEW)
    assert await list_answers(store, await store.get_session_by_name("ann", "desk")) == [("yes", "stop")]


async def test_turns_of_a_session_run_one_after_the_other(store: Store) -> None:
    session = await store.create_session("ann")
    seen: list[int] = []

    async def one(number: int) -> None:
        async with store.open_turn("ann", session.id, user_message(f"question {number}")) as turn:
            seen.append(len(turn.history))
            await asyncio.sleep(0.01)
            await turn.finish(f"answer {number}", "stop", FEW)

    await asyncio.gather(*(one(number) for number in range(10)))
    assert seen == list(range(10))
    assert await list_answers(store, session) == [(f"answer {number}", "stop") for number in range(10)]


async def test_other_sessions_do_not_wait(store: Store) -> None:
    first, second = await store.create_session("ann"), await store.create_session("ann")
    async with store.open_turn("ann", first.id, user_message("slow")):
        assert await is_free(store, second)


async def test_turns_of_servers_that_share_a_database_run_one_after_the_other(postgres_url: str) -> None:
    """The history of every turn must be exactly the turns stored before it."""
    async with open_store(postgres_url) as one, open_store(postgres_url) as other:
        session = await one.create_session("ann")
        histories: dict[str, list[str]] = {}

        async def ask_something(store: Store) -> None:
            async with store.open_turn("ann", session.id, user_message("hello")) as turn:
                histories[turn.id] = [earlier.id for earlier in turn.history]
                await asyncio.sleep(random.Random(turn.id).random() * 0.02)
                await turn.finish("yes", "stop", FEW)

        await asyncio.gather(*(ask_something((one, other)[number % 2]) for number in range(20)))
        stored = [turn.id for turn in await one.list_turns("ann", session.id)]
        assert len(stored) == 20
        assert histories == {turn_id: stored[:i] for i, turn_id in enumerate(stored)}


async def test_the_answer_so_far_is_kept_when_its_client_leaves(store: Store) -> None:
    session = await store.create_session("ann")
    saved = asyncio.Event()

    async def answer() -> None:
        async with store.open_turn("ann", session.id, user_message(RED, "what is it")) as turn:
            turn.save("It", FEW)
            turn.save("It is a", StoredUsage(5, 0, 3))
            saved.set()
            await asyncio.sleep(60)

    running = asyncio.create_task(answer())
    await saved.wait()
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    (turn,) = await store.list_turns("ann", session.id)
    assert (turn.answer, turn.finish_reason, turn.tokens.num_generated) == ("It is a", "abort", 3)
    assert turn.messages[0].parts == (RED.ref, "what is it")
    assert await is_free(store, session)


async def test_a_scope_that_cancels_every_await_loses_nothing(store: Store) -> None:
    """Litestar ends a stream like that when its client has left."""
    session = await store.create_session("ann")
    with anyio.CancelScope() as scope:
        async with store.open_turn("ann", session.id, user_message("hello")) as turn:
            turn.save("It is", FEW)
            scope.cancel()
            await asyncio.sleep(60)
    assert await is_free(store, session)
    assert (await list_answers(store, session))[0] == ("It is", "abort")


async def test_a_closed_generator_keeps_the_answer_so_far(store: Store) -> None:
    session = await store.create_session("ann")

    async def stream() -> AsyncIterator[str]:
        async with store.open_turn("ann", session.id, user_message("hello")) as turn:
            for text in ("It", "It is", "It is red"):
                turn.save(text, FEW)
                yield text

    pieces = stream()
    assert [await anext(pieces), await anext(pieces)] == ["It", "It is"]
    await pieces.aclose()  # type: ignore[attr-defined]
    assert await list_answers(store, session) == [("It is", "abort")]


async def test_an_error_keeps_the_answer_so_far(store: Store) -> None:
    session = await store.create_session("ann")

    async def fail() -> None:
        async with store.open_turn("ann", session.id, user_message("hello")) as turn:
            turn.save("It is", FEW)
            raise KeyError

    with pytest.raises(KeyError):
        await fail()
    assert await list_answers(store, session) == [("It is", "error")]


async def test_a_turn_without_an_answer_is_deleted(store: Store) -> None:
    session = await store.create_session("ann")
    with pytest.raises(KeyError):
        async with store.open_turn("ann", session.id, user_message(BLUE)):
            raise KeyError
    for table in ("turns", "messages", "parts", "pictures"):
        assert await count_rows(store, table) == 0, table


async def test_a_finished_turn_does_not_change_any_more(store: Store) -> None:
    session = await store.create_session("ann")

    async def fail() -> None:
        async with store.open_turn("ann", session.id, user_message("hello")) as turn:
            await turn.finish("yes", "stop", FEW)
            turn.save("ye", FEW)
            raise KeyError

    with pytest.raises(KeyError):
        await fail()
    assert await list_answers(store, session) == [("yes", "stop")]


async def test_finishing_outlives_its_caller(store: Store) -> None:
    session = await store.create_session("ann")

    async def answer() -> None:
        async with store.open_turn("ann", session.id, user_message("hello")) as turn:
            turn.save("ye", FEW)
            asyncio.get_running_loop().call_soon(running.cancel)
            await turn.finish("yes", "stop", FEW)

    running = asyncio.create_task(answer())
    with pytest.raises(asyncio.CancelledError):
        await running
    assert await list_answers(store, session) == [("yes", "stop")]


async def test_a_session_deleted_meanwhile_is_not_found_by_its_turn(store: Store) -> None:
    session = await store.create_session("ann")
    async with store.open_turn("ann", session.id, user_message(RED)) as turn:
        await store.delete_session("ann", session.id)
        with pytest.raises(SessionNotFound):
            await turn.finish("yes", "stop", FEW)
    session = await store.create_session("ann")
    async with store.open_turn("ann", session.id, user_message(RED)) as turn:
        turn.save("ye", FEW)
        await store.delete_session("ann", session.id)
    assert await count_rows(store, "pictures") == 0


@pytest.fixture
def writes(store: Store, monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """The transactions that are written from now on."""
    written: list[Any] = []
    write = store.database.write

    async def counted(work: Any) -> Any:
        written.append(work)
        return await write(work)

    monkeypatch.setattr(store.database, "write", counted)
    return written


async def test_a_turn_has_the_options_as_the_turn_before_left_them(store: Store) -> None:
    session = await store.create_session("ann", options={"profile": "shop"})
    async with store.open_turn("ann", session.id, user_message("one")) as first:
        assert first.options == {"profile": "shop"}
        waiting = asyncio.create_task(store.open_turn("ann", session.id, user_message("two")).enter())
        await asyncio.sleep(0.05)
        await store.change_options("ann", session.id, {"profile": "plain"})
        await first.finish("yes", "stop", FEW)
    second = await waiting
    assert second.options == {"profile": "plain"}
    await asyncio.wait([second.leave()])


async def test_a_turn_that_ends_soon_is_two_writes(
    store: Store, monkeypatch: pytest.MonkeyPatch, writes: list[Any]
) -> None:
    monkeypatch.setattr(handle, "SAVE_EVERY_S", 60.0)
    session = await store.create_session("ann")
    writes.clear()
    async with store.open_turn("ann", session.id, user_message("hello")) as turn:
        for text in ("It", "It is", "It is red"):
            turn.save(text, FEW)
            await asyncio.sleep(0)
        await turn.finish("It is red", "stop", FEW)
    assert len(writes) == 2
    assert await list_answers(store, session) == [("It is red", "stop")]


async def test_many_saves_are_one_write_also_when_nothing_follows(
    store: Store, monkeypatch: pytest.MonkeyPatch, writes: list[Any]
) -> None:
    monkeypatch.setattr(handle, "SAVE_EVERY_S", 0.2)
    session = await store.create_session("ann")
    async with store.open_turn("ann", session.id, user_message("hello")) as turn:
        writes.clear()
        for text in ("a", "ab", "abc"):
            turn.save(text, FEW)
        await save_and_wait(store, turn, "abcd")
        await asyncio.sleep(0.5)
        assert len(writes) == 1, "one write of all of it"
        await save_and_wait(store, turn, "abcde")
        assert len(writes) == 2


async def test_a_save_under_way_does_not_replace_the_finished_answer(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The write may be under way when the turn ends."""
    monkeypatch.setattr(handle, "SAVE_EVERY_S", 0.0)
    for number in range(30):
        session = await store.create_session("ann")
        async with store.open_turn("ann", session.id, user_message("hello")) as turn:
            turn.save("It", FEW)
            for _ in range(number % 10):
                await asyncio.sleep(0)
            await turn.finish("It is red", "stop", FEW)
        assert await list_answers(store, session) == [("It is red", "stop")]


async def test_nothing_goes_on_saving_after_the_end(store: Store) -> None:
    session = await store.create_session("ann")
    before = asyncio.all_tasks()
    async with store.open_turn("ann", session.id, user_message("hello")) as turn:
        turn.save("ye", FEW)
    await asyncio.sleep(0)
    assert asyncio.all_tasks() <= before
    assert await list_answers(store, session) == [("ye", "abort")]


async def test_turns_cancelled_at_any_moment_are_whole_or_absent(store: Store) -> None:
    sessions = [await store.create_session("ann") for _ in range(5)]
    randomness = random.Random(0)
    finished: set[str] = set()

    async def answer(number: int) -> None:
        async with store.open_turn("ann", sessions[number % 5].id, user_message(RED, f"question {number}")) as turn:
            if number % 3:
                turn.save("It is", FEW)
            await turn.finish("It is red", "stop", FEW)
            finished.add(turn.id)

    async def leave_early(number: int) -> None:
        running = asyncio.create_task(answer(number))
        await asyncio.wait([running], timeout=randomness.random() * 0.5 if number else None)  # the first stays
        running.cancel()
        await asyncio.wait([running])

    await asyncio.gather(*(leave_early(number) for number in range(150)))
    stored = [turn for session in sessions for turn in await store.list_turns("ann", session.id)]
    assert finished <= {turn.id for turn in stored}
    assert 0 < len(finished) < 150
    for turn in stored:
        assert turn.messages[0].parts[0] == RED.ref
        assert (turn.answer, turn.finish_reason) in (("It is red", "stop"), ("It is", "abort"))
    for session in sessions:
        assert await is_free(store, session)
    assert await count_rows(store, "turns WHERE finish_reason IS NULL") == 0
    assert await count_rows(store, "turns") == await count_rows(store, "messages")
    assert not store._leases._held


async def test_an_error_of_the_database_is_raised_at_the_end(
    store: Store, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    session = await store.create_session("ann")
    monkeypatch.setattr(handle, "SAVE_EVERY_S", 0.01)

    async def fail(work: object) -> None:  # noqa: ARG001
        raise DatabaseUnreachable("here", "it is gone")

    caplog.set_level(logging.WARNING, "server")
    async with store.open_turn("ann", session.id, user_message("hello")) as turn:
        monkeypatch.setattr(store.database, "write", fail)
        turn.save("ye", FEW)
        await asyncio.sleep(0.1)
        with pytest.raises(DatabaseUnreachable):
            await turn.finish("yes", "stop", FEW)
    assert "a part of an answer was not saved" in caplog.text
    monkeypatch.undo()
    async with store.open_turn("ann", (await store.create_session("ann")).id, user_message("hello")) as turn:
        turn.save("ye", FEW)
        monkeypatch.setattr(store.database, "write", fail)
    assert "will be marked aborted" in caplog.text


async def test_a_turn_can_be_left_without_waiting(store: Store) -> None:
    session = await store.create_session("ann")
    for text in ("", "half an"):
        turn = await store.open_turn("ann", session.id, user_message("question")).enter()
        if text:
            turn.save(text, FEW)
        for _ in range(2):
            turn.leave()
        assert await is_free(store, session)
    assert await list_answers(store, session) == [("next", "stop"), ("half an", "abort"), ("next", "stop")]


async def test_leaving_after_the_end_changes_nothing(store: Store) -> None:
    session = await store.create_session("ann")
    turn = await store.open_turn("ann", session.id, user_message("question")).enter()
    await turn.finish("whole", "stop", FEW)
    turn.leave(RuntimeError())
    assert await list_answers(store, session) == [("whole", "stop")]
