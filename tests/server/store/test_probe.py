"""The database's faults are told apart, once each, and nothing is said to be stored that is lost."""

import asyncio
import shutil
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from sqlalchemy.ext.asyncio import AsyncConnection

from server.store import probe
from server.store.database import Database
from server.store.errors import DatabaseFull, DatabaseReadOnly, DatabaseUnreachable, FileMissing, FileReplaced
from server.store.records import StoredUsage
from server.store.store import Store, open_store
from tests.helpers.disks import fill, mounted_disk
from tests.helpers.store_turns import ask, count_rows, list_answers, user_message

pytestmark = pytest.mark.anyio


@pytest.fixture(autouse=True)
def often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(probe, "PROBE_EVERY_S", 0.0)


async def find_reason(store: Store) -> str | None:
    try:
        await store.check()
    except DatabaseUnreachable as error:
        return error.reason
    return None


def replace(path: Path) -> None:
    shutil.copy(path, path.with_name("copy"))
    path.with_name("copy").replace(path)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (Path.unlink, "database file missing"),
        (lambda path: path.rename(path.with_name("away")), "database file missing"),
        (lambda path: path.with_name(f"{path.name}-wal").unlink(), "database file missing"),
        (lambda path: shutil.rmtree(path.parent), "database file missing"),
        (replace, "database file replaced"),
    ],
)
async def test_nothing_is_stored_in_a_file_that_is_no_longer_there(
    tmp_path: Path, change: Callable[[Path], object], reason: str
) -> None:
    path = tmp_path / "data" / "sessions.db"
    async with open_store(path) as store:
        session = await store.create_session("ann", "desk")
        turn_id = await ask(store, session, "before")
        assert await find_reason(store) is None
        change(path)
        attempts: list[Awaitable[object]] = [
            ask(store, session, "after"),
            store.create_session("ann"),
            store.give_feedback("ann", session.id, "up", "", turn_id),
            store.change_options("ann", session.id, {"title": "new"}),
            store.save_run("ann", "run", b"{}"),
            store.spend_tokens("key", 1, 5),
            store.delete_session("ann", session.id),
            store.cache_answer("ann", "a" * 64, "said"),
            store.list_sessions("ann"),
        ]
        for attempt in attempts:
            with pytest.raises((FileMissing, FileReplaced)):
                await attempt
        assert await find_reason(store) == reason
        assert path.exists() == (reason == "database file replaced" or path.with_name("sessions.db").exists())


async def test_a_file_that_is_put_back_is_used_again(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path, away = tmp_path / "sessions.db", tmp_path / "away.db"
    async with open_store(path) as store:
        session = await store.create_session("ann", "desk")
        await store.spend_tokens("key", 1, 3)
        path.rename(away)
        for _ in range(3):
            assert await find_reason(store) == "database file missing"
        with pytest.raises(FileMissing):
            await store.spend_tokens("key", 1, 4)
        away.rename(path)
        for _ in range(3):
            assert await find_reason(store) is None
        assert await store.get_spent_tokens("key", 1) == 7
        assert await store.list_spent_tokens(1) == {"key": 7}
        await store.spend_tokens("key", 1, 1)
        await ask(store, session, "after")
    logged = [record.getMessage() for record in caplog.records if record.name == "server"]
    assert [("not ready" in text, "can be used again" in text) for text in logged] == [(True, False), (False, True)]
    async with open_store(path) as store:
        assert await list_answers(store, session) == [("yes", "stop")]
        assert await store.get_spent_tokens("key", 1) == 8


async def test_a_turn_whose_file_goes_while_it_is_answered_is_not_said_to_be_stored(tmp_path: Path) -> None:
    path = tmp_path / "sessions.db"
    async with open_store(path) as store:
        session = await store.create_session("ann", "desk")
        turn = await store.open_turn("ann", session.id, user_message("hello")).enter()
        path.unlink()
        with pytest.raises(FileMissing):
            await turn.finish("It is red", "stop", StoredUsage())


async def test_a_write_during_which_the_file_goes_fails(tmp_path: Path) -> None:
    path = tmp_path / "sessions.db"
    async with open_store(path) as store:

        async def remove(_: object) -> None:
            path.unlink()

        with pytest.raises(FileMissing):
            await store.database.write(remove)


async def test_a_full_disk_is_found_before_a_turn_is(tmp_path: Path) -> None:
    with mounted_disk(tmp_path / "disk", 24) as disk:
        async with open_store(disk / "sessions.db") as store:
            assert await find_reason(store) is None
            fill(disk)
            assert await find_reason(store) == "database full"
            (disk / "filler").unlink()
            assert await find_reason(store) is None


async def test_a_file_that_may_not_grow_is_full(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    async with open_store(tmp_path / "sessions.db") as store:
        await store.database.write(lambda c: c.exec_driver_sql("PRAGMA max_page_count=1"))
        for _ in range(3):
            assert await find_reason(store) == "database full"
        with pytest.raises(DatabaseFull):
            await ask(store, await store.create_session("ann"), "long " * 100_000)
        await store.database.write(lambda c: c.exec_driver_sql("PRAGMA max_page_count=1000000"))
        assert await find_reason(store) is None
    assert sum("not ready" in record.getMessage() for record in caplog.records) == 1
    assert (tmp_path / "sessions.db").stat().st_size < 1 << 20, "what is tried is not kept"


async def test_a_read_only_sqlite_is_not_ready(tmp_path: Path) -> None:
    async with open_store(tmp_path / "sessions.db") as store:
        await store.database.write(lambda c: c.exec_driver_sql("PRAGMA query_only=on"))
        assert await find_reason(store) == "database read-only"
        with pytest.raises(DatabaseReadOnly):
            await store.create_session("ann")


async def test_a_postgresql_that_takes_no_writes_is_not_ready(
    postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = probe._write

    async def write_read_only(connection: AsyncConnection, now_s: float) -> None:
        """As on a standby, where every transaction is read-only."""
        await connection.exec_driver_sql("SET TRANSACTION READ ONLY")
        await write(connection, now_s)

    async with open_store(postgres_url) as store:
        monkeypatch.setattr(probe, "_write", write_read_only)
        assert await find_reason(store) == "database read-only"
        monkeypatch.undo()
        monkeypatch.setattr(probe, "PROBE_EVERY_S", 0.0)
        assert await find_reason(store) is None


async def test_it_is_written_rarely(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(probe, "PROBE_EVERY_S", 1000.0)
    writes = []
    write = Database.write

    async def count(self: Database, work: object) -> object:
        writes.append(work)
        return await write(self, work)  # type: ignore[arg-type]

    async with open_store(url) as store:
        monkeypatch.setattr(Database, "write", count)
        await asyncio.gather(*(store.check() for _ in range(20)))
        assert len(writes) == 1
        assert await count_rows(store, "probes") == 1


async def test_a_busy_writer_is_ready_for_a_while(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(probe, "MAX_WAIT_S", 0.02)
    async with open_store(tmp_path / "sessions.db") as store:
        may_end = asyncio.Event()
        writing = asyncio.create_task(store.database.write(lambda _: may_end.wait()))
        await asyncio.sleep(0.05)
        assert await find_reason(store) is None
        monkeypatch.setattr(probe, "MAX_PROBE_S", 0.0)
        assert await find_reason(store) == "database unreachable"
        may_end.set()
        await writing
        monkeypatch.setattr(probe, "MAX_WAIT_S", 10.0)
        assert await find_reason(store) is None
