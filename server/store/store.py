"""The store as the rest of the server sees it."""

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


@asynccontextmanager
async def open_store(
    where: str | Path, lease_s: float = LEASE_S, clock: Callable[[], float] = time.time
) -> AsyncIterator["Store"]:
    """`where` as `open_database` takes it. Raises `DatabaseError`. Leaving waits for writes that have begun."""
    database = await open_database(where)
    leases = Leases(database, lease_s, clock)
    try:
        await leases.start()
        yield Store(database, leases)
    finally:
        await leases.stop()
        await database.close()


class Store:
    """Sessions by owner: whoever names a session names its owner too, and finds only their own.

    Every method raises `DatabaseUnreachable` when the database fails, and `SessionNotFound`.
    """

    def __init__(self, database: Database, leases: Leases) -> None:
        self.database = database
        self._leases = leases
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    async def check(self) -> None:
        """That the database answers."""
        await self.database.read(lambda c: c.execute(select(1)))

    async def create(self, owner: str, name: str | None = None, options: Mapping[str, Any] | None = None) -> Session:
        """`options` is any JSON object; without a name the id is the name. Raises `NameTaken`, `NameTooLong`."""
        now_s = self._leases.clock()
        return await self.database.write(lambda c: sessions.create(c, owner, name, options or {}, now_s))

    async def get(self, owner: str, session_id: str) -> Session:
        return await self.database.read(lambda c: sessions.get(c, owner, session_id))

    async def get_by_name(self, owner: str, name: str) -> Session:
        return await self.database.read(lambda c: sessions.get_by_name(c, owner, name))

    async def get_or_create(self, owner: str, name: str) -> Session:
        """Raises `NameTooLong`, and `SessionNotFound` where it was deleted at that very moment."""
        with suppress(SessionNotFound):
            return await self.get_by_name(owner, name)  # reading waits for no writer
        try:
            return await self.create(owner, name)
        except NameTaken:
            return await self.get_by_name(owner, name)

    async def list(self, owner: str, limit: int = 50, cursor: str | None = None, search: str | None = None) -> Page:
        """Last used first; `cursor` is the page's before. Those with `search` in them. Raises `BadCursor`."""
        return await self.database.read(lambda c: sessions.page(c, owner, limit, cursor, search))

    async def change_options(self, owner: str, session_id: str, changes: Mapping[str, Any]) -> None:
        """Others stay; one that becomes None goes."""
        await self.database.write(lambda c: sessions.change_options(c, owner, session_id, changes))

    async def delete(self, owner: str, session_id: str) -> None:
        """At once, with the pictures that no other session shows; a turn that is being answered ends in nothing."""
        await self.database.write(lambda c: sessions.remove(c, owner, session_id))

    async def delete_all(self, owner: str) -> int:
        """As `delete`, of every session of the owner; how many that were."""
        total = 0
        while count := await self.database.write(lambda c: sessions.remove_all(c, owner)):
            total += count
        return total

    async def expire(self, max_age_s: float, max_sessions: int) -> int:
        """Delete sessions unused for `max_age_s`, and each owner's beyond the last used; how many that were."""
        oldest_s = self._leases.clock() - max_age_s
        total = 0
        while count := await self.database.write(lambda c: sessions.remove_expired(c, oldest_s, max_sessions)):
            total += count
        return total

    def turn(self, owner: str, session_id: str, *asked: Message[NewPart], is_first: bool = False) -> TurnHandle:
        """`async with` it: begins once the session's other turns have ended, and ends when it is left.

        With `is_first` a session that was made for this turn goes with it when it leaves no trace.
        """
        lock = self._locks.setdefault(session_id, asyncio.Lock())
        return TurnHandle(self.database, self._leases, lock, owner, session_id, asked, is_first)

    async def turns(self, owner: str, session_id: str) -> tuple[StoredTurn, ...]:
        """The finished ones, oldest first."""
        return (await self._load(owner, session_id))[1]

    async def pictures(self, owner: str, session_id: str, hashes: Collection[str]) -> dict[str, StoredPicture]:
        """Those of the session, by hash. Raises `PictureNotFound`."""

        async def load(connection: AsyncConnection) -> dict[str, StoredPicture]:
            await sessions.get(connection, owner, session_id)
            return await pictures.load(connection, session_id, hashes)

        return await self.database.read(load)

    async def rated(self, owner: str, thumbs: Collection[Thumb]) -> tuple[Session, ...]:
        """The sessions with a turn that was rated so, last used first."""
        return await self.database.read(lambda c: sessions.rated(c, owner, thumbs))

    async def give_feedback(
        self, owner: str, session_id: str, thumb: Thumb, text: str = "", turn_id: str | None = None
    ) -> None:
        """On one turn, the last without `turn_id`; a later one replaces it. Raises `TurnNotFound`."""
        feedback = Feedback(thumb, text, self._leases.clock())
        await self.database.write(lambda c: turns.give_feedback(c, owner, session_id, turn_id, feedback))

    async def cached_answer(self, owner: str, key: str, max_age_s: float) -> str | None:
        oldest_s = self._leases.clock() - max_age_s
        return await self.database.read(lambda c: answers.find(c, owner, key, oldest_s))

    async def cache_answer(self, owner: str, key: str, value: str) -> None:
        now_s = self._leases.clock()
        await self.database.write(lambda c: answers.put(c, owner, key, value, now_s))

    async def num_cached_answers(self) -> int:
        return await self.database.read(answers.count)

    async def expire_answers(self, max_age_s: float, max_answers: int) -> int:
        """Delete answers older than `max_age_s`, and the oldest beyond `max_answers`; how many that were."""
        oldest_s = self._leases.clock() - max_age_s
        return await self.database.write(lambda c: answers.remove_old(c, oldest_s, max_answers))

    async def save_run(self, owner: str, title: str, body: bytes, max_runs: int | None = None) -> Run:
        """Of the playground; `body` is JSON. The owner's oldest beyond `max_runs` leave."""
        now_s = self._leases.clock()
        return await self.database.write(lambda c: runs.save(c, owner, title, body, now_s, max_runs))

    async def run(self, run_id: str) -> tuple[Run, bytes]:
        """Of any owner, with its body. Raises `RunNotFound`."""
        return await self.database.read(lambda c: runs.get(c, run_id))

    async def list_runs(self, owner: str, limit: int = 50, cursor: str | None = None) -> RunPage:
        """Newest first; `cursor` is the page's before. Raises `BadCursor`."""
        return await self.database.read(lambda c: runs.page(c, owner, limit, cursor))

    async def delete_run(self, owner: str, run_id: str) -> None:
        """Raises `RunNotFound`."""
        await self.database.write(lambda c: runs.remove(c, owner, run_id))

    async def expire_runs(self, max_age_s: float) -> int:
        """Delete runs older than `max_age_s`; how many that were."""
        oldest_s = self._leases.clock() - max_age_s
        return await self.database.write(lambda c: runs.remove_old(c, oldest_s))

    async def spend_tokens(self, key_name: str, day: int, num_tokens: int) -> None:
        """`day` counts from 1970 in UTC."""
        await self.database.write(lambda c: spending.add(c, key_name, day, num_tokens))

    async def tokens_spent(self, key_name: str, day: int) -> int:
        return await self.database.read(lambda c: spending.total(c, key_name, day))

    async def all_tokens_spent(self, day: int) -> dict[str, int]:
        """By the names of the keys that spent any."""
        return await self.database.read(lambda c: spending.totals(c, day))

    async def export(self, owner: str, session_id: str) -> dict[str, Any]:
        """All of a session but the bytes of its pictures, in a form that `json.dumps` takes."""
        return await asyncio.to_thread(history.to_json, *await self._load(owner, session_id))

    async def _load(self, owner: str, session_id: str) -> tuple[Session, tuple[StoredTurn, ...]]:
        async def load(connection: AsyncConnection) -> tuple[Session, tuple[StoredTurn, ...]]:
            return await sessions.get(connection, owner, session_id), await history.load(connection, session_id)

        return await self.database.read(load)
