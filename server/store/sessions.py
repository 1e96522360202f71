"""Queries about sessions. Every one names the owner: another owner's session is not found.

Sessions with a pending turn don't expire: somebody is waiting for an answer there.
"""

import uuid
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, delete, exists, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from server.store import pictures
from server.store.database import insert_into
from server.store.errors import NameTaken, NameTooLong, SessionNotFound
from server.store.paging import cursor_after, page_of
from server.store.records import TITLE, Page, Session, Thumb
from server.store.tables import parts, sessions, turns

MAX_NAME_LENGTH = 200
"""In characters, for owners too: PostgreSQL indexes at most 2,704 bytes, and a character takes up to 4."""

EXPIRY_BATCH = 200
"""Sessions deleted in one transaction, so that a turn need not wait long for it."""


async def create(
    connection: AsyncConnection, owner: str, name: str | None, options: Mapping[str, Any], now_s: float
) -> Session:
    """Without a name its id is its name. Raises `NameTaken`, `NameTooLong`."""
    session_id = uuid.uuid4().hex
    name = session_id if name is None else name
    for text in (owner, name):
        if len(text) > MAX_NAME_LENGTH:
            raise NameTooLong(len(text), MAX_NAME_LENGTH)
    values = {"id": session_id, "owner": owner, "name": name, "options": dict(options)}
    statement = (
        insert_into(connection, sessions).values(**values, created_s=now_s, updated_s=now_s).on_conflict_do_nothing()
    )
    if (await connection.execute(statement.returning(sessions.c.id))).one_or_none() is None:
        raise NameTaken(name)
    return await get(connection, owner, session_id)


async def get(connection: AsyncConnection, owner: str, session_id: str) -> Session:
    """Raises `SessionNotFound`."""
    return await _one(connection, owner, session_id, sessions.c.id == session_id)


async def get_by_name(connection: AsyncConnection, owner: str, name: str) -> Session:
    """Raises `SessionNotFound`."""
    return await _one(connection, owner, name, sessions.c.name == name)


async def rated(connection: AsyncConnection, owner: str, thumbs: Collection[Thumb]) -> tuple[Session, ...]:
    """The owner's sessions with a turn that was rated so, last used first."""
    is_rated = exists().where((turns.c.session_id == sessions.c.id) & turns.c.thumb.in_(thumbs))
    statement = _select().where(sessions.c.owner == owner, is_rated).order_by(sessions.c.updated_s.desc())
    return tuple(_session(row) for row in await connection.execute(statement))


async def page(
    connection: AsyncConnection, owner: str, limit: int, cursor: str | None, search: str | None = None
) -> Page:
    """The owner's sessions, last used first; those that `search` is found in, without one all. Raises `BadCursor`."""
    statement = _select().where(sessions.c.owner == owner)
    if search:
        statement = statement.where(_has(search))
    statement = page_of(statement, sessions.c.updated_s, sessions.c.id, limit, cursor)
    found = [_session(row) for row in await connection.execute(statement)]
    shown = tuple(found[:limit])
    return Page(shown, cursor_after(shown[-1].updated_s, shown[-1].id) if len(found) > limit else None)


def _has(text: str) -> ColumnElement[bool]:
    """In its name or title, or in what was asked or answered. Capitals count for nothing where ASCII has them."""
    of_session = turns.c.session_id == sessions.c.id
    is_asked = (parts.c.turn_id == turns.c.id) & parts.c.text.icontains(text, autoescape=True)
    is_answered = turns.c.answer.icontains(text, autoescape=True)
    is_titled = sessions.c.options[TITLE].as_string().icontains(text, autoescape=True)
    is_named = sessions.c.name.icontains(text, autoescape=True)
    return or_(is_named, is_titled, exists().where(of_session, is_asked), exists().where(of_session, is_answered))


async def change_options(connection: AsyncConnection, owner: str, session_id: str, changes: Mapping[str, Any]) -> None:
    """What they do not name stays, and what is None goes. Raises `SessionNotFound`."""
    await lock(connection, owner, session_id)
    merged = {**(await get(connection, owner, session_id)).options, **changes}
    kept = {name: value for name, value in merged.items() if value is not None}
    await connection.execute(update(sessions).where(sessions.c.id == session_id).values(options=kept))


