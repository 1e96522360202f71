"""The interface of the store: one method for each thing that the server stores or reads."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Collection, Mapping
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any
from weakref import WeakValueDictionary

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from server.store import answers, history, pictures, runs, sessions, spending, turns
from server.store.database import Database, open_database
from server.store.errors import NameTaken, SessionNotFound
from server.store.handle import TurnHandle
from server.store.leases import Leases
from server.store.records import (
    Feedback,
    Message,
    NewPart,
    Page,
    Run,
    RunPage,
    Session,
    StoredPicture,
    StoredTurn,
    Thumb,
)

LEASE_S = 30.0
"""How long after its server died a turn is marked aborted."""


@asynccontextmanager
async def open_store(
    where: str | Path, lease_s: float = LEASE_S, clock: Callable[[], float] = time.time
) -> AsyncIterator["Store"]:
    """Open the store in the database `where`, as `open_database` takes it, and close it when the block is left.

    `clock` gives Unix seconds. Closing waits for writes that have begun. Raises `DatabaseError`.
    """
    database = await open_database(where)
    leases = Leases(database, lease_s, clock)
    try:
        await leases.start()
        yield Store(database, leases)
    finally:
        await leases.stop()
        await database.close()


class Store:
    """The sessions of all owners, saved runs, cached answers and spent tokens.

    Sessions are named together with their owner, and those of others are not found. Every method raises
    `DatabaseUnreachable` when the database fails, and `SessionNotFound` if it is given a session that does not exist.
    """

    def __init__(self, database: Database, leases: Leases) -> None:
        self.database = database
        self._leases = leases
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    async def check(self) -> None:
        """Check that the database answers."""
        await self.database.read(lambda c: c.execute(select(1)))

    async def create_session(
        self, owner: str, name: str | None = None, options: Mapping[str, Any] | None = None
    ) -> Session:
        """Create a session with any JSON object as options; without a name it is named by its id.

        Raises `NameTaken`, `NameTooLong`.
        """
        now_s = self._leases.clock()
        return await self.database.write(lambda c: sessions.create(c, owner, name, options or {}, now_s))

    async def get_session(self, owner: str, session_id: str) -> Session:
        return await self.database.read(lambda c: sessions.get(c, owner, session_id))

    async def get_session_by_name(self, owner: str, name: str) -> Session:
        return await self.database.read(lambda c: sessions.get_by_name(c, owner, name))

    async def get_or_create_session(self, owner: str, name: str) -> Session:
        """Return the session of that name, a new one if there is none. Raises `NameTooLong`.

        Raises `SessionNotFound` if it is deleted at that very moment.
        """
        with suppress(SessionNotFound):
            return await self.get_session_by_name(owner, name)  # reading waits for no writer
        try:
            return await self.create_session(owner, name)
        except NameTaken:
            return await self.get_session_by_name(owner, name)

    async def list_sessions(
        self, owner: str, limit: int = 50, cursor: str | None = None, search: str | None = None
    ) -> Page:
        """Return the page after the one that gave `cursor`, sessions last used first. Raises `BadCursor`.

        With `search` only those that contain it in their name, title, questions or answers.
        """
        return await self.database.read(lambda c: sessions.list_page(c, owner, limit, cursor, search))

    async def change_options(self, owner: str, session_id: str, changes: Mapping[str, Any]) -> None:
        """Set options, and remove those whose value is None; others stay as they are."""
        await self.database.write(lambda c: sessions.change_options(c, owner, session_id, changes))

    async def delete_session(self, owner: str, session_id: str) -> None:
        """Delete a session at once, with the pictures that no other session shows. Its pending turn is not stored."""
        await self.database.write(lambda c: sessions.remove(c, owner, session_id))

    async def delete_all_sessions(self, owner: str) -> int:
        """Delete all sessions of the owner; return how many those were."""
        total = 0
        while count := await self.database.write(lambda c: sessions.remove_batch(c, owner)):
            total += count
        return total

    async def expire_sessions(self, max_age_s: float, max_sessions: int) -> int:
        """Delete sessions unused for `max_age_s`, and all but each owner's last `max_sessions`; return how many."""
        oldest_s = self._leases.clock() - max_age_s
        total = 0
        while count := await self.database.write(lambda c: sessions.remove_expired_batch(c, oldest_s, max_sessions)):
            total += count
        return total

    def open_turn(self, owner: str, session_id: str, *messages: Message[NewPart], is_first: bool = False) -> TurnHandle:
        """Return a turn to be entered by `async with`: it begins once the session's other turns have ended.

        With `is_first` the session was created for this turn, and is deleted with it if it gets no answer.
        """
        lock = self._locks.setdefault(session_id, asyncio.Lock())
        return TurnHandle(self.database, self._leases, lock, owner, session_id, messages, is_first)

    async def list_turns(self, owner: str, session_id: str) -> tuple[StoredTurn, ...]:
        """List the finished turns of a session, oldest first."""
        return (await self._load(owner, session_id))[1]

    async def load_pictures(self, owner: str, session_id: str, hashes: Collection[str]) -> dict[str, StoredPicture]:
        """Return pictures of a session by hash. Raises `PictureNotFound`."""

        async def load(connection: AsyncConnection) -> dict[str, StoredPicture]:
            await sessions.get(connection, owner, session_id)
            return await pictures.load(connection, session_id, hashes)

        return await self.database.read(load)

    async def list_rated_sessions(self, owner: str, thumbs: Collection[Thumb]) -> tuple[Session, ...]:
        """List the owner's sessions in which a turn has one of these ratings, last used first."""
        return await self.database.read(lambda c: sessions.list_rated(c, owner, thumbs))

    async def give_feedback(
        self, owner: str, session_id: str, thumb: Thumb, text: str = "", turn_id: str | None = None
    ) -> None:
        """Rate a finished turn, the last without `turn_id`, in place of an earlier rating. Raises `TurnNotFound`."""
        feedback = Feedback(thumb, text, self._leases.clock())
        await self.database.write(lambda c: turns.give_feedback(c, owner, session_id, turn_id, feedback))

    async def find_cached_answer(self, owner: str, key: str, max_age_s: float) -> str | None:
        """Return the answer stored for a key, None if there is none or it is older than `max_age_s`."""
        oldest_s = self._leases.clock() - max_age_s
        return await self.database.read(lambda c: answers.find(c, owner, key, oldest_s))

    async def cache_answer(self, owner: str, key: str, value: str) -> None:
        """Store an answer for a key, in place of an older one."""
        now_s = self._leases.clock()
        await self.database.write(lambda c: answers.put(c, owner, key, value, now_s))

    async def count_cached_answers(self) -> int:
        """Count the cached answers of all owners."""
        return await self.database.read(answers.count)

    async def expire_answers(self, max_age_s: float, max_answers: int) -> int:
        """Delete answers older than `max_age_s`, and the oldest beyond `max_answers`; return how many those were."""
        oldest_s = self._leases.clock() - max_age_s
        return await self.database.write(lambda c: answers.remove_old(c, oldest_s, max_answers))

    async def save_run(self, owner: str, title: str, body: bytes, max_runs: int | None = None) -> Run:
        """Save a run of the playground with its JSON, and delete the owner's oldest beyond `max_runs`."""
        now_s = self._leases.clock()
        return await self.database.write(lambda c: runs.save(c, owner, title, body, now_s, max_runs))

    async def get_run(self, run_id: str) -> tuple[Run, bytes]:
        """Return a saved run of any owner, and its body. Raises `RunNotFound`."""
        return await self.database.read(lambda c: runs.get(c, run_id))

    async def list_runs(self, owner: str, limit: int = 50, cursor: str | None = None) -> RunPage:
        """Return the page after the one that gave `cursor`, newest runs first. Raises `BadCursor`."""
        return await self.database.read(lambda c: runs.list_page(c, owner, limit, cursor))

    async def delete_run(self, owner: str, run_id: str) -> None:
        """Delete a saved run of the owner. Raises `RunNotFound`."""
        await self.database.write(lambda c: runs.remove(c, owner, run_id))

    async def expire_runs(self, max_age_s: float) -> int:
        """Delete runs older than `max_age_s`; return how many those were."""
        oldest_s = self._leases.clock() - max_age_s
        return await self.database.write(lambda c: runs.remove_old(c, oldest_s))

    async def spend_tokens(self, key_name: str, day: int, num_tokens: int) -> None:
        """Add to the tokens that a key has spent on a day, counted from 1970 in UTC."""
        await self.database.write(lambda c: spending.add(c, key_name, day, num_tokens))

    async def get_spent_tokens(self, key_name: str, day: int) -> int:
        """Return the tokens that a key has spent on a day."""
        return await self.database.read(lambda c: spending.get_total(c, key_name, day))

    async def list_spent_tokens(self, day: int) -> dict[str, int]:
        """Return the tokens spent on a day, by the names of the keys that spent any."""
        return await self.database.read(lambda c: spending.list_totals(c, day))

    async def export_session(self, owner: str, session_id: str) -> dict[str, Any]:
        """Return all of a session but the bytes of its pictures, in a form that `json.dumps` takes."""
        return await asyncio.to_thread(history.to_json, *await self._load(owner, session_id))

    async def _load(self, owner: str, session_id: str) -> tuple[Session, tuple[StoredTurn, ...]]:
        async def load(connection: AsyncConnection) -> tuple[Session, tuple[StoredTurn, ...]]:
            return await sessions.get(connection, owner, session_id), await history.load(connection, session_id)

        return await self.database.read(load)
