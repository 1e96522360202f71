"""Queries about sessions. Each names the owner, so that a session of another owner is not found.

Sessions with a pending turn do not expire: somebody is waiting for its answer.
"""

import uuid
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, delete, exists, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from server.store import library_deletion, outcomes, pictures, search_index
from server.store.database import insert_into
from server.store.errors import NameTaken, NameTooLong, SessionNotFound
from server.store.library_tables import collections
from server.store.library_tables import library_documents as stored_documents
from server.store.paging import make_cursor, select_page
from server.store.records import Page, Session, Thumb
from server.store.search import is_found
from server.store.tables import documents, sessions, turns

MAX_NAME_LENGTH = 200
"""The limit of names and owners in characters: PostgreSQL indexes at most 2,704 bytes, a character takes up to 4."""


def new_id() -> str:
    return uuid.uuid4().hex


async def create(
    connection: AsyncConnection,
    owner: str,
    session_id: str,
    name: str | None,
    options: Mapping[str, Any],
    now_s: float,
) -> Session:
    """Create a session and return it; without a name it is named by its id. Raises `NameTaken`, `NameTooLong`."""
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
    await search_index.add_session(connection, session_id)
    return await get(connection, owner, session_id)


async def get(connection: AsyncConnection, owner: str, session_id: str) -> Session:
    """Return a session by its id. Raises `SessionNotFound`."""
    return await _find_one(connection, owner, session_id, sessions.c.id == session_id)


async def get_by_name(connection: AsyncConnection, owner: str, name: str) -> Session:
    """Return a session by its name. Raises `SessionNotFound`."""
    return await _find_one(connection, owner, name, sessions.c.name == name)


async def list_rated(connection: AsyncConnection, owner: str, thumbs: Collection[Thumb]) -> tuple[Session, ...]:
    """Return the owner's sessions in which a turn has one of these ratings, last used first."""
    is_rated = exists().where((turns.c.session_id == sessions.c.id) & turns.c.thumb.in_(thumbs))
    statement = _select_sessions().where(sessions.c.owner == owner, is_rated).order_by(sessions.c.updated_s.desc())
    return tuple(_read_session(row) for row in await connection.execute(statement))


async def list_page(
    connection: AsyncConnection, owner: str, limit: int, cursor: str | None, search: str | None = None
) -> Page:
    """Return a page of the owner's sessions, last used first. Raises `BadCursor`.

    With `search` only those that contain it in their name, title, questions or answers.
    """
    statement = _select_sessions().where(sessions.c.owner == owner)
    if search:
        statement = statement.where(await is_found(connection, owner, search))
    statement = select_page(statement, sessions.c.updated_s, sessions.c.id, limit, cursor)
    found = [_read_session(row) for row in await connection.execute(statement)]
    shown = tuple(found[:limit])
    return Page(shown, make_cursor(shown[-1].updated_s, shown[-1].id) if len(found) > limit else None)


async def change_options(connection: AsyncConnection, owner: str, session_id: str, changes: Mapping[str, Any]) -> None:
    """Set options, and remove those whose value is None; others stay as they are. Raises `SessionNotFound`."""
    await lock(connection, owner, session_id)
    merged = {**(await get(connection, owner, session_id)).options, **changes}
    kept = {name: value for name, value in merged.items() if value is not None}
    await search_index.forget_session(connection, session_id)
    await connection.execute(update(sessions).where(sessions.c.id == session_id).values(options=kept))
    await search_index.add_session(connection, session_id)


async def lock(connection: AsyncConnection, owner: str, session_id: str) -> None:
    """Keep other transactions from changing the session until this one ends. Raises `SessionNotFound`.

    On SQLite only its existence is checked, as there is one writer at a time.
    """
    is_it = (sessions.c.owner == owner) & (sessions.c.id == session_id)
    if (await connection.execute(select(sessions.c.id).where(is_it).with_for_update())).one_or_none() is None:
        raise SessionNotFound(session_id)


async def touch(connection: AsyncConnection, session_id: str, now_s: float) -> None:
    """Count a session as used now."""
    await connection.execute(update(sessions).where(sessions.c.id == session_id).values(updated_s=now_s))


