"""How sessions ended, as a part of the store's interface."""

from collections.abc import AsyncIterator, Callable

from sqlalchemy.ext.asyncio import AsyncConnection

from server.store import outcomes
from server.store.database import Database
from server.store.outcome_records import AskedQuestion, Outcome, OutcomeRange

BATCH = 200
"""How many outcomes are stored in one transaction."""

PAGE = 2000
"""How many outcomes are read in one transaction."""


class OutcomeStore:
    """Stores and reads how sessions ended. `clock` gives Unix seconds.

    Every method raises `DatabaseUnreachable` when the database fails.
    """

    def __init__(self, database: Database, clock: Callable[[], float]) -> None:
        self.database = database
        self.clock = clock

    async def record_ended(self, unused_s: float, limit: int = BATCH) -> list[Outcome]:
        """Store the outcomes of sessions that a person has closed, or that nobody has used for so many seconds.

        Return those that are new, at most `limit`; other servers are not given the same.
        """
        since_s = self.clock() - unused_s
        ended = await self.database.read(lambda c: outcomes.find_ended(c, since_s, limit))

        async def record(connection: AsyncConnection) -> list[Outcome]:
            return await outcomes.record(connection, ended)

        return await self.database.write(record) if ended else []

    async def read(self, within: OutcomeRange) -> AsyncIterator[tuple[Outcome, ...]]:
        """Yield the outcomes of a range, a page at a time, in the order in which the sessions ended."""
        after: outcomes.Place | None = None
        while True:
            page = await self._read_page(within, after)
            yield page
            if len(page) < PAGE:
                return
            after = page[-1].ended_s, page[-1].session_id

    async def _read_page(self, within: OutcomeRange, after: outcomes.Place | None) -> tuple[Outcome, ...]:
        return await self.database.read(lambda c: outcomes.read_some(c, within, after, PAGE))

    async def list_most_asked(self, within: OutcomeRange, limit: int) -> tuple[AskedQuestion, ...]:
        """Return the questions that most sessions of a range began with, the most frequent first."""
        return await self.database.search(lambda c: outcomes.list_most_asked(c, within, limit))

    async def expire(self, max_age_s: float) -> int:
        """Delete what is known of sessions that are gone and ended longer ago; return how many those were."""
        oldest_s = self.clock() - max_age_s
        return await self.database.delete(lambda c: outcomes.remove_old(c, oldest_s))
