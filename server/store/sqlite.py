"""SQLite as the database of one server: readers never wait, and there is one writer at a time.

A transaction that reads before it writes and began with a plain `BEGIN` fails at once if another wrote in between,
whatever the busy timeout. So all that may write begin with `BEGIN IMMEDIATE` (https://sqlite.org/lang_transaction.html).
"""

import fcntl
from pathlib import Path
from typing import Any, TextIO
from urllib.parse import quote

from sqlalchemy import URL, Connection, event
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from server.store.errors import DatabaseInUse

NUM_READERS = 4
MAX_WAIT_S = 60
"""How long a transaction waits for those before it."""

PRAGMAS = (
    "journal_mode=wal",
    "synchronous=full",  # an answered turn survives a power cut too
    "busy_timeout=10000",  # milliseconds; for other programs, as this one has one writer
    "foreign_keys=on",
    "wal_autocheckpoint=256",  # pages: on a full disk, what is only in the log needs room in the file
    "journal_size_limit=1048576",  # bytes, for the same reason
    "secure_delete=on",  # what is deleted, above all pictures, is overwritten in the file
)


def create_sqlite_engines(path: Path) -> tuple[AsyncEngine, AsyncEngine]:
    """Return an engine for writing, with one connection, and one for reading."""
    path.touch()
    return _create_engine(path, 1, "BEGIN IMMEDIATE"), create_sqlite_reader(path, NUM_READERS, MAX_WAIT_S)


def create_sqlite_reader(path: Path, num_connections: int, max_wait_s: float) -> AsyncEngine:
    """Return an engine for reading, whose transactions wait for a connection for `max_wait_s`."""
    return _create_engine(path, num_connections, "BEGIN", max_wait_s)


def _create_engine(path: Path, num_connections: int, begin: str, max_wait_s: float = MAX_WAIT_S) -> AsyncEngine:
    # Connecting never creates a file: it would be an empty one in the place of one that was removed.
    query = {"mode": "rw", "uri": "true"}
    url = URL.create("sqlite+aiosqlite", database=f"file:{quote(str(path.absolute()))}", query=query)
    engine = create_async_engine(url, pool_size=num_connections, max_overflow=0, pool_timeout=max_wait_s)

    def configure(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # else the sqlite3 module begins transactions by itself
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
    """Lock a database until the returned file is closed or the process ends in any way. Raises `DatabaseInUse`.

    The lock is on a file beside the database, which SQLite has locks of its own on.
    """
    file = path.with_name(f"{path.name}.lock").open("w")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        file.close()
        raise DatabaseInUse(path) from error
    return file
