"""The shop's SQLite file: a connection for each piece of work, which is done whole or not at all."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from scripts.shop.refusal import ShopRefusal
from scripts.shop.schema import SCHEMA

FILE = "shop.db"
MAX_WAIT_S = 10.0
"""How long a piece of work waits for another that writes."""


class Database:
    """The file in `folder`, made with its tables if it is not there yet. Raises `OSError` and `sqlite3.Error`."""

    def __init__(self, folder: Path, max_wait_s: float = MAX_WAIT_S) -> None:
        self._max_wait_s = max_wait_s
        folder.mkdir(parents=True, exist_ok=True)
        self._path = folder / FILE
        with closing(self._connect()) as connection:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.executescript(SCHEMA)

    @contextmanager
    def read(self) -> Iterator[sqlite3.Connection]:
        """Give a connection that sees one state of the file."""
        with self._work("BEGIN") as connection:
            yield connection

    @contextmanager
    def write(self) -> Iterator[sqlite3.Connection]:
        """Give a connection that nobody else writes beside; what it did is kept unless the work raised."""
        with self._work("BEGIN IMMEDIATE") as connection:
            yield connection

    @contextmanager
    def _work(self, begin: str) -> Iterator[sqlite3.Connection]:
        with closing(self._connect()) as connection:
            try:
                connection.execute(begin)
            except sqlite3.OperationalError as error:
                zh, en = "商店正忙，请稍后再试。", "The shop is busy, please try again."
                raise ShopRefusal(429, "busy", zh, en) from error  # nothing was changed, which 503 would leave open
            try:
                yield connection
            except BaseException:
                connection.execute("ROLLBACK")
                raise
            connection.execute("COMMIT")

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self._path, timeout=self._max_wait_s, isolation_level=None)
        connection.row_factory = sqlite3.Row
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA synchronous = FULL")
        return connection
