"""Opening, transactions, and what a caller's cancellation leaves."""

import asyncio
from pathlib import Path

import pytest
from sqlalchemy import make_url
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from server.store.database import Database, open_database
from server.store.errors import BadDatabaseURL, DatabaseError, DatabaseUnreachable, SessionNotFound

pytestmark = pytest.mark.anyio


async def insert(connection: AsyncConnection, name: str = "n") -> None:
    await connection.exec_driver_sql(f"INSERT INTO sessions VALUES ('{name}', 'o', '{name}', '{{}}', 0, 0)")


async def names(database: Database) -> list[str]:
    rows = await database.read(lambda c: c.exec_driver_sql("SELECT name FROM sessions ORDER BY name"))
    return list(rows.scalars())


@pytest.mark.parametrize("form", ["{}", "sqlite:///{}", "sqlite+aiosqlite:///{}"])
async def test_sqlite_opens_by_path_or_url(tmp_path: Path, form: str) -> None:
    path = tmp_path / "new" / "folder" / "store.sqlite3"
    database = await open_database(form.format(path))
    assert await names(database) == []
    assert database.is_exclusive
    await database.close()
    assert path.is_file()


@pytest.mark.parametrize("scheme", ["postgres", "postgresql+psycopg", "postgresql+asyncpg"])
async def test_postgresql_opens_by_every_usual_scheme(postgres_url: str, scheme: str) -> None:
    database = await open_database(postgres_url.replace("postgresql", scheme, 1))
    assert await names(database) == []
    assert not database.is_exclusive
    await database.close()


@pytest.mark.parametrize(
    "where", ["mysql://host/name", "sqlite://", "postgresql://host:port/name", "https://example.org"]
)
async def test_other_databases_are_refused(where: str) -> None:
    with pytest.raises(BadDatabaseURL):
        await open_database(where)


@pytest.mark.parametrize(
    ("url", "cause"),
    [
        ("postgresql://ann:secret@127.0.0.1:1/db", "Connection refused"),
        ("postgresql://ann:secret@/db?host=/nowhere", "No such file"),
        ("postgresql://ann@127.0.0.1:1/db?password=secret", "Connection refused"),
    ],
)
async def test_an_unreachable_server_is_reported_in_one_sentence(url: str, cause: str) -> None:
    with pytest.raises(DatabaseUnreachable, match=cause) as caught:
        await open_database(url)
    assert "secret" not in str(caught.value)
    assert "\n" not in str(caught.value)


async def test_a_missing_database_is_named(postgres_url: str) -> None:
    with pytest.raises(DatabaseUnreachable, match='database "nosuch" does not exist'):
        await open_database(make_url(postgres_url).set(database="nosuch").render_as_string())


async def test_a_file_that_is_no_database_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "letter.txt"
    path.write_text("dear sir, " * 100)
    with pytest.raises(DatabaseUnreachable, match="not a database"):
        await open_database(path)
    assert path.read_text().startswith("dear sir")