async def remove(connection: AsyncConnection, session_ids: Sequence[str]) -> None:
    """Delete sessions, which are locked, with their turns and the pictures that no other session shows.

    How they ended stays.
    """
    await outcomes.record(connection, session_ids)
    hashes = await pictures.list_hashes(connection, turns.c.session_id.in_(session_ids))
    await search_index.forget(connection, documents.c.session_id.in_(session_ids))
    await library_deletion.remove(connection, library_deletion.is_of_sessions(session_ids))
    await connection.execute(delete(sessions).where(sessions.c.id.in_(session_ids)))
    await pictures.drop_unused(connection, hashes)


async def remove_empty(connection: AsyncConnection, session_id: str) -> None:
    """Delete a session, which is locked, if it has no turn, not even a pending one, and no document."""
    await remove(connection, (await connection.scalars(_select_empty().where(sessions.c.id == session_id))).all())


async def find_owned(connection: AsyncConnection, owner: str, limit: int) -> Sequence[str]:
    """Find and lock some of the owner's sessions."""
    some = select(sessions.c.id).where(sessions.c.owner == owner).order_by(sessions.c.id).limit(limit)
    return (await connection.scalars(some.with_for_update())).all()


async def find_empty(connection: AsyncConnection, oldest_s: float, limit: int) -> Sequence[str]:
    """Find and lock some of the sessions without any turn or document that were not used since `oldest_s`."""
    old = _select_empty().where(sessions.c.updated_s < oldest_s).limit(limit)
    locked = await _lock_all(connection, (await connection.scalars(old)).all())
    # Selected again now that they are locked: a turn may have begun in one of them until then.
    return (await connection.scalars(_select_empty().where(sessions.c.id.in_(locked)))).all()


async def find_expired(connection: AsyncConnection, oldest_s: float, max_sessions: int, limit: int) -> Sequence[str]:
    """Find and lock some of the sessions not used since `oldest_s`, or beyond the last used of their owner."""
    candidates = (await connection.scalars(_select_expired(oldest_s, max_sessions).limit(limit))).all()
    locked = await _lock_all(connection, candidates)
    expired = _select_expired(oldest_s, max_sessions).subquery()
    # Selected again, as in `find_empty`.
    return (await connection.scalars(select(expired.c.id).where(expired.c.id.in_(locked)))).all()


def _select_empty() -> Select[str]:
    has_turn = exists().where(turns.c.session_id == sessions.c.id)
    in_collection = stored_documents.c.collection_id == collections.c.id
    has_document = exists().where(collections.c.session_id == sessions.c.id, in_collection)
    return select(sessions.c.id).where(~has_turn, ~has_document)


async def _lock_all(connection: AsyncConnection, session_ids: Sequence[str]) -> Sequence[str]:
    """Lock those sessions that still exist, as `lock` does."""
    those = select(sessions.c.id).where(sessions.c.id.in_(session_ids)).order_by(sessions.c.id)
    return (await connection.scalars(those.with_for_update())).all()


def _select_expired(oldest_s: float, max_sessions: int) -> Select[str]:
    newest_first = (sessions.c.updated_s.desc(), sessions.c.id.desc())
    rank = func.row_number().over(partition_by=sessions.c.owner, order_by=newest_first).label("rank")
    is_busy = exists().where(turns.c.session_id == sessions.c.id, turns.c.finish_reason.is_(None)).label("is_busy")
    ranked = select(sessions.c.id, sessions.c.updated_s, rank, is_busy).subquery()
    is_over = (ranked.c.updated_s < oldest_s) | (ranked.c.rank > max_sessions)
    return select(ranked.c.id).where(is_over, ~ranked.c.is_busy)


async def _find_one(connection: AsyncConnection, owner: str, key: str, is_it: ColumnElement[bool]) -> Session:
    row = (await connection.execute(_select_sessions().where(sessions.c.owner == owner, is_it))).one_or_none()
    if row is None:
        raise SessionNotFound(key)
    return _read_session(row)


def _select_sessions() -> Select[Any]:
    finished = (turns.c.session_id == sessions.c.id) & (turns.c.finish_reason.is_not(None))
    num_turns = select(func.count()).select_from(turns).where(finished).scalar_subquery()
    return select(sessions, num_turns.label("num_turns"))


def _read_session(row: Row[Any]) -> Session:
    return Session(**row._mapping)
