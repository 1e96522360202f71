"""Opening and closing; the rest of `Store` is tested beside the queries that it calls."""

import asyncio
import shutil
from pathlib import Path

import pytest

from server.store.database import open_database
from server.store.errors import DatabaseInUse, DatabaseUnreachable
from server.store.records import StoredUsage
from server.store.store import open_store
from tests.helpers.store_turns import ask, count_rows, list_answers, user_message

pytestmark = pytest.mark.anyio


async def test_sessions_survive_a_restart(url: str) -> None:
    async with open_store(url) as store:
        session = await store.create_session("ann", "desk", {"a": 1})
        await ask(store, session, "hello")
    async with open_store(url) as store:
        found = await store.get_session_by_name("ann", "desk")
        assert (found.id, found.options, found.num_turns) == (session.id, {"a": 1}, 1)
        assert await list_answers(store, session) == [("yes", "stop")]


async def test_closing_releases_the_file_also_after_an_error(tmp_path: Path) -> None:
    async def fail() -> None:
        async with open_store(tmp_path / "db"):
            with pytest.raises(DatabaseInUse):
                await open_database(tmp_path / "db")
            raise KeyError

    for _ in range(2):
        with pytest.raises(KeyError):
            await fail()


async def test_closing_waits_for_turns_that_are_ending(url: str) -> None:
    async with open_store(url) as store:
        session = await store.create_session("ann")

        async def answer() -> None:
            async with store.open_turn("ann", session.id, user_message("hello")) as turn:
                turn.save("It is", StoredUsage())
                await asyncio.sleep(60)

        running = asyncio.create_task(answer())
        while not await count_rows(store, "turns WHERE answer = 'It is'"):
            await asyncio.sleep(0.01)
        running.cancel()
        await asyncio.sleep(0)
    async with open_store(url) as store:
        assert await list_answers(store, session) == [("It is", "abort")]
        await asyncio.wait([running])


async def test_locks_are_kept_only_while_they_are_used(url: str) -> None:
    async with open_store(url) as store:
        for _ in range(5):
            await ask(store, await store.create_session("ann"), "hello")
        assert len(store._locks) <= 1


async def test_a_check_asks_the_database(url: str) -> None:
    async with open_store(url) as store:
        await store.check()
        await store.database._reader.dispose()
        await store.check()


async def test_the_check_fails_without_its_database(tmp_path: Path) -> None:
    async with open_store(tmp_path / "x" / "sessions.db") as store:
        await store.database._reader.dispose()
        shutil.rmtree(tmp_path / "x")
        with pytest.raises(DatabaseUnreachable):
            await store.check()