async def lock(connection: AsyncConnection, owner: str, session_id: str) -> None:
    """No other transaction changes the session until this one ends. Raises `SessionNotFound`.

    SQLite needs nothing for it: it has one writer.
    """
    is_it = (sessions.c.owner == owner) & (sessions.c.id == session_id)
    if (await connection.execute(select(sessions.c.id).where(is_it).with_for_update())).one_or_none() is None:
        raise SessionNotFound(session_id)


async def remove(connection: AsyncConnection, owner: str, session_id: str) -> None:
    """With its turns, and the pictures that no other session shows. Raises `SessionNotFound`."""
    await lock(connection, owner, session_id)
    await _remove(connection, [session_id])


async def remove_empty(connection: AsyncConnection, session_id: str) -> None:
    """Where it has no turn, not even a pending one."""
    has_turns = exists().where(turns.c.session_id == sessions.c.id)
    await connection.execute(delete(sessions).where(sessions.c.id == session_id, ~has_turns))


async def remove_all(connection: AsyncConnection, owner: str) -> int:
    """Some of the owner's, with their turns. Gives how many that were; 0 when none is left."""
    some = select(sessions.c.id).where(sessions.c.owner == owner).order_by(sessions.c.id).limit(EXPIRY_BATCH)
    doomed = (await connection.scalars(some.with_for_update())).all()
    await _remove(connection, doomed)
    return len(doomed)


async def remove_expired(connection: AsyncConnection, oldest_s: float, max_sessions: int) -> int:
    """Some of those not used since `oldest_s` or beyond an owner's `max_sessions` last used.

    Gives how many that were; 0 when none is left.
    """
    candidates = (await connection.scalars(_expired(oldest_s, max_sessions).limit(EXPIRY_BATCH))).all()
    is_one = sessions.c.id.in_(candidates)
    locking = select(sessions.c.id).where(is_one).order_by(sessions.c.id).with_for_update()
    locked = (await connection.scalars(locking)).all()
    # Asked again now that nobody else can begin a turn in them.
    expired = _expired(oldest_s, max_sessions).subquery()
    doomed = (await connection.scalars(select(expired.c.id).where(expired.c.id.in_(locked)))).all()
    await _remove(connection, doomed)
    return len(doomed)


def _expired(oldest_s: float, max_sessions: int) -> Select[str]:
    newest_first = (sessions.c.updated_s.desc(), sessions.c.id.desc())
    rank = func.row_number().over(partition_by=sessions.c.owner, order_by=newest_first).label("rank")
    is_busy = exists().where(turns.c.session_id == sessions.c.id, turns.c.finish_reason.is_(None)).label("is_busy")
    ranked = select(sessions.c.id, sessions.c.updated_s, rank, is_busy).subquery()
    is_over = (ranked.c.updated_s < oldest_s) | (ranked.c.rank > max_sessions)
    return select(ranked.c.id).where(is_over, ~ranked.c.is_busy)


async def _remove(connection: AsyncConnection, session_ids: Sequence[str]) -> None:
    hashes = await pictures.hashes_of(connection, turns.c.session_id.in_(session_ids))
    await connection.execute(delete(sessions).where(sessions.c.id.in_(session_ids)))
    await pictures.drop_unused(connection, hashes)


async def _one(connection: AsyncConnection, owner: str, key: str, is_it: ColumnElement[bool]) -> Session:
    row = (await connection.execute(_select().where(sessions.c.owner == owner, is_it))).one_or_none()
    if row is None:
        raise SessionNotFound(key)
    return _session(row)


def _select() -> Select[Any]:
    finished = (turns.c.session_id == sessions.c.id) & (turns.c.finish_reason.is_not(None))
    num_turns = select(func.count()).select_from(turns).where(finished).scalar_subquery()
    return select(sessions, num_turns.label("num_turns"))


def _session(row: Row[Any]) -> Session:
    return Session(**row._mapping)
