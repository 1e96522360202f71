"""Hand-overs, their events, webhooks, canned answers and outcomes of sessions."""

from collections.abc import Callable

from server.store import service_tables  # noqa: F401  the tables are part of the metadata
from server.store.database import Database


class HandoverStore:
    """Hand-overs, their events, webhooks, canned answers and outcomes of sessions. `clock` gives Unix seconds."""

    def __init__(self, database: Database, clock: Callable[[], float]) -> None:
        self.database = database
        self.clock = clock
