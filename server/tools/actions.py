"""Calls that change data: each happens with the customer's yes, only then, and once.

A server that ends a call stores its end. One that is killed in between cannot: then nobody knows whether the shop has
done it, it becomes `unknown` once its lease is over, and a person is asked. Nothing here runs a call a second time.
"""

import asyncio
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from server.errors.actions import ActionNotPending
from server.errors.base import Language, ServerError
from server.keys.account import Account
from server.store.action_store import ActionStore
from server.store.errors import DatabaseError, StoreError
from server.store.service_records import Action, SessionRef
from server.tools.action_texts import describe_action, describe_end
from server.tools.protocols import AskPerson, Runner
from server.tools.result import ToolResult

POLL_S = 0.2
"""How often to look whether another server has ended a call."""

SERVER = "server"
ENDED = ("done", "failed", "unknown")
LOST = "the server ended while it ran"
TOOK_TOO_LONG = "it took too long"
BROKE = "it ended with an error that nobody expected"

logger = logging.getLogger("server")


@dataclass(frozen=True)
class ActionLimits:
    """How long an action waits for a yes, and how long a call may take, in seconds."""

    wait_s: float = 600.0
    run_s: float = 30.0

    @property
    def lease_s(self) -> float:
        """How long after its begin a call has no end that is known; longer than it may take, with its storing."""
        return 2 * self.run_s + 10


class Actions:
    """Asks for, runs and ends calls that change data. Without a `desk` no person is asked about unknown ends."""

    def __init__(
        self, store: ActionStore, runner: Runner, desk: AskPerson | None = None, limits: ActionLimits = ActionLimits()
    ) -> None:
        self._store = store
        self._runner = runner
        self._desk = desk
        self._limits = limits
        self._running: dict[str, asyncio.Task[Action]] = {}
        self._begun: set[str] = set()

    async def propose(self, session: SessionRef, tool: str, arguments: Mapping[str, Any], by: str) -> Action:
        """Store a call that waits for the customer's yes; an older one of the session is declined.

        Raises `SessionNotFound` and `DatabaseUnreachable`.
        """
        return await self._store.propose(session, tool, arguments, by, self._limits.wait_s)

    async def confirm(self, account: Account, action_id: str) -> Action:
        """Run a call of the account's owner, and return it with its end; one that was run already, with the same end.

        The call goes on where the caller is cancelled. Raises `ActionNotFound`, `ActionNotPending`, and
        `DatabaseUnreachable`.
        """
        await self._store.get(account.owner, action_id)  # only its owner waits for it
        running = self._running.get(action_id)
        if running is None:
            running = asyncio.create_task(self._run(account, action_id))
            self._running[action_id] = running
            running.add_done_callback(lambda task: self._forget(action_id, task))
        return await asyncio.shield(running)

    async def get(self, account: Account, action_id: str) -> Action:
        """Return a call of the account's owner. Raises `ActionNotFound` and `DatabaseUnreachable`."""
        return await self._store.get(account.owner, action_id)

    async def decline(self, account: Account, action_id: str) -> Action:
        """End a call that waits for the yes of the account's owner; one that was declined already stays so.

        Raises `ActionNotFound`, `ActionNotPending` and `DatabaseUnreachable`.
        """
        declined = await self._store.decline(account.owner, action_id, name_asker(account))
        if declined is None:
            declined = await self._store.get(account.owner, action_id)
            if declined.state != "declined":
                raise ActionNotPending(declined.state)
        return declined

    async def find_pending(self, session_id: str) -> Action | None:
        """Return the call of a session that waits for a yes, or that has waited too long but did not end yet."""
        return await self._store.find_pending(session_id)

    def describe(self, action: Action, language: Language) -> str:
        """Return what the customer is asked before a call, or told of its end."""
        if action.state == "pending":
            return describe_action(action, self._runner.find_text(action.tool, "confirm", language), language)
        return describe_end(action, self._runner.find_text(action.tool, "done", language), language)

    async def recover(self) -> None:
        """End calls that have waited too long, and give those to a person that were lost with their server."""
        await self._store.expire_due()
        own = set(self._begun)
        for action in await self._store.list_lost():
            if action.id not in own | self._begun:
                logger.warning("the end of action %s of the tool %s is unknown: %s", action.id, action.tool, LOST)
                await self._end(action, ToolResult("unknown", error=LOST))

    async def close(self, timeout_s: float) -> None:
        """Wait for the calls that run; what has no end by then becomes unknown when its lease is over."""
        if self._running:
            await asyncio.wait(self._running.values(), timeout=timeout_s)

    def _forget(self, action_id: str, task: "asyncio.Task[Action]") -> None:
        self._running.pop(action_id, None)
        error = None if task.cancelled() else task.exception()
        if error is not None and not isinstance(error, ServerError | StoreError):
            logger.error("an action failed", exc_info=error)

    async def _run(self, account: Account, action_id: str) -> Action:
        self._begun.add(action_id)  # before it is begun: what was begun and is not here is lost
        try:
            action = await self._store.begin(account.owner, action_id, name_asker(account), self._limits.lease_s)
            if action is not None:
                return await self._end(action, await self._call(action, account))
        finally:
            self._begun.discard(action_id)
        return await self._find_ended(account.owner, action_id)

    async def _find_ended(self, owner: str, action_id: str) -> Action:
        """Return a call that was run already, once it has an end."""
        while (action := await self._store.get(owner, action_id)).state == "running":
            await asyncio.sleep(POLL_S)  # of another server, which ends, or is known to be lost
        if action.state not in ENDED:
            raise ActionNotPending(action.state)
        return action

    async def _call(self, action: Action, account: Account) -> ToolResult:
        """Run the tool. Whatever goes wrong that the runner does not know leaves an end that is unknown."""
        try:
            async with asyncio.timeout(self._limits.run_s):
                return await self._runner.run(action.tool, action.arguments, account.customer, action.id)
        except TimeoutError:
            return ToolResult("unknown", error=TOOK_TOO_LONG)
        except Exception as error:
            logger.exception("action %s of the tool %s failed", action.id, action.tool, exc_info=error)
            return ToolResult("unknown", error=BROKE)

    async def _end(self, action: Action, result: ToolResult) -> Action:
        """Store the end of a call. A person is asked first: a server that dies in between asks again when it is back.

        While the database does not answer it is tried again, until the lease is over.
        """
        if result.state == "unknown":
            await self._ask_person(action)
        for _ in range(int(self._limits.run_s)):
            try:
                return await self._store_end(action, result)
            except DatabaseError as error:
                logger.warning("the end of action %s is not stored yet: %s", action.id, error)
                await asyncio.sleep(1)
        return await self._store_end(action, result)

    async def _store_end(self, action: Action, result: ToolResult) -> Action:
        ended = await self._store.end(action.id, result.state, result.data, result.error)
        return ended or await self._store.get(action.owner, action.id)

    async def _ask_person(self, action: Action) -> None:
        """Give the session of a call to a person; where that fails, the audit log and the list of actions show it."""
        if self._desk is None:
            return
        session = SessionRef(action.session_id, action.owner, action.shop, action.profile, action.language)
        try:
            await self._desk.request(session, "unknown_action", SERVER)
        except (ServerError, StoreError) as error:
            logger.warning("nobody was asked about action %s, whose end is unknown: %s", action.id, error)


def name_asker(account: Account) -> str:
    """Return who asks, as the audit log names them: the customer's id, else the name of the key, else `local`."""
    if account.customer is not None:
        return account.customer.id
    return "local" if account.key is None else account.key.name
