"""The leases by which this server holds the turns that it is answering.

A server that dies no longer renews them, and `lease_s` seconds later its turns are marked aborted. So the clocks of
servers that share a database must agree to within half of `lease_s`.
"""

import asyncio
import logging
from collections.abc import Callable

from sqlalchemy import true
from sqlalchemy.ext.asyncio import AsyncConnection

from server.store import turns
from server.store.database import Database
from server.store.errors import DatabaseError

NUM_RENEWALS = 5
"""How often a lease is renewed while it lasts: an event loop that stands still for half of it loses none."""

logger = logging.getLogger("server")


class Leases:
    """The leases of one server. `lease_s` is how long a lease lasts; `clock` gives Unix seconds."""

    def __init__(self, database: Database, lease_s: float, clock: Callable[[], float]) -> None:
        self.clock = clock
        self._database = database
        self._lease_s = lease_s
        self._held: set[str] = set()
        self._renewing: asyncio.Task[None] | None = None

    def hold(self, turn_id: str) -> float:
        """Start to renew the lease of a turn; return when it ends for now, in Unix seconds."""
        self._held.add(turn_id)
        return self.clock() + self._lease_s

    def release(self, turn_id: str) -> None:
        """Stop renewing the lease of a turn."""
        self._held.discard(turn_id)

    async def start(self) -> None:
        """Abort the turns that dead servers left, and keep renewing leases. Raises `DatabaseUnreachable`."""
        # An SQLite file has no other server, so that all pending turns in it were left by a dead one.
        now_s = float("inf") if self._database.is_exclusive else self.clock()
        await self._database.write(lambda connection: turns.abort_expired(connection, now_s, true()))
        self._renewing = asyncio.create_task(self._keep_renewing())

    async def stop(self) -> None:
        if self._renewing is not None:
            self._renewing.cancel()
            await asyncio.wait([self._renewing])

    async def renew(self) -> None:
        """Renew the leases of this server, and abort turns whose lease is over. Raises `DatabaseUnreachable`."""

        async def renew_and_abort(connection: AsyncConnection) -> None:
            await turns.renew(connection, tuple(self._held), self.clock() + self._lease_s)
            await turns.abort_expired(connection, self.clock(), true())

        await self._database.write_at_once(renew_and_abort)

    async def _keep_renewing(self) -> None:
        is_failing = False
        while True:
            await asyncio.sleep(self._lease_s / NUM_RENEWALS)
            try:
                await self.renew()
                is_failing = False
            except DatabaseError as error:
                if not is_failing:
                    logger.warning("the leases of running turns are not renewed: %s", error)
                is_failing = True
