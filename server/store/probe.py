"""The check that the database takes what is to be stored, which readiness depends on."""

import asyncio
import logging
import time
from collections.abc import Callable

from sqlalchemy import func, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from server.store.database import Database, insert_into
from server.store.errors import DatabaseUnreachable
from server.store.tables import probes

PROBE_EVERY_S = 3.0
"""How often something is written at most, however often the server is asked whether it is ready."""

MAX_WAIT_S = 1.0
"""How long a check waits for a probe: the writer may be busy with other transactions."""

MAX_PROBE_S = 10.0
"""A probe that takes longer counts as failed."""

NUM_BYTES = 64 << 10
"""How much is tried to be stored, as much as a turn without pictures takes."""

logger = logging.getLogger("server")


class Probe:
    """Writes to the database now and then. What is wrong with it is logged once, and once that it is over."""

    def __init__(self, database: Database, clock: Callable[[], float]) -> None:
        """`clock` gives Unix seconds, which are stored."""
        self._database = database
        self._clock = clock
        self._probing: asyncio.Task[None] | None = None
        self._begun_s = 0.0
        self._fault: DatabaseUnreachable | None = None

    async def check(self) -> None:
        """Raise `DatabaseUnreachable` where the database does not answer, or the last probe failed."""
        try:
            await self._check()
        except DatabaseUnreachable as error:
            self._note(error)
            raise
        self._note(None)

    async def _check(self) -> None:
        await self._database.read(lambda connection: connection.execute(select(1)))
        probing = self._probe_if_due()
        await asyncio.wait([probing], timeout=MAX_WAIT_S)
        if probing.done():
            probing.result()
        elif time.monotonic() - self._begun_s > MAX_PROBE_S:
            raise DatabaseUnreachable(self._database.where, f"nothing could be stored for {MAX_PROBE_S:g} s")

    def _probe_if_due(self) -> asyncio.Task[None]:
        """Return the task of the last probe, a new one if it was long ago."""
        now_s = time.monotonic()
        is_due = self._probing is None or (self._probing.done() and now_s - self._begun_s > PROBE_EVERY_S)
        if self._probing is None or is_due:
            self._begun_s = now_s
            self._probing = self._database.start(self._probe())
        return self._probing

    async def _probe(self) -> None:
        now_s = self._clock()
        await self._database.write(lambda connection: _write(connection, now_s))
        self._database.check_room()

    def _note(self, fault: DatabaseUnreachable | None) -> None:
        if fault is not None and (self._fault is None or fault.reason != self._fault.reason):
            logger.error("not ready: %s", fault)
        if fault is None and self._fault is not None:
            logger.warning("the database %s can be used again", self._database.where)
        self._fault = fault


async def _write(connection: AsyncConnection, now_s: float) -> None:
    """Store the time, and try on SQLite whether the file may still grow."""
    if connection.dialect.name == "sqlite":
        attempt = await connection.begin_nested()
        await connection.execute(insert(probes).values(id=2, checked_s=now_s, filler=func.zeroblob(NUM_BYTES)))
        await attempt.rollback()
    row = insert_into(connection, probes).values(id=1, checked_s=now_s)
    await connection.execute(row.on_conflict_do_update(index_elements=["id"], set_={"checked_s": now_s}))
