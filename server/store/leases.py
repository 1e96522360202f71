"""The leases by which this server holds the turns that it is answering.

A server that dies renews no more, so others may take its turns for aborted after `lease_s` seconds. That is the
measure for the clocks too: those of servers that share a database must agree to within half of it.
"""

import asyncio
import logging
from collections.abc import Callable

from sqlalchemy import true
from sqlalchemy.ext.asyncio import AsyncConnection

from server.store import turns
from server.store.database import Database
from server.store.errors import DatabaseError

logger = logging.getLogger("server")


class Leases:
    """`clock` gives Unix seconds."""

    def __init__(self, database: Database, lease_s: float, clock: Callable[[], float]) -> None:
        self.clock = clock
        self._database = database
        self._lease_s = lease_s
        self._held: set[str] = set()
        self._renewing: asyncio.Task[None] | None = None

    def hold(self, turn_id: str) -> float:
        """Until when the turn is held; renewed from now on."""
        self._held.add(turn_id)
        return self.clock() + self._lease_s

    def release(self, turn_id: str) -> None:
        self._held.discard(turn_id)

    async def start(self) -> None:
        """Marks what dead servers left, and goes on doing so. Raises `DatabaseUnreachable`."""
        # An SQLite file has no other server, so whatever is pending there was left by a dead one.
        now_s = float("inf") if self._database.is_exclusive else self.clock()
        await self._database.write(lambda connection: turns.abort_dead(connection, now_s, true()))
        self._renewing = asyncio.create_task(self._keep_renewing())

    async def stop(self) -> None:
        if self._renewing is not None:
            self._renewing.cancel()
            await asyncio.wait([self._renewing])

    async def beat(self) -> None:
        """Renew this server's leases, and mark turns whose server did not."""

        async def renew(connection: AsyncConnection) -> None:
            await turns.renew(connection, tuple(self._held), self.clock() + self._lease_s)
            await turns.abort_dead(connection, self.clock(), true())

        await self._database.write(renew)

    async def _keep_renewing(self) -> None:
        while True:
            await asyncio.sleep(self._lease_s / 3)
            try:
                await self.beat()
            except DatabaseError as error:
                logger.warning("the leases of running turns were not renewed: %s", error)
