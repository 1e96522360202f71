"""The messages of webhooks, and the summaries that some of them tell, as a part of the store's interface."""

from collections.abc import Callable

from server.store import deliveries, summaries
from server.store.database import Database
from server.store.delivery_records import DeliveryCounts, NewDelivery
from server.store.service_records import Delivery, SessionRef


class DeliveryStore:
    """Stores messages of webhooks until they are sent, and summaries of sessions. `clock` gives Unix seconds.

    Every method raises `DatabaseUnreachable` when the database fails. What has to be stored together with another
    change calls `deliveries.add` in that transaction.
    """

    def __init__(self, database: Database, clock: Callable[[], float]) -> None:
        self.database = database
        self.clock = clock

    async def add(self, new: NewDelivery) -> None:
        """Store a message that is to be sent; a second one of the same id is not."""
        now_s = self.clock()
        await self.database.write(lambda c: deliveries.add(c, new, now_s))

    async def claim(self, claim_s: float, limit: int) -> tuple[Delivery, ...]:
        """Return messages that are due, which no other server is given for `claim_s` seconds."""
        now_s = self.clock()
        if not await self.database.read(lambda c: deliveries.has_due(c, now_s)):
            return ()  # without a turn among those that write
        return await self.database.write(lambda c: deliveries.claim(c, now_s, claim_s, limit))

    async def finish(self, delivery_id: str) -> None:
        """End a message that was delivered."""
        now_s = self.clock()
        await self.database.write(lambda c: deliveries.end(c, delivery_id, now_s))

    async def give_up(self, delivery_id: str, error: str) -> None:
        """End a message that is not sent any more."""
        now_s = self.clock()
        await self.database.write(lambda c: deliveries.end(c, delivery_id, now_s, error))

    async def put_off(self, delivery_id: str, wait_s: float, error: str) -> None:
        """Have a message be sent again after `wait_s` seconds."""
        next_s = self.clock() + wait_s
        await self.database.write(lambda c: deliveries.put_off(c, delivery_id, next_s, error))

    async def count(self) -> DeliveryCounts:
        """Count the messages that wait, and those that were given up and are kept."""
        return await self.database.read(deliveries.count)

    async def expire(self, max_age_s: float) -> int:
        """Delete messages that ended longer ago; return how many those were."""
        oldest_s = self.clock() - max_age_s
        return await self.database.delete(lambda c: deliveries.remove_old(c, oldest_s))

    async def set_summary(self, session_id: str, summary: str) -> bool:
        """Store the summary of a session, and tell it with messages that were not tried yet.

        Return whether the session has a hand-over.
        """
        now_s = self.clock()
        return await self.database.write(lambda c: summaries.set_summary(c, session_id, summary, now_s))

    async def find_unsummarized(self, waited_s: float, limit: int) -> tuple[SessionRef, ...]:
        """Return sessions that have waited for a person for so long without a summary."""
        before_s = self.clock() - waited_s
        return await self.database.read(lambda c: summaries.find_missing(c, before_s, limit))
