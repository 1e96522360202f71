"""A database, SQLite or PostgreSQL, and its transactions."""

import asyncio
import logging
import sqlite3
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress
from pathlib import Path
from typing import Any, TextIO, TypeVar

from sqlalchemy import URL, Table, make_url
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import ArgumentError, DataError, DBAPIError, IntegrityError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from server.store.errors import BadDatabaseURL, DatabaseUnreachable, StoreError
from server.store.migrate import upgrade
from server.store.sqlite import create_sqlite_engines, lock_file

NUM_CONNECTIONS = 10
CLOSE_TIMEOUT_S = 15.0
"""How long closing waits for transactions, as those of a database that hangs do not end."""

CANCEL_TIMEOUT_S = 1.0
NUM_CANCELS = 2
"""Twice, as psycopg asks the database to cancel the query at the first, and waits for its answer."""

CONNECTING = {
    "connect_timeout": 10,
    "keepalives_idle": 15,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 30_000,
}
"""Parameters of libpq (https://www.postgresql.org/docs/current/libpq-connect.html), unless the URL sets them.

A host that disappears without closing its connections is noticed within half a minute. By default Linux takes a
quarter of an hour if data was sent, and two hours if none was.
"""

logger = logging.getLogger("server")

T = TypeVar("T")
Work = Callable[[AsyncConnection], Awaitable[T]]


class Database:
    """An open database. `where` names it in messages, without a password; `lock` is held on an SQLite file.

    Transactions run in tasks of their own, which are not cancelled with their caller: a driver that is cancelled has to
    drop its connection, and nobody knows whether a commit under way was stored.
    """

    def __init__(self, where: str, writer: AsyncEngine, reader: AsyncEngine, lock: TextIO | None = None) -> None:
        self.where = where
        self._writer = writer
        self._reader = reader
        self._lock = lock
        self._tasks: set[asyncio.Task[Any]] = set()

    @property
    def is_exclusive(self) -> bool:
        """Whether no other server can be using the database."""
        return self._lock is not None

    async def read(self, work: Work[T]) -> T:
        """Run `work` in a transaction that sees one state of the database. Raises `DatabaseUnreachable`."""
        return await self._wait_for(self._run(self._reader, work))

    async def write(self, work: Work[T]) -> T:
        """Run `work` in a transaction that is stored whole or not at all. Raises `DatabaseUnreachable`."""
        return await self._wait_for(self._run(self._writer, work))

    async def _wait_for(self, transaction: Coroutine[Any, Any, T]) -> T:
        task = self.start(transaction)
        try:
            return await asyncio.shield(task)
        except asyncio.CancelledError:
            task.add_done_callback(_log_unexpected)
            raise

    def start(self, work: Coroutine[Any, Any, T]) -> "asyncio.Task[T]":
        """Start a task that `close` will wait for."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def _run(self, engine: AsyncEngine, work: Work[T]) -> T:
        try:
            async with engine.begin() as connection:
                return await work(connection)
        except (IntegrityError, DataError):
            raise  # a mistake in this code, not an error of the database
        except (DBAPIError, PoolTimeout, OSError) as error:
            raise DatabaseUnreachable(self.where, getattr(error, "orig", None) or error) from error

    async def close(self) -> None:
        """Wait for the transactions that have begun, cancel those that do not end, and close all connections."""
        await self._end_tasks()
        await self._reader.dispose()
        await self._writer.dispose()
        if self._lock is not None:
            self._lock.close()

    async def _end_tasks(self) -> None:
        await self._wait_for_tasks(CLOSE_TIMEOUT_S)
        if self._tasks:
            logger.warning("%d transactions did not end within %g s", len(self._tasks), CLOSE_TIMEOUT_S)
        for _ in range(NUM_CANCELS):
            for task in self._tasks:
                task.cancel()
            await self._wait_for_tasks(CANCEL_TIMEOUT_S)

    async def _wait_for_tasks(self, timeout_s: float) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(timeout_s):
                while self._tasks:
                    await asyncio.wait(self._tasks)


def _log_unexpected(task: "asyncio.Task[Any]") -> None:
    """Log the error of a transaction that nobody waits for any more, unless it is one that the store may raise."""
    error = None if task.cancelled() else task.exception()
    if error is not None and not isinstance(error, StoreError):
        logger.error("a transaction failed after its caller had left", exc_info=error)


def insert_into(connection: AsyncConnection, table: Table) -> postgresql.Insert | sqlite.Insert:
    """Return an insert of the connection's dialect, which has `on_conflict_do_nothing` and `on_conflict_do_update`."""
    if connection.dialect.name == "postgresql":
        return postgresql.insert(table)
    return sqlite.insert(table)


async def open_database(where: str | Path) -> Database:
    """Open a database and migrate it to the newest schema. Raises `DatabaseError`.

    `where` is a path, `sqlite:///path` or `postgresql://user:password@host/name`. Databases must be opened one after
    the other in a process, as Alembic keeps what it is migrating in its modules.
    """
    url = _parse_url(where)
    database = _open_sqlite(Path(url.database or "")) if url.get_backend_name() == "sqlite" else _open_postgresql(url)
    try:
        await database.write(lambda connection: connection.run_sync(upgrade))
    except BaseException:
        await database.close()
        raise
    return database


def _parse_url(where: str | Path) -> URL:
    if isinstance(where, Path) or "://" not in where:
        return URL.create("sqlite", database=str(where))
    scheme, rest = where.split("://", 1)
    kind = scheme.partition("+")[0]
    # The scheme may name a driver, and hosting services give out postgres:// instead of postgresql://.
    backend = "postgresql" if kind == "postgres" else kind
    if backend not in ("sqlite", "postgresql"):
        raise BadDatabaseURL(f"{scheme}://")
    try:
        url = make_url(f"{backend}://{rest}")
    except (ArgumentError, ValueError) as error:
        raise BadDatabaseURL(f"a malformed {scheme}:// URL") from error
    if backend == "sqlite" and not url.database:
        raise BadDatabaseURL("a database in memory")
    return url


def _open_sqlite(path: Path) -> Database:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        # Tried here first: if connecting fails, aiosqlite's thread stays behind, and may outlive the event loop.
        sqlite3.connect(path).close()
        lock = lock_file(path)
    except (OSError, sqlite3.Error) as error:
        raise DatabaseUnreachable(str(path), error) from error
    return Database(str(path), *create_sqlite_engines(path), lock)


def _open_postgresql(url: URL) -> Database:
    writer = create_async_engine(
        url.set(drivername="postgresql+psycopg"),
        pool_size=NUM_CONNECTIONS,
        max_overflow=0,
        pool_pre_ping=True,  # the server may have restarted
        connect_args={name: value for name, value in CONNECTING.items() if name not in url.query},
    )
    reader = writer.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
    return Database(url.set(password=None, query={}).render_as_string(), writer, reader)
