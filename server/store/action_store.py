"""Calls that change data, and the audit log, as a part of the store's interface."""

import uuid
from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from server.store import actions, audit
from server.store.actions import ActionFilter
from server.store.audit import AuditFilter
from server.store.database import Database
from server.store.service_records import Action, ActionPage, ActionState, AuditPage, NewAuditEntry, SessionRef


class ActionStore:
    """Stores calls that change data, from when the customer is asked until they ended, and who did what of it.

    `by` is who asks: a customer's id, the name of a key, or what the server did it for. Every method raises
    `DatabaseUnreachable` when the database fails. `clock` gives Unix seconds.
    """

    def __init__(self, database: Database, clock: Callable[[], float]) -> None:
        self.database = database
        self.clock = clock

    async def propose(
        self, session: SessionRef, tool: str, arguments: Mapping[str, Any], by: str, wait_s: float
    ) -> Action:
        """Store a call that waits `wait_s` for the customer's yes; the session's older one is declined.

        Raises `SessionNotFound`.
        """
        action_id = uuid.uuid4().hex

        async def store(connection: AsyncConnection) -> Action:
            now_s = self.clock()
            return await actions.propose(
                connection, action_id, session, tool, arguments, by, now_s, expires_s=now_s + wait_s
            )

        return await self.database.write(store)

    async def get(self, owner: str, action_id: str) -> Action:
        """Return an owner's call. Raises `ActionNotFound`."""
        return await self.database.read(lambda c: actions.get(c, owner, action_id))

    async def list_page(self, wanted: ActionFilter, limit: int = 50, cursor: str | None = None) -> ActionPage:
        """Return the page of calls after the one that gave `cursor`, the newest first. Raises `BadCursor`."""
        return await self.database.read(lambda c: actions.list_page(c, wanted, limit, cursor))

    async def find_pending(self, session_id: str) -> Action | None:
        """Return the call of a session that waits for a yes, or that has waited too long but did not end yet."""
        return await self.database.read(lambda c: actions.find_pending(c, session_id))

    async def begin(self, owner: str, action_id: str, by: str, lease_s: float) -> Action | None:
        """Begin an owner's call that waits for a yes; return it, or None where it does not wait any more.

        Of many that begin it at the same time, in any number of servers, one gets it, and has to end it in `lease_s`.
        """

        async def start(connection: AsyncConnection) -> Action | None:
            now_s = self.clock()
            return await actions.begin(connection, owner, action_id, by, now_s, now_s + lease_s)

        return await self.database.write(start)

    async def end(
        self, action_id: str, state: ActionState, result: Any = None, error: str | None = None
    ) -> Action | None:
        """Store how a call that was begun ended; return it, or None where its end is stored already.

        An end that was unknown may become known.
        """
        return await self.database.write(lambda c: actions.end(c, action_id, state, result, error, self.clock()))

    async def decline(self, owner: str, action_id: str, by: str) -> Action | None:
        """End an owner's call that waits for a yes; return it, or None where it does not wait any more."""
        return await self.database.write(lambda c: actions.decline(c, owner, action_id, by, self.clock()))

    async def expire_due(self) -> int:
        """End the calls that have waited for a yes too long, or whose sessions are gone; return how many."""
        total = 0
        while count := await self.database.write(lambda c: actions.expire_some(c, self.clock())):
            total += count
        return total

    async def list_lost(self) -> list[Action]:
        """List some of the calls that were begun, and whose server no longer says that they run.

        In an SQLite file those are all that were begun: the caller leaves out its own, as there is no other server.
        """
        now_s = float("inf") if self.database.is_exclusive else self.clock()
        return await self.database.read(lambda c: actions.list_lost(c, now_s))

    async def expire(self, max_age_s: float) -> int:
        """Delete calls that ended longer ago, or whose sessions are gone; return how many. The audit log stays."""
        oldest_s = self.clock() - max_age_s
        return await self.database.delete(lambda c: actions.remove_old(c, oldest_s))

    async def note(self, entry: NewAuditEntry) -> None:
        """Add an entry to the audit log, of a call that changes nothing."""
        await self.database.write(lambda c: audit.add(c, entry, self.clock()))

    async def list_audit(self, wanted: AuditFilter, limit: int = 50, cursor: str | None = None) -> AuditPage:
        """Return the page of the log after the one that gave `cursor`, the newest first.

        Raises `BadCursor` and `SearchTimedOut`.
        """
        return await self.database.search(lambda c: audit.list_page(c, wanted, limit, cursor))

    async def expire_audit(self, max_age_s: float) -> int:
        """Delete entries of the log that are older; return how many."""
        oldest_s = self.clock() - max_age_s
        return await self.database.delete(lambda c: audit.remove_old(c, oldest_s))
