"""One database, SQLite or PostgreSQL, and the only way to its transactions."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TextIO, TypeVar

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, IntegrityError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from server.store.errors import BadDatabaseURL, DatabaseUnreachable
from server.store.migrate import upgrade
from server.store.sqlite import lock_file, sqlite_engines

NUM_CONNECTIONS = 10
CONNECT_TIMEOUT_S = 10

T = TypeVar("T")
Work = Callable[[AsyncConnection], Awaitable[T]]


class Database:
    """`where` names it in messages, without a password; `lock` is held on an SQLite file."""

    def __init__(self, where: str, writer: AsyncEngine, reader: AsyncEngine, lock: TextIO | None = None) -> None:
        self.where = where
        self._writer = writer
        self._reader = reader
        self._lock = lock
        self._writes: set[asyncio.Task[Any]] = set()

    @property
    def is_exclusive(self) -> bool:
        """No other server can be using it."""
        return self._lock is not None

    async def read(self, work: Work[T]) -> T:
        """All of `work` sees one state of the database. Raises `DatabaseUnreachable`."""
        with self._translated():
            async with self._reader.begin() as connection:
                return await work(connection)

    async def write(self, work: Work[T]) -> T:
        """One transaction. Cancelling the caller does not cancel it: it ends by itself, whole or not at all.

        Raises `DatabaseUnreachable`.
        """
        return await asyncio.shield(self.start(self._write(work)))

    def start(self, writing: Coroutine[Any, Any, T]) -> "asyncio.Task[T]":
        """In a task of its own, which `close` waits for."""
        task = asyncio.create_task(writing)
        self._writes.add(task)
        task.add_done_callback(self._writes.discard)
        return task

    async def _write(self, work: Work[T]) -> T:
        with self._translated():
            async with self._writer.begin() as connection:
                return await work(connection)

    async def close(self) -> None:
        """After the writes that have begun."""
        while self._writes:
            await asyncio.wait(self._writes)
        await self._reader.dispose()
        await self._writer.dispose()
        if self._lock is not None:
            self._lock.close()

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except IntegrityError:
            raise  # ours, not the database's
        except (DBAPIError, PoolTimeout, OSError) as error:
            raise DatabaseUnreachable(self.where, getattr(error, "orig", None) or error) from error


async def open_database(where: str | Path) -> Database:
    """A path, `sqlite:///path` or `postgresql://user:password@host/name`, brought to the newest schema.

    Raises `DatabaseError`.
    """
    url = _url(where)
    database = _sqlite(Path(url.database or "")) if url.get_backend_name() == "sqlite" else _postgresql(url)
    try:
        await database.write(lambda connection: connection.run_sync(upgrade))
    except BaseException:
        await database.close()
        raise
    return database


def _url(where: str | Path) -> URL:
    if isinstance(where, Path) or "://" not in where:
        return URL.create("sqlite", database=str(where))
    scheme, rest = where.split("://", 1)
    # every driver's own scheme, and the one that hosting services hand out
    backend = {"postgres": "postgresql"}.get(scheme.split("+")[0], scheme.split("+")[0])
    if backend not in ("sqlite", "postgresql"):
        raise BadDatabaseURL(f"{scheme}://")
    try:
        return make_url(f"{backend}://{rest}")
    except (ArgumentError, ValueError) as error:
        raise BadDatabaseURL(f"a URL like this {scheme}:// one") from error


def _sqlite(path: Path) -> Database:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        lock = lock_file(path)
    except OSError as error:
        raise DatabaseUnreachable(str(path), error.strerror) from error
    return Database(str(path), *sqlite_engines(path), lock)


def _postgresql(url: URL) -> Database:
    writer = create_async_engine(
        url.set(drivername="postgresql+psycopg"),
        pool_size=NUM_CONNECTIONS,
        max_overflow=0,
        pool_pre_ping=True,  # the server may have restarted
        connect_args={"connect_timeout": CONNECT_TIMEOUT_S},
    )
    reader = writer.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
    return Database(url.render_as_string(hide_password=True), writer, reader)
