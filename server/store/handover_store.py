"""Hand-overs, their events, a person's words, and canned answers, as a part of the store's interface."""

from collections.abc import Callable, Collection

from sqlalchemy.ext.asyncio import AsyncConnection

from server.store import canned_answers, desk_counts, desk_sessions, handover_turns, handovers, history
from server.store.database import Database
from server.store.desk_records import DeskCounts
from server.store.handover_turns import PersonWords
from server.store.handovers import Announcer
from server.store.records import Session, StoredTurn
from server.store.service_records import (
    CannedAnswer,
    DeskPage,
    DeskSession,
    Handover,
    HandoverChange,
    HandoverEvent,
    HandoverState,
    SessionRef,
)


class HandoverStore:
    """Stores and reads who answers sessions. `clock` gives Unix seconds.

    A `shop` of None stands for all shops. Every method raises `DatabaseUnreachable` when the database fails.
    """

    def __init__(self, database: Database, clock: Callable[[], float]) -> None:
        self.database = database
        self.clock = clock

    async def find(self, session_id: str) -> Handover | None:
        """Return the hand-over of a session; None if it never had one."""
        return await self.database.read(lambda c: handovers.find(c, session_id))

    async def find_some(self, session_ids: Collection[str]) -> dict[str, Handover]:
        """Return the hand-overs of those of the sessions that have one."""
        return await self.database.read(lambda c: handovers.find_some(c, session_ids))

    async def change(
        self,
        session: SessionRef,
        expected: Collection[HandoverState],
        wanted: HandoverChange,
        announcer: Announcer | None = None,
    ) -> Handover:
        """Bring a session from one of the `expected` states into another, and store the event and message with it.

        Raises `SessionNotFound`, `HandoverLost` where it is in another state or with another person, and `DeskFull`.
        """
        now_s = self.clock()
        return await self.database.write(lambda c: handovers.change(c, session, expected, wanted, now_s, announcer))

    async def touch(self, session_id: str) -> Handover | None:
        """Count a turn of a session as a change of its hand-over, and return that; None without one."""
        now_s = self.clock()

        async def touch(connection: AsyncConnection) -> Handover | None:
            found = await handovers.find(connection, session_id)
            return found and await handovers.touch(connection, session_id, now_s)

        return await self.database.write(touch)

    async def count_waiting(self, shop: str | None) -> int:
        """Count the sessions that wait for a person."""
        return await self.database.read(lambda c: handovers.count_waiting(c, shop))

    async def count_before(self, handover: Handover) -> int:
        """Count the sessions of the shop that wait for longer than this one."""
        return await self.database.read(lambda c: handovers.count_before(c, handover))

    async def list_changed(self, shops: Collection[str] | None, since_s: float) -> list[Handover]:
        """List the hand-overs of shops that were changed since a time."""
        return await self.database.read(lambda c: handovers.list_changed(c, shops, since_s))

    async def list_events(self, session_id: str) -> list[HandoverEvent]:
        """List the changes of a session's hand-over, the oldest first."""
        return await self.database.read(lambda c: handovers.list_events(c, session_id))

    async def list_sessions(
        self,
        shop: str | None,
        state: HandoverState,
        agent: str | None = None,
        limit: int = 50,
        cursor: str | None = None,
    ) -> DeskPage:
        """Return the page after the one that gave `cursor`; with `agent` of sessions that this person has.

        Those that wait come the longest waiting first, others the last changed first. Raises `BadCursor`.
        """
        return await self.database.read(lambda c: desk_sessions.list_page(c, shop, state, agent, limit, cursor))

    async def count_all(self, shop: str | None, agent: str) -> DeskCounts:
        """Count the sessions by their state, and those that a person has."""
        return await self.database.read(lambda c: desk_counts.count_all(c, shop, agent))

    async def get_session(self, shop: str | None, session_id: str) -> DeskSession:
        """Return a session that has a hand-over. Raises `SessionNotFound`."""
        return await self.database.read(lambda c: desk_sessions.find(c, shop, session_id))

    async def find_any_session(self, session_id: str) -> tuple[Session, str]:
        """Return a session of any owner, without a count of its turns, and its shop. Raises `SessionNotFound`."""
        return await self.database.read(lambda c: desk_sessions.find_any(c, session_id))

    async def add_answer(self, handover: Handover, words: PersonWords) -> tuple[Handover, str]:
        """Store a person's answer; return the hand-over after it, and the id of the turn.

        Raises `SessionNotFound`, and `HandoverLost` unless the person has the session.
        """
        now_s = self.clock()
        return await self.database.write(lambda c: handover_turns.add_answer(c, handover, words, now_s))

    async def list_persons_turns(self, session_id: str, after: int) -> dict[int, StoredTurn]:
        """Return a person's turns behind a position in the session, by their position, oldest first."""
        return await self.database.read(lambda c: handover_turns.load_persons(c, session_id, after))

    async def list_last_turns(self, session_id: str, count: int) -> tuple[StoredTurn, ...]:
        """List the finished turns among the last `count` of a session, oldest first."""
        return await self.database.read(lambda c: history.load_last(c, session_id, count))

    async def find_position(self, session_id: str, turn_id: str | None) -> int:
        """Return the position of a turn of a session, or of its last one if it has no such turn; -1 without any."""
        return await self.database.read(lambda c: handover_turns.find_position(c, session_id, turn_id))

    async def list_canned(self, shop: str) -> list[CannedAnswer]:
        """List the canned answers of a shop by title."""
        return await self.database.read(lambda c: canned_answers.list_all(c, shop))

    async def add_canned(self, shop: str, title: str, text: str, max_answers: int) -> CannedAnswer:
        """Add a canned answer. Raises `CannedTitleTaken`, `TooManyCannedAnswers`."""
        now_s = self.clock()
        return await self.database.write(lambda c: canned_answers.add(c, shop, title, text, max_answers, now_s))

    async def replace_canned(self, shop: str, answer_id: str, title: str, text: str) -> CannedAnswer:
        """Give a canned answer another title and text. Raises `CannedAnswerNotFound`, `CannedTitleTaken`."""
        return await self.database.write(lambda c: canned_answers.replace(c, shop, answer_id, title, text))

    async def delete_canned(self, shop: str, answer_id: str) -> None:
        """Delete a canned answer. Raises `CannedAnswerNotFound`."""
        await self.database.delete(lambda c: canned_answers.remove(c, shop, answer_id))
