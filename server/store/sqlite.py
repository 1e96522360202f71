"""SQLite as one server's database: readers never wait, writers take turns.

A transaction that reads before it writes and began as a plain `BEGIN` fails at once when another writer was quicker,
however long the busy timeout, so all that may write begin with `BEGIN IMMEDIATE` (https://sqlite.org/lang_transaction.html).
"""

import fcntl
from pathlib import Path
from typing import Any, TextIO

from sqlalchemy import URL, Connection, event
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from server.store.errors import DatabaseInUse

NUM_READERS = 4
WAIT_S = 60
"""How long a writer waits for those before it."""

PRAGMAS = (
    "journal_mode=wal",
    "synchronous=full",  # an answered turn survives a power cut too
    "busy_timeout=10000",  # milliseconds; only other programs are waited for: this one has one writer
    "foreign_keys=on",
    "secure_delete=on",  # what is deleted, pictures above all, is gone from the file
)


def sqlite_engines(path: Path) -> tuple[AsyncEngine, AsyncEngine]:
    """For writing and for reading."""
    return _engine(path, 1, "BEGIN IMMEDIATE"), _engine(path, NUM_READERS, "BEGIN")


def _engine(path: Path, num_connections: int, begin: str) -> AsyncEngine:
    url = URL.create("sqlite+aiosqlite", database=str(path))
    engine = create_async_engine(url, pool_size=num_connections, max_overflow=0, pool_timeout=WAIT_S)

    def configure(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # else sqlite3 begins transactions where it thinks fit
        cursor = connection.cursor()
        for pragma in PRAGMAS:
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    def begin_transaction(connection: Connection) -> None:
        connection.exec_driver_sql(begin)

    event.listen(engine.sync_engine, "connect", configure)
    event.listen(engine.sync_engine, "begin", begin_transaction)
    return engine


def lock_file(path: Path) -> TextIO:
    """Hold `path` until the file returned is closed, or the process is gone, however it went. Raises `DatabaseInUse`.

    The lock is on a file beside it: SQLite has locks of its own on the database.
    """
    file = path.with_name(f"{path.name}.lock").open("w")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        file.close()
        raise DatabaseInUse(path) from error
    return file
