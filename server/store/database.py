"""A database, SQLite or PostgreSQL, and its transactions."""

import asyncio
import logging
import sqlite3
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import URL, Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from server.store.database_url import parse_url
from server.store.errors import DatabaseFull, DatabaseUnreachable, SearchTimedOut, StoreError
from server.store.faults import describe_fault, is_interrupted
from server.store.migrate import upgrade
from server.store.postgresql import create_postgresql_engines, create_postgresql_reader
from server.store.private_files import prepare_database
from server.store.sqlite import create_sqlite_engines, create_sqlite_reader
from server.store.sqlite_file import SQLiteFile
from server.store.time_limit import stopping_at

CLOSE_TIMEOUT_S = 15.0
"""How long closing waits for transactions, as those of a database that hangs do not end."""

CANCEL_TIMEOUT_S = 1.0
NUM_CANCELS = 2
"""Twice, as psycopg asks the database to cancel the query at the first, and waits for its answer."""

NUM_SEARCHERS = 2
MAX_SEARCH_S = 5.0
"""How long a search may take, with its wait for those before it."""

logger = logging.getLogger("server")

T = TypeVar("T")
Work = Callable[[AsyncConnection], Awaitable[T]]


class Database:
    """An open database. `where` names it in messages, without a password; `file` is that of SQLite.

    Transactions run in tasks of their own, which are not cancelled with their caller: a driver that is cancelled has to
    drop its connection, and nobody knows whether a commit under way was stored.
    """

    def __init__(
        self,
        where: str,
        writer: AsyncEngine,
        reader: AsyncEngine,
        searcher: AsyncEngine,
        urgent_writer: AsyncEngine,
        file: SQLiteFile | None = None,
    ) -> None:
        self.where = where
        self._writer = writer
        self._reader = reader
        self._searcher = searcher
        self._urgent_writer = urgent_writer
        self._file = file
        self._giving_back = asyncio.Lock()
        self._tasks: set[asyncio.Task[Any]] = set()

    @property
    def is_exclusive(self) -> bool:
        """Whether no other server can be using the database."""
        return self._file is not None

    async def read(self, work: Work[T]) -> T:
        """Run `work` in a transaction that sees one state of the database. Raises `DatabaseUnreachable`."""
        return await self.wait_for(self._run(self._reader, work))

    async def write(self, work: Work[T]) -> T:
        """Run `work` in a transaction that is stored whole or not at all. Raises `DatabaseUnreachable`."""
        return await self.wait_for(self._run(self._writer, work))

    async def write_at_once(self, work: Work[T]) -> T:
        """Run `work` as `write` does, in PostgreSQL without waiting for a connection."""
        return await self.wait_for(self._run(self._urgent_writer, work))

    async def search(self, work: Work[T]) -> T:
        """Run `work` as `read` does, beside all others and not for long.

        Raises `DatabaseUnreachable`, and `SearchTimedOut` after `MAX_SEARCH_S`.
        """
        return await self.wait_for(self._search(work))

    async def delete(self, work: Work[T]) -> T:
        """Run `work` as `write` does, on a full disk too where that is possible: there, nothing is overwritten."""
        try:
            return await self.write(work)
        except DatabaseFull:
            if self._file is None:
                raise
        await asyncio.to_thread(self._file.give_up_reserve)
        return await self.write(partial(_delete_sparingly, work=work))

    async def give_back_room(self) -> None:
        """Give what was freed by deletions back to the file system, as far as the database can."""
        if self._file is not None:
            async with self._giving_back:
                await asyncio.to_thread(self._file.give_back_room)

    def check_room(self) -> None:
        """Raise `DatabaseFull` if the disk of an SQLite file is full."""
        if self._file is not None:
            self._file.check_room()

    async def wait_for(self, work: Coroutine[Any, Any, T]) -> T:
        """Run transactions that go on to their end where nobody waits for it any more."""
        task = self.start(work)
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
            self._check_file()
            async with engine.begin() as connection:
                result = await work(connection)
            self._check_file()  # else what was just stored is in a file that nobody will find again
            return result
        except (IntegrityError, DataError):
            raise  # a mistake in this code, not an error of the database
        except (DBAPIError, PoolTimeout, OSError) as error:
            raise describe_fault(self.where, getattr(error, "orig", None) or error) from error

    def _check_file(self) -> None:
        if self._file is not None:
            self._file.check()

    async def _search(self, work: Work[T]) -> T:
        is_over = asyncio.get_running_loop().time() + MAX_SEARCH_S

        async def search(connection: AsyncConnection) -> T:
            async with stopping_at(connection, is_over):
                return await work(connection)

        try:
            return await self._run(self._searcher, search)
        except DatabaseUnreachable as error:
            cause = error.__cause__
            if isinstance(cause, PoolTimeout) or is_interrupted(getattr(cause, "orig", None)):
                raise SearchTimedOut(MAX_SEARCH_S) from error
            raise

    async def close(self) -> None:
        """Wait for the transactions that have begun, cancel those that do not end, and close all connections."""
        await self._end_tasks()
        for engine in (self._searcher, self._reader, self._urgent_writer, self._writer):
            await engine.dispose()
        if self._file is not None:
            await asyncio.to_thread(self._file.close)

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


async def _delete_sparingly(connection: AsyncConnection, work: Work[T]) -> T:
    """Delete without overwriting what is deleted, which would have to be written to the full disk first."""
    await connection.exec_driver_sql("PRAGMA secure_delete=fast")
    try:
        return await work(connection)
    finally:
        await connection.exec_driver_sql("PRAGMA secure_delete=on")


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
    url = parse_url(where)
    database = _open_sqlite(Path(url.database or "")) if url.get_backend_name() == "sqlite" else _open_postgresql(url)
    try:
        await database.write(lambda connection: connection.run_sync(upgrade))
        await database.give_back_room()
    except BaseException:
        await database.close()
        raise
    return database


def _open_sqlite(path: Path) -> Database:
    try:
        prepare_database(path)
        file = SQLiteFile(path)
    except (OSError, sqlite3.Error) as error:
        raise describe_fault(str(path), error) from error
    searcher = create_sqlite_reader(path, NUM_SEARCHERS, MAX_SEARCH_S)
    writer, reader = create_sqlite_engines(path)
    return Database(str(path), writer, reader, searcher, writer, file)


def _open_postgresql(url: URL) -> Database:
    where = url.set(password=None, query={}).render_as_string()
    searcher = create_postgresql_reader(url, NUM_SEARCHERS, MAX_SEARCH_S)
    writer, reader, urgent_writer = create_postgresql_engines(url)
    return Database(where, writer, reader, searcher, urgent_writer)
