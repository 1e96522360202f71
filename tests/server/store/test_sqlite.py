"""SQLite has one writer at a time, readers beside it, and one server per file."""

import asyncio
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import text

from server.store.database import open_database
from server.store.errors import DatabaseInUse
from server.store.sqlite import create_sqlite_engines, lock_file
from server.store.store import open_store
from tests.helpers.store_turns import ask

pytestmark = pytest.mark.anyio


async def test_connections_have_the_pragmas(tmp_path: Path) -> None:
    for engine in create_sqlite_engines(tmp_path / "db"):
        async with engine.begin() as connection:
            got = {
                name: (await connection.execute(text(f"PRAGMA {name}"))).scalar_one()
                for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout", "secure_delete")
            }
        await engine.dispose()
        assert got == {
            "journal_mode": "wal",
            "synchronous": 2,
            "foreign_keys": 1,
            "busy_timeout": 10_000,
            "secure_delete": 1,
        }


async def test_writers_that_read_first_do_not_fail_and_lose_nothing(tmp_path: Path) -> None:
    """With a plain `BEGIN` this fails as "database is locked", and without a transaction with a wrong sum."""
    first, second = create_sqlite_engines(tmp_path / "db")[0], create_sqlite_engines(tmp_path / "db")[0]
    async with first.begin() as connection:
        await connection.execute(text("CREATE TABLE counter (value INTEGER)"))
        await connection.execute(text("INSERT INTO counter VALUES (0)"))

    async def add_one(number: int) -> None:
        async with (first, second)[number % 2].begin() as connection:
            value = (await connection.execute(text("SELECT value FROM counter"))).scalar_one()
            await asyncio.sleep(0.001)
            await connection.execute(text(f"UPDATE counter SET value = {value + 1}"))

    await asyncio.gather(*(add_one(number) for number in range(40)))
    async with first.connect() as connection:
        assert (await connection.execute(text("SELECT value FROM counter"))).scalar_one() == 40
    await first.dispose()
    await second.dispose()


async def test_a_reader_does_not_wait_for_a_writer(tmp_path: Path) -> None:
    database = await open_database(tmp_path / "db")

    async def look(_writing: object) -> int:
        rows = await database.read(lambda c: c.exec_driver_sql("SELECT count(*) FROM sessions"))
        return int(rows.scalar_one())

    assert await asyncio.wait_for(database.write(look), timeout=30) == 0
    await database.close()


def test_a_file_is_locked_by_one_server(tmp_path: Path) -> None:
    lock = lock_file(tmp_path / "db")
    with pytest.raises(DatabaseInUse, match="another server"):
        lock_file(tmp_path / "db")
    lock.close()
    lock_file(tmp_path / "db").close()


async def test_a_killed_server_releases_its_lock(tmp_path: Path) -> None:
    code = (
        "import sys, pathlib, server.store.sqlite as s; f = s.lock_file(pathlib.Path(sys.argv[1])); print(1); input()"
    )
    command = [sys.executable, "-u", "-c", code, str(tmp_path / "db")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        with pytest.raises(DatabaseInUse):
            await open_database(tmp_path / "db")
        process.kill()
    await (await open_database(tmp_path / "db")).close()


async def test_deleted_text_is_overwritten_in_the_file(tmp_path: Path) -> None:
    secret = "my card is 1234 5678"
    async with open_store(tmp_path / "db") as store:
        session = await store.create_session("ann")
        await ask(store, session, secret)
    assert secret.encode() in (tmp_path / "db").read_bytes()
    async with open_store(tmp_path / "db") as store:
        await store.delete_session("ann", session.id)
    assert secret.encode() not in (tmp_path / "db").read_bytes()