async def test_a_folder_that_cannot_be_created_is_reported(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(DatabaseUnreachable, match="cannot be used"):
        await open_database(tmp_path / "file" / "store")
    with pytest.raises(DatabaseError, match="unable to open"):
        await open_database(tmp_path)


async def test_a_write_that_raises_leaves_nothing(url: str) -> None:
    database = await open_database(url)

    async def fail(connection: AsyncConnection) -> None:
        await insert(connection)
        raise KeyError

    with pytest.raises(KeyError):
        await database.write(fail)
    assert await names(database) == []
    await database.close()


async def test_a_violated_constraint_is_not_an_unreachable_database(url: str) -> None:
    database = await open_database(url)
    await database.write(insert)
    with pytest.raises(IntegrityError):
        await database.write(insert)
    await database.close()


async def test_a_read_sees_one_state_and_no_half_write(url: str) -> None:
    database = await open_database(url)
    seen = []

    async def look_twice(connection: AsyncConnection) -> None:
        for _ in range(2):
            seen.append((await connection.exec_driver_sql("SELECT count(*) FROM sessions")).scalar_one())
            await database.write(lambda c: insert(c, f"n{len(seen)}"))

    await database.read(look_twice)
    assert seen == [0, 0]
    assert await names(database) == ["n1", "n2"]
    await database.close()


async def test_a_write_outlives_its_caller_and_close_waits_for_it(url: str) -> None:
    database = await open_database(url)

    async def slow(connection: AsyncConnection) -> None:
        await insert(connection, "first")
        await asyncio.sleep(0.05)
        await insert(connection, "second")

    writing = asyncio.create_task(database.write(slow))
    await asyncio.sleep(0.02)
    writing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await writing
    await database.close()
    database = await open_database(url)
    assert await names(database) == ["first", "second"]
    await database.close()


async def test_close_cancels_transactions_that_do_not_end(
    url: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("server.store.database.CLOSE_TIMEOUT_S", 0.05)
    database = await open_database(url)
    has_begun = asyncio.Event()

    async def endless(connection: AsyncConnection) -> None:
        await insert(connection)
        has_begun.set()
        await asyncio.Event().wait()

    writing = asyncio.create_task(database.write(endless))
    await has_begun.wait()
    await database.close()
    with pytest.raises(asyncio.CancelledError):
        await writing
    assert "1 transactions did not end" in caplog.text
    database = await open_database(url)
    assert await names(database) == []
    await database.close()


async def test_a_dead_host_is_noticed_unless_the_url_sets_other_timeouts(postgres_url: str) -> None:
    database = await open_database(f"{postgres_url}&keepalives_idle=77")

    async def parameters(connection: AsyncConnection) -> dict[str, str]:
        driver = (await connection.get_raw_connection()).driver_connection
        return driver.info.get_parameters() if driver is not None else {}

    found = await database.read(parameters)
    assert (found["tcp_user_timeout"], found["keepalives_idle"]) == ("30000", "77")
    await database.close()


async def test_reads_cancelled_at_any_moment_leak_no_connection(url: str) -> None:
    database = await open_database(url)
    for number in range(60):
        reading = asyncio.create_task(names(database))
        await asyncio.sleep(number * 0.0001)
        reading.cancel()
        await asyncio.wait([reading])
    assert await asyncio.wait_for(asyncio.gather(*(names(database) for _ in range(30))), timeout=20) == [[]] * 30
    await database.close()


async def test_dropped_connections_are_opened_again(postgres_url: str) -> None:
    database, other = await open_database(postgres_url), await open_database(postgres_url)
    await asyncio.gather(*(database.read(lambda c: c.exec_driver_sql("SELECT pg_sleep(0.1)")) for _ in range(5)))
    drop_all = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND datname <> ''"
    await other.write(lambda c: c.exec_driver_sql(drop_all))
    assert await names(database) == []
    await other.close()
    await database.close()


async def test_a_connection_dropped_in_a_transaction_is_reported(postgres_url: str) -> None:
    database = await open_database(postgres_url)
    with pytest.raises(DatabaseUnreachable, match="terminating connection"):
        await database.write(lambda c: c.exec_driver_sql("SELECT pg_terminate_backend(pg_backend_pid())"))
    assert await names(database) == []
    await database.close()


@pytest.mark.parametrize(
    ("error", "is_logged"), [(SessionNotFound("s"), False), (ZeroDivisionError("unexpected"), True)]
)
async def test_an_unexpected_error_after_its_caller_has_left_is_logged(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, error: Exception, is_logged: bool
) -> None:
    database = await open_database(tmp_path / "store.sqlite3")
    has_begun, may_fail = asyncio.Event(), asyncio.Event()

    async def fail(_: AsyncConnection) -> None:
        has_begun.set()
        await may_fail.wait()
        raise error

    caller = asyncio.create_task(database.read(fail))
    await has_begun.wait()
    caller.cancel()
    await asyncio.gather(caller, return_exceptions=True)
    may_fail.set()
    await database.close()
    logged = [record.getMessage() for record in caplog.records if record.levelname == "ERROR"]
    assert logged == (["a transaction failed after its caller had left"] if is_logged else [])
