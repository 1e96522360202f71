"""A turn while it is answered: `async with store.open_turn(...) as turn`."""

import asyncio
import logging
import uuid
from collections.abc import Coroutine, Mapping, Sequence
from functools import partial
from types import TracebackType
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from server.store import handover_turns, history, sessions, turns
from server.store.database import Database
from server.store.errors import DatabaseError, SessionNotFound
from server.store.leases import Leases
from server.store.records import (
    NOTHING_FOUND,
    Author,
    Findings,
    Message,
    NewPart,
    StoredAnswer,
    StoredTurn,
    StoredUsage,
)
from server.store.service_records import Handover

SAVE_EVERY_S = 1.0
"""How often the answer so far is saved: a crash loses at most so many seconds of it."""

POLL_S = 0.05
"""How often to check whether another server's turn in the same session has ended."""

logger = logging.getLogger("server")


class TurnHandle:
    """A turn that holds its session from when it is entered until it ends, by `finish` or by being left.

    If it is left without `finish`, the answer so far is kept, with the finish reason "abort" after a cancellation and
    "error" after any other exception. If there is no answer yet, the turn is deleted. With `new_name` it begins with a
    new session of that name, which is deleted with it. Cancellations do not change that, however many: the writes are
    tasks of their own, and the session is released after the last of them.
    """

    def __init__(
        self,
        database: Database,
        leases: Leases,
        lock: asyncio.Lock,
        owner: str,
        session_id: str,
        messages: Sequence[Message[NewPart]],
        new_name: str | None = None,
    ) -> None:
        self.id = uuid.uuid4().hex
        self.history: tuple[StoredTurn, ...] = ()
        """The turns before this one that have an answer, at least in part, and those that were for a person."""
        self.options: Mapping[str, Any] = {}
        """The options of the session, as those turns left them."""
        self._database = database
        self._leases = leases
        self._lock = lock
        self._owner = owner
        self.session_id = session_id
        self._messages = tuple(messages)
        self._new_name = new_name
        self._answer = StoredAnswer()
        self._saving: asyncio.Task[None] | None = None
        self._begin: asyncio.Task[bool] | None = None
        self._end: asyncio.Task[None] | None = None

    async def __aenter__(self) -> "TurnHandle":
        return await self.enter()

    async def enter(self) -> "TurnHandle":
        """Begin once the session's other turns have ended. Raises `SessionNotFound`, `DatabaseUnreachable`.

        With a new session it raises `NameTaken` and `NameTooLong`.
        """
        await self._lock.acquire()
        try:
            while not await self._try_to_begin():
                await asyncio.sleep(POLL_S)
            self.options, before = await self._database.read(self._load)
        except BaseException:
            self._start_end(self._undo())
            raise
        self.history = tuple(turn for turn in before if turn.is_part_of_dialogue)
        return self

    def save(
        self, answer: str, tokens: StoredUsage, findings: Findings = NOTHING_FOUND, author: Author | None = None
    ) -> None:
        """Save the answer so far, in the background, every `SAVE_EVERY_S` and not at every call.

        An error of the database is only logged, as the answer goes on; `finish` raises it.
        """
        self._answer = StoredAnswer(answer, tokens, findings, author)
        if self._saving is None:
            self._saving = asyncio.create_task(self._keep_saving())

    async def finish(
        self,
        answer: str,
        finish_reason: str,
        tokens: StoredUsage,
        findings: Findings = NOTHING_FOUND,
        author: Author | None = None,
    ) -> None:
        """Store the whole answer and end the turn. `author` is who wrote it, where the model did not.

        Raises `DatabaseUnreachable`, and `SessionNotFound` if the session was deleted meanwhile.
        """
        whole = StoredAnswer(answer, tokens, findings, author)
        await asyncio.shield(self._start_end(self._finish(whole, finish_reason)))

    async def leave_to_person(self) -> Handover | None:
        """End the turn with its question for a person, and return the hand-over; None, and it goes on, without one.

        Both is one transaction: no question is left to a person who gives the session back at that moment. Raises
        `DatabaseUnreachable`, `SessionNotFound`.
        """
        now_s = self._leases.clock()
        handover = await self._database.write(
            lambda c: handover_turns.keep_question(c, self._owner, self.session_id, self.id, now_s)
        )
        if handover is not None and self._end is None:
            self._start_end(_do_nothing())
        return handover

    @property
    def is_ended(self) -> bool:
        """Whether the turn was finished or left."""
        return self._end is not None

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await asyncio.wait([self.leave(error)])

    def leave(self, error: BaseException | None = None) -> "asyncio.Task[None]":
        """Leave the turn without waiting; return the task that ends it. Leaving twice or after `finish` is allowed."""
        if self._end is None:
            return self._start_end(self._end_early("error" if isinstance(error, Exception) else turns.ABORT))
        return self._end

    async def _keep_saving(self) -> None:
        """Save until the turn ends, also while the answer does not grow, as it may go on at any time."""
        saved, is_failing = StoredAnswer(), False
        while True:
            await asyncio.sleep(SAVE_EVERY_S)
            answer = self._answer
            if answer is saved:
                continue
            try:
                await self._database.write(partial(turns.save, turn_id=self.id, answer=answer))
                saved, is_failing = answer, False
            except DatabaseError as error:
                if not is_failing:
                    logger.warning("a part of an answer was not saved: %s", error)
                is_failing = True

    async def _load(self, connection: AsyncConnection) -> tuple[Mapping[str, Any], tuple[StoredTurn, ...]]:
        session = await sessions.get(connection, self._owner, self.session_id)
        return session.options, await history.load(connection, self.session_id)

    async def _try_to_begin(self) -> bool:
        async def begin(connection: AsyncConnection) -> bool:
            lease_s, now_s = self._leases.hold(self.id), self._leases.clock()  # now, after the wait for a connection
            if self._new_name is not None:
                await sessions.create(connection, self._owner, self.session_id, self._new_name, {}, now_s)
            return await turns.begin(connection, self._owner, self.session_id, self.id, self._messages, now_s, lease_s)

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

    async def _finish(self, answer: StoredAnswer, finish_reason: str) -> None:
        now_s = self._leases.clock()
        was_pending = await self._database.write(
            lambda connection: turns.finish(connection, self.session_id, self.id, answer, finish_reason, now_s)
        )
        if not was_pending:
            logger.warning("turn %s had lost its lease, its whole answer is stored all the same", self.id)

    async def _end_early(self, finish_reason: str) -> None:
        try:
            if self._answer.text:
                await self._finish(self._answer, finish_reason)
            else:
                await self._discard()
        except SessionNotFound:
            pass  # its session was deleted
        except DatabaseError as error:
            logger.warning("the end of a turn was not stored, it will be marked aborted: %s", error)

    async def _undo(self) -> None:
        """End a turn whose beginning was cancelled, as it may have been stored all the same."""
        if self._begin is not None:
            await asyncio.wait([self._begin])
            if self._begin.exception() is None and self._begin.result():
                await self._end_early(turns.ABORT)

    async def _discard(self) -> None:
        async def discard(connection: AsyncConnection) -> None:
            if self._new_name is not None:
                await sessions.lock(connection, self._owner, self.session_id)
            await turns.discard(connection, self.id)
            if self._new_name is not None:
                await sessions.remove_empty(connection, self.session_id)

        await self._database.write(discard)


async def _do_nothing() -> None:
    """End a turn whose end is stored already."""
