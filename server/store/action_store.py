"""Calls that change data, and the audit log."""

from collections.abc import Callable

from server.store import service_tables  # noqa: F401  the tables are part of the metadata
from server.store.database import Database


class ActionStore:
    """Calls that change data, and the audit log. `clock` gives Unix seconds."""

    def __init__(self, database: Database, clock: Callable[[], float]) -> None:
        self.database = database
        self.clock = clock
