"""One turn while it is answered: `async with store.turn(...) as turn`."""

import asyncio
import logging
import uuid
from collections.abc import Coroutine, Mapping, Sequence
from functools import partial
from types import TracebackType
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from server.store import history, sessions, turns
from server.store.database import Database
from server.store.errors import DatabaseError, SessionNotFound
from server.store.leases import Leases
from server.store.records import NOTHING_FOUND, Findings, Message, NewPart, Said, StoredTurn, StoredUsage

SAVE_EVERY_S = 1.0
"""How much of an answer, in seconds, a crash may cost."""

POLL_S = 0.05
"""How often to look whether another server's turn in the same session has ended."""

logger = logging.getLogger("server")


class TurnHandle:
    """Holds its session from entering until it has ended, by `finish` or by being left.

    Left without `finish`, what was said is kept, as "abort" when it was cancelled or closed, as "error" when something
    else was raised; when nothing was said the turn leaves no trace, nor does a session that was made for it, as
    `is_first` says. All that survives any number of cancellations:
    the writes are tasks of their own, and the session is released after the last of them.
    """

    def __init__(
        self,
        database: Database,
        leases: Leases,
        lock: asyncio.Lock,
        owner: str,
        session_id: str,
        asked: Sequence[Message[NewPart]],
        is_first: bool = False,
    ) -> None:
        self.id = uuid.uuid4().hex
        self.history: tuple[StoredTurn, ...] = ()
        """The turns before this one that were answered, at least in part."""
        self.options: Mapping[str, Any] = {}
        """The session's, as those turns left them."""
        self._database = database
        self._leases = leases
        self._lock = lock
        self._owner = owner
        self.session_id = session_id
        self._asked = tuple(asked)
        self._is_first = is_first
        self._said = Said()
        self._saving: asyncio.Task[None] | None = None
        self._begin: asyncio.Task[bool] | None = None
        self._end: asyncio.Task[None] | None = None

    async def __aenter__(self) -> "TurnHandle":
        return await self.enter()

    async def enter(self) -> "TurnHandle":
        """Waits for the session's other turns. Raises `SessionNotFound`, `DatabaseUnreachable`."""
        await self._lock.acquire()
        try:
            while not await self._try_to_begin():
                await asyncio.sleep(POLL_S)
            self.options, before = await self._database.read(self._load)
        except BaseException:
            self._start_end(self._undo())
            raise
        self.history = tuple(turn for turn in before if turn.answer)
        return self

    def save(self, answer: str, tokens: StoredUsage, findings: Findings = NOTHING_FOUND) -> None:
        """All that was said and counted so far. Call it as often as you like: it is written every `SAVE_EVERY_S`.

        The answer waits for no write, and one that ends within that time needs none. A database that fails is only
        logged: the answer goes on, and `finish` will tell.
        """
        self._said = Said(answer, tokens, findings)
        if self._saving is None:
            self._saving = asyncio.create_task(self._keep_saving())

    async def finish(
        self, answer: str, finish_reason: str, tokens: StoredUsage, findings: Findings = NOTHING_FOUND
    ) -> None:
        """Stored when this returns. Raises `SessionNotFound` when the session was deleted meanwhile."""
        await asyncio.shield(self._start_end(self._finish(Said(answer, tokens, findings), finish_reason)))

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await asyncio.wait([self.leave(error)])

    def leave(self, error: BaseException | None = None) -> "asyncio.Task[None]":
        """Leaving for whoever cannot wait for the end, which is given. Again, or after `finish`, is no error."""
        if self._end is None:
            return self._start_end(self._end_early("error" if isinstance(error, Exception) else turns.ABORT))
        return self._end

    async def _keep_saving(self) -> None:
        """Also of an answer that has stopped growing: nobody says when it goes on."""
        saved = Said()
        while True:
            await asyncio.sleep(SAVE_EVERY_S)
            said = self._said
            if said is saved:
                continue
            try:
                await self._database.write(partial(turns.save, turn_id=self.id, said=said))
                saved = said
            except DatabaseError as error:
                logger.warning("a part of an answer was not saved: %s", error)

    async def _load(self, connection: AsyncConnection) -> tuple[Mapping[str, Any], tuple[StoredTurn, ...]]:
        session = await sessions.get(connection, self._owner, self.session_id)
        return session.options, await history.load(connection, self.session_id)

    async def _try_to_begin(self) -> bool:
        lease_s = self._leases.hold(self.id)

        async def begin(connection: AsyncConnection) -> bool:
            now_s = self._leases.clock()
            return await turns.begin(connection, self._owner, self.session_id, self.id, self._asked, now_s, lease_s)

        self._begin = self._database.start(self._database.write(begin))
        return await asyncio.shield(self._begin)

    def _start_end(self, ending: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        assert self._end is None, "a turn ends once"
        if self._saving is not None:
            self._saving.cancel()
        self._end = self._database.start(ending)
        self._end.add_done_callback(self._release)
        return self._end

    def _release(self, _end: asyncio.Task[None]) -> None:
        self._leases.release(self.id)
        self._lock.release()

    async def _finish(self, said: Said, finish_reason: str) -> None:
        now_s = self._leases.clock()
        await self._database.write(
            lambda connection: turns.finish(connection, self.session_id, self.id, said, finish_reason, now_s)
        )

    async def _end_early(self, finish_reason: str) -> None:
        try:
            if self._said.answer:
                await self._finish(self._said, finish_reason)
            else:
                await self._discard()
        except SessionNotFound:
            pass  # nobody wants it any more
        except DatabaseError as error:
            logger.warning("the end of a turn was not stored, it will count as aborted: %s", error)

    async def _undo(self) -> None:
        """A beginning that was cancelled may yet have been stored."""
        if self._begin is not None:
            await asyncio.wait([self._begin])
            if self._begin.exception() is None and self._begin.result():
                await self._end_early(turns.ABORT)

    async def _discard(self) -> None:
        async def discard(connection: AsyncConnection) -> None:
            if self._is_first:
                await sessions.lock(connection, self._owner, self.session_id)
            await turns.discard(connection, self.id)
            if self._is_first:
                await sessions.remove_empty(connection, self.session_id)

        await self._database.write(discard)
