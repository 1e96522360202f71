"""The interface of the store: one method for each thing that the server stores or reads."""

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from weakref import WeakValueDictionary

from sqlalchemy.ext.asyncio import AsyncConnection

from server.store import answers, deletion, history, pictures, runs, sessions, spending, turns
from server.store.action_store import ActionStore
from server.store.customer_store import CustomerStore
from server.store.database import Database, open_database
from server.store.delivery_store import DeliveryStore
from server.store.errors import DatabaseError, SessionNotFound
from server.store.extraction_store import ExtractionStore
from server.store.handle import TurnHandle
from server.store.handover_store import HandoverStore
from server.store.knowledge_store import KnowledgeStore
from server.store.leases import Leases
from server.store.library_store import LibraryStore
from server.store.outcome_store import OutcomeStore
from server.store.probe import Probe
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
from server.store.response_store import ResponseStore

LEASE_S = 5.0
"""How long after its server died a turn is marked aborted, so that the next may begin."""


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
        self._uncounted: Counter[tuple[str, int]] = Counter()
        self._probe = Probe(database, leases.clock)
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self.responses = ResponseStore(database, leases.clock)
        self.library = LibraryStore(database, leases.clock)
        self.knowledge = KnowledgeStore(database, self.library, leases.clock)
        self.extractions = ExtractionStore(database, leases.clock)
        self.customers = CustomerStore(database, leases.clock)
        self.actions = ActionStore(database, leases.clock)
        self.handovers = HandoverStore(database, leases.clock)
        self.deliveries = DeliveryStore(database, leases.clock)
        self.outcomes = OutcomeStore(database, leases.clock)

    async def check(self) -> None:
        """Raise `DatabaseUnreachable` with its reason if the database does not answer or cannot be written to."""
        await self._probe.check()

    async def create_session(
        self, owner: str, name: str | None = None, options: Mapping[str, Any] | None = None
    ) -> Session:
        """Create a session with any JSON object as options; without a name it is named by its id.

        Raises `NameTaken`, `NameTooLong`.
        """
        session_id, now_s = sessions.new_id(), self._leases.clock()
        return await self.database.write(lambda c: sessions.create(c, owner, session_id, name, options or {}, now_s))

    async def get_session(self, owner: str, session_id: str) -> Session:
        return await self.database.read(lambda c: sessions.get(c, owner, session_id))

    async def get_session_by_name(self, owner: str, name: str) -> Session:
        return await self.database.read(lambda c: sessions.get_by_name(c, owner, name))

    async def list_sessions(
        self, owner: str, limit: int = 50, cursor: str | None = None, search: str | None = None
    ) -> Page:
        """Return the page after the one that gave `cursor`, sessions last used first. Raises `BadCursor`.

        With `search` only those that contain it in their name, title, questions or answers, which raises
        `SearchTimedOut` if it takes long.
        """
        read = self.database.search if search else self.database.read
        return await read(lambda c: sessions.list_page(c, owner, limit, cursor, search))

    async def change_options(self, owner: str, session_id: str, changes: Mapping[str, Any]) -> None:
        """Set options, and remove those whose value is None; others stay as they are."""
        await self.database.write(lambda c: sessions.change_options(c, owner, session_id, changes))

    async def delete_session(self, owner: str, session_id: str) -> None:
        """Delete a session at once, with the pictures that no other session shows. Its pending turn is not stored."""

        async def find(connection: AsyncConnection, _limit: int) -> Sequence[str]:
            await sessions.lock(connection, owner, session_id)
            return [session_id]

        await deletion.delete_some(self.database, find)

    async def delete_empty_session(self, owner: str, session_id: str) -> None:
        """Delete a session that has neither a turn nor a document; any other stays."""

        async def remove(connection: AsyncConnection) -> None:
            await sessions.lock(connection, owner, session_id)
            await sessions.remove_empty(connection, session_id)

        await self.database.write(remove)

    async def delete_all_sessions(self, owner: str) -> int:
        """Delete all sessions of the owner; return how many those were."""
        return await deletion.delete_all(self.database, lambda c, limit: sessions.find_owned(c, owner, limit))

    async def expire_sessions(self, max_age_s: float, max_sessions: int) -> int:
        """Delete sessions unused for `max_age_s`, and all but each owner's last `max_sessions`; return how many."""
        oldest_s = self._leases.clock() - max_age_s
        return await deletion.delete_all(
            self.database, lambda c, limit: sessions.find_expired(c, oldest_s, max_sessions, limit)
        )

    async def expire_empty_sessions(self, max_age_s: float) -> int:
        """Delete the sessions without any turn that were not used for `max_age_s`; return how many."""
        oldest_s = self._leases.clock() - max_age_s
        return await deletion.delete_all(self.database, lambda c, limit: sessions.find_empty(c, oldest_s, limit))

    def open_turn(self, owner: str, session_id: str, *messages: Message[NewPart]) -> TurnHandle:
        """Return a turn to be entered by `async with`: it begins once the session's other turns have ended."""
        return self._open_turn(owner, session_id, messages)

    async def open_named_turn(self, owner: str, name: str, *messages: Message[NewPart]) -> TurnHandle:
        """Return a turn of the session of that name. If there is none, it is created when the turn begins.

        So no session is ever stored without its first turn, and it is deleted with that if it gets no answer. Beginning
        raises `NameTooLong`, and `NameTaken` if another turn has created the session meanwhile.
        """
        try:
            session = await self.get_session_by_name(owner, name)
        except SessionNotFound:
            return self._open_turn(owner, sessions.new_id(), messages, name)
        return self._open_turn(owner, session.id, messages)

    def _open_turn(
        self, owner: str, session_id: str, messages: Sequence[Message[NewPart]], new_name: str | None = None
    ) -> TurnHandle:
        lock = self._locks.setdefault(session_id, asyncio.Lock())
        return TurnHandle(self.database, self._leases, lock, owner, session_id, messages, new_name)

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
        return await self.database.delete(lambda c: answers.remove_old(c, oldest_s, max_answers))

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
        await self.database.delete(lambda c: runs.remove(c, owner, run_id))

    async def expire_runs(self, max_age_s: float) -> int:
        """Delete runs older than `max_age_s`; return how many those were."""
        oldest_s = self._leases.clock() - max_age_s
        return await self.database.delete(lambda c: runs.remove_old(c, oldest_s))

    async def spend_tokens(self, key_name: str, day: int, num_tokens: int) -> None:
        """Add to the tokens that a key has spent on a day, counted from 1970 in UTC.

        Tokens that could not be stored count in this server all the same, and are stored with the next.
        """
        num_tokens += self._uncounted.pop((key_name, day), 0)
        try:
            await self.database.write(lambda c: spending.add(c, key_name, day, num_tokens))
        except DatabaseError:
            self._uncounted[key_name, day] += num_tokens
            raise

    async def get_spent_tokens(self, key_name: str, day: int) -> int:
        """Return the tokens that a key has spent on a day."""
        stored = await self.database.read(lambda c: spending.get_total(c, key_name, day))
        return stored + self._uncounted[key_name, day]

    async def list_spent_tokens(self, day: int) -> dict[str, int]:
        """Return the tokens spent on a day, by the names of the keys that spent any."""
        stored = Counter(await self.database.read(lambda c: spending.list_totals(c, day)))
        stored.update({name: count for (name, of_day), count in self._uncounted.items() if of_day == day})
        return dict(stored)

    async def export_session(self, owner: str, session_id: str) -> dict[str, Any]:
        """Return all of a session but the bytes of its pictures, in a form that `json.dumps` takes."""
        return await asyncio.to_thread(history.to_json, *await self._load(owner, session_id))

    async def _load(self, owner: str, session_id: str) -> tuple[Session, tuple[StoredTurn, ...]]:
        async def load(connection: AsyncConnection) -> tuple[Session, tuple[StoredTurn, ...]]:
            return await sessions.get(connection, owner, session_id), await history.load(connection, session_id)

        return await self.database.read(load)
