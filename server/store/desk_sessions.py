"""Queries that list sessions for people at the desk, and find one of any owner."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, Select, select
from sqlalchemy.ext.asyncio import AsyncConnection

from server.store.desk_counts import find_last_words
from server.store.desk_records import LastWords
from server.store.errors import SessionNotFound
from server.store.handovers import read_handover
from server.store.paging import make_cursor, select_oldest_page, select_page
from server.store.records import TITLE, Session
from server.store.service_records import DeskPage, DeskSession, HandoverState
from server.store.service_tables import customers, handovers
from server.store.tables import sessions


async def list_page(
    connection: AsyncConnection,
    shop: str | None,
    state: HandoverState,
    agent: str | None,
    limit: int,
    cursor: str | None,
) -> DeskPage:
    """Return a page of the sessions of a shop, or of all, in a state; with `agent` only those that this person has.

    Those that wait come in the order in which they are to be taken, others the last changed first. Raises `BadCursor`.
    """
    statement = _select().where(handovers.c.state == state)
    if shop is not None:
        statement = statement.where(handovers.c.shop == shop)
    if agent is not None:
        statement = statement.where(handovers.c.agent == agent)
    is_queue = state == "waiting"
    time_s = handovers.c.asked_s if is_queue else handovers.c.changed_s
    select_some = select_oldest_page if is_queue else select_page
    statement = select_some(statement, time_s, handovers.c.session_id, limit, cursor)
    rows = (await connection.execute(statement)).all()
    found = await _read_all(connection, rows)
    shown = tuple(found[:limit])
    if len(found) <= limit:
        return DeskPage(shown, None)
    last = shown[-1].handover
    return DeskPage(shown, make_cursor(last.asked_s if is_queue else last.changed_s, last.session_id))


async def find(connection: AsyncConnection, shop: str | None, session_id: str) -> DeskSession:
    """Return a session that has a hand-over, of a shop, or of any. Raises `SessionNotFound`."""
    statement = _select().where(handovers.c.session_id == session_id)
    if shop is not None:
        statement = statement.where(handovers.c.shop == shop)
    row = (await connection.execute(statement)).one_or_none()
    if row is None:
        raise SessionNotFound(session_id)
    return (await _read_all(connection, [row]))[0]


async def find_any(connection: AsyncConnection, session_id: str) -> tuple[Session, str]:
    """Return a session of any owner, and the shop that it belongs to. Raises `SessionNotFound`."""
    statement = select(sessions, customers.c.shop).outerjoin(customers, customers.c.id == sessions.c.owner)
    row = (await connection.execute(statement.where(sessions.c.id == session_id))).one_or_none()
    if row is None:
        raise SessionNotFound(session_id)
    session = Session(row.id, row.owner, row.name, row.options, row.created_s, row.updated_s, 0)
    return session, row.owner if row.shop is None else row.shop


def _select() -> Select[Any]:
    of_session = handovers.join(sessions, sessions.c.id == handovers.c.session_id)
    named = of_session.outerjoin(customers, customers.c.id == handovers.c.owner)
    customer = (customers.c.subject, customers.c.is_anonymous, customers.c.claims)
    return select(*handovers.c, sessions.c.name, sessions.c.options, *customer).select_from(named)


async def _read_all(connection: AsyncConnection, rows: Sequence[Row[Any]]) -> list[DeskSession]:
    said = await find_last_words(connection, [row.session_id for row in rows])
    return [_read(row, said.get(row.session_id)) for row in rows]


def _read(row: Row[Any], last: LastWords | None) -> DeskSession:
    title = row.options.get(TITLE)
    return DeskSession(
        read_handover(row),
        row.name,
        title if isinstance(title, str) else None,
        row.subject,
        bool(row.is_anonymous),
        row.claims or {},
        last,
    )
