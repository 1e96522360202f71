"""The file of an SQLite database in use: whether it is still in its place, and room for it on the disk.

SQLite goes on with a file that was removed or replaced, and what it stores then is gone after a restart.
"""

import logging
import os
import sqlite3
from contextlib import suppress
from pathlib import Path

from server.store.errors import DatabaseFull, FileMissing, FileReplaced
from server.store.private_files import FILE_MODE
from server.store.sqlite import PRAGMAS, lock_file

RESERVE_BYTES = 4 << 20
"""The size of the file that is given up so that something can be deleted on a full disk."""

MIN_FREE_BYTES = 256 << 10
"""With less than this on the disk, it counts as full."""

MAX_HOLD_MS = 200
"""How long cutting the log waits for those who read from it."""

MAX_WAIT_MS = 10_000
"""How long anything else waits for the writer."""

STEP_PAGES = 128
"""How many free pages are given back to the file system in one transaction, which holds up the writer."""

KEPT_PAGES = 256
"""How many free pages stay in the file, to be used again."""

logger = logging.getLogger("server")


class SQLiteFile:
    """A file that this server alone uses. It has a connection of its own, for what is not done in transactions.

    That connection also keeps SQLite from removing its log of the latest transactions before the end, so that a log
    that is missing was removed by somebody else.
    """

    def __init__(self, path: Path) -> None:
        """Lock the file and connect to it. Raises `DatabaseInUse`, `OSError`, `sqlite3.Error`."""
        self._path = path
        self._reserve = path.with_name(f"{path.name}.reserve")
        self._lock = lock_file(path)
        try:
            # Tried here first: if connecting fails, aiosqlite's thread stays behind, and may outlive the event loop.
            self._connection = _connect(path)
        except sqlite3.Error:
            self._lock.close()
            raise
        log = path.with_name(f"{path.name}-wal")
        self._identities = {place: _identify(place) for place in (path, log)}

    def check(self) -> None:
        """Raise `FileMissing` or `FileReplaced` if the file or its log is no longer in its place."""
        for place, identity in self._identities.items():
            found = _identify(place)
            if found is None:
                raise FileMissing(place)
            if found != identity:
                raise FileReplaced(place)

    def check_room(self) -> None:
        """Raise `DatabaseFull` if the disk is full."""
        num_free = self._count_free_bytes()
        if num_free < MIN_FREE_BYTES:
            raise DatabaseFull(str(self._path), f"the disk has {num_free >> 10} KiB left")

    def _keep_reserve(self) -> None:
        """Make the reserve where there is none and the disk has plenty of room for it."""
        with suppress(OSError):
            has_reserve = self._reserve.exists() and self._reserve.stat().st_size >= RESERVE_BYTES
            if not has_reserve and self._count_free_bytes() > 2 * RESERVE_BYTES:
                self._reserve.touch(FILE_MODE)
                self._reserve.write_bytes(os.urandom(RESERVE_BYTES))  # zeros might take no room

    def give_up_reserve(self) -> bool:
        """Make room on a full disk, for something to be deleted; return whether there was a reserve."""
        try:
            self._reserve.unlink()
        except OSError:
            return False
        finally:
            self.empty_log()
        return True

    def empty_log(self) -> None:
        """Write the log into the database and cut it, unless a transaction needs it."""
        with suppress(sqlite3.Error):
            self._connection.execute(f"PRAGMA busy_timeout={MAX_HOLD_MS}")  # writers have to wait meanwhile
            self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
            self._connection.execute(f"PRAGMA busy_timeout={MAX_WAIT_MS}")

    def give_back_room(self) -> None:
        """Give free pages back to the file system, all but a few, and see to the reserve."""
        count = self._count_free_pages()
        while count > KEPT_PAGES:
            self._vacuum()
            before, count = count, self._count_free_pages()
            if count >= before and not self.give_up_reserve():
                logger.warning("%d free pages of %s stay in it, as the disk is full or it is busy", count, self._path)
                break
        self.empty_log()
        self._keep_reserve()

    def _vacuum(self) -> None:
        """Move free pages to the end of the file, and cut them off."""
        with suppress(sqlite3.Error):
            # as a script, which runs to its end: `execute` would stop after the first page
            self._connection.executescript(f"PRAGMA incremental_vacuum({STEP_PAGES})")
        self.empty_log()

    def close(self) -> None:
        """Close the connection, which must be the last, and unlock the file."""
        self._connection.close()
        self._lock.close()

    def _count_free_bytes(self) -> int:
        disk = os.statvfs(self._path.parent)
        return disk.f_bavail * disk.f_frsize

    def _count_free_pages(self) -> int:
        if self._connection.execute("PRAGMA auto_vacuum").fetchone() == (0,):
            return 0
        count: int = self._connection.execute("PRAGMA freelist_count").fetchone()[0]
        return count


def _connect(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    try:
        # Of a new file, for `give_back_room`; one of an earlier version of the server keeps its free pages.
        for pragma in ("auto_vacuum=incremental", *PRAGMAS):
            connection.execute(f"PRAGMA {pragma}")
        connection.execute("SELECT count(*) FROM sqlite_master").fetchall()  # the first read opens the log
    except BaseException:
        connection.close()
        raise
    return connection


def _identify(path: Path) -> tuple[int, int] | None:
    """Return what tells a file from all others on this machine, None where there is none."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino
