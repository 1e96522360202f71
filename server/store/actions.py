"""Queries about calls that change data. Each change of one adds its entry to the audit log in the same transaction.

    pending -> running -> done | failed | unknown
    pending -> declined | expired
    unknown -> done | failed        where its server lived after all, and knows by now

A call is run by whoever turns it from `pending` to `running`, and nothing turns it back: so it runs at most once.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Row, delete, exists, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from server.store import audit, sessions
from server.store.errors import ActionNotFound
from server.store.json_values import to_json
from server.store.paging import make_cursor, select_page
from server.store.service_records import Action, ActionPage, ActionState, AuditEvent, NewAuditEntry, SessionRef
from server.store.service_tables import actions
from server.store.tables import sessions as sessions_table

SERVER = "server"
"""Who did what nobody asked for: such as the end of a call whose time was over."""

BATCH = 200
"""How many calls are changed in one transaction."""

is_pending = actions.c.state == "pending"
is_running = actions.c.state == "running"
has_session = exists().where(sessions_table.c.id == actions.c.session_id)
"""Customers are shown no calls of sessions that they deleted; the audit log keeps them."""


@dataclass(frozen=True)
class ActionFilter:
    """Which calls are listed: those of an owner or a shop, of a session, in a state; None leaves one out."""

    owner: str | None = None
    shop: str | None = None
    session_id: str | None = None
    state: ActionState | None = None

    def to_condition(self) -> ColumnElement[bool]:
        condition: ColumnElement[bool] = has_session
        for column, value in (
            (actions.c.owner, self.owner),
            (actions.c.shop, self.shop),
            (actions.c.session_id, self.session_id),
            (actions.c.state, self.state),
        ):
            if value is not None:
                condition &= column == value
        return condition


async def propose(
    connection: AsyncConnection,
    action_id: str,
    session: SessionRef,
    tool: str,
    arguments: Mapping[str, Any],
    by: str,
    now_s: float,
    expires_s: float,
) -> Action:
    """Store a call that waits for a yes, and decline the session's older one. Raises `SessionNotFound`."""
    await sessions.lock(connection, session.owner, session.id)
    await decline_pending(connection, session.id, by, now_s)
    values = {
        "id": action_id,
        "shop": session.shop,
        "owner": session.owner,
        "session_id": session.id,
        "profile": session.profile,
        "tool": tool,
        "arguments": to_json(arguments),
        "language": session.language,
        "state": "pending",
        "created_s": now_s,
        "expires_s": expires_s,
    }
    stored = (await connection.execute(insert(actions).values(**values).returning(actions))).one()
    return await _note(connection, read_action(stored), "asked", by, now_s)


async def get(connection: AsyncConnection, owner: str, action_id: str) -> Action:
    """Return an owner's call. Raises `ActionNotFound`."""
    is_it = (actions.c.id == action_id) & (actions.c.owner == owner) & has_session
    row = (await connection.execute(select(actions).where(is_it))).one_or_none()
    if row is None:
        raise ActionNotFound(action_id)
    return read_action(row)


async def list_page(connection: AsyncConnection, wanted: ActionFilter, limit: int, cursor: str | None) -> ActionPage:
    """Return a page of calls, the newest first. Raises `BadCursor`."""
    statement = select(actions).where(wanted.to_condition())
    statement = select_page(statement, actions.c.created_s, actions.c.id, limit, cursor)
    rows = (await connection.execute(statement)).all()
    shown = tuple(read_action(row) for row in rows[:limit])
    return ActionPage(shown, make_cursor(shown[-1].created_s, shown[-1].id) if len(rows) > limit else None)


async def find_pending(connection: AsyncConnection, session_id: str) -> Action | None:
    """Return the call of a session that waits for a yes, or that has waited too long but did not end yet."""
    pending = select(actions).where(actions.c.session_id == session_id, is_pending)
    row = (await connection.execute(pending)).one_or_none()
    return None if row is None else read_action(row)


async def begin(
    connection: AsyncConnection, owner: str, action_id: str, by: str, now_s: float, lease_s: float
) -> Action | None:
    """Begin an owner's call that waits for a yes; return it, or None where it does not wait any more.

    Of many that begin it at the same time, in any number of servers, one gets it.
    """
    is_it = (actions.c.id == action_id) & (actions.c.owner == owner) & has_session
    await expire(connection, is_it, now_s)
    starting = update(actions).where(is_it, is_pending, actions.c.expires_s > now_s)
    row = (await connection.execute(starting.values(state="running", lease_s=lease_s).returning(actions))).one_or_none()
    return None if row is None else await _note(connection, read_action(row), "confirmed", by, now_s)


async def end(
    connection: AsyncConnection, action_id: str, state: ActionState, result: Any, error: str | None, now_s: float
) -> Action | None:
    """Store how a call that was begun ended; return it, or None where its end is stored already.

    An end that was unknown may become known.
    """
    is_open = is_running if state == "unknown" else actions.c.state.in_(("running", "unknown"))
    values = {"state": state, "result": to_json(result), "error": error, "ended_s": now_s, "lease_s": None}
    ending = update(actions).where(actions.c.id == action_id, is_open).values(**values)
    row = (await connection.execute(ending.returning(actions))).one_or_none()
    return None if row is None else await _note(connection, read_action(row), _EVENTS[state], SERVER, now_s)


async def decline(connection: AsyncConnection, owner: str, action_id: str, by: str, now_s: float) -> Action | None:
    """End an owner's call that waits for a yes; return it, or None where it does not wait any more."""
    is_it = (actions.c.id == action_id) & (actions.c.owner == owner)
    declined = await _end_pending(connection, is_it, "declined", by, now_s)
    return declined[0] if declined else None


async def decline_pending(connection: AsyncConnection, session_id: str, by: str, now_s: float) -> None:
    """End the call of a session that waits for a yes, if there is one."""
    await _end_pending(connection, actions.c.session_id == session_id, "declined", by, now_s)


async def expire(connection: AsyncConnection, which: ColumnElement[bool], now_s: float) -> Sequence[Action]:
    """End calls that have waited for a yes too long; return them."""
    return await _end_pending(connection, which & (actions.c.expires_s <= now_s), "expired", SERVER, now_s)


async def expire_some(connection: AsyncConnection, now_s: float) -> int:
    """End some of the calls that have waited too long, or whose sessions are gone; return how many."""
    is_due = is_pending & ((actions.c.expires_s <= now_s) | ~has_session)
    due = select(actions.c.id).where(is_due).limit(BATCH).with_for_update(skip_locked=True)
    ids = (await connection.execute(due)).scalars().all()
    return len(await _end_pending(connection, actions.c.id.in_(ids), "expired", SERVER, now_s))


async def list_lost(connection: AsyncConnection, now_s: float) -> list[Action]:
    """List some of the calls that were begun, and whose server no longer says that they run; the oldest first."""
    lost = select(actions).where(is_running, actions.c.lease_s < now_s).order_by(actions.c.created_s).limit(BATCH)
    return [read_action(row) for row in await connection.execute(lost)]


async def remove_old(connection: AsyncConnection, oldest_s: float) -> int:
    """Delete calls that ended before `oldest_s`, and those whose sessions are gone; return how many those were."""
    return (
        await connection.execute(
            delete(actions).where(actions.c.ended_s.is_not(None), (actions.c.ended_s < oldest_s) | ~has_session)
        )
    ).rowcount


async def _end_pending(
    connection: AsyncConnection, which: ColumnElement[bool], state: ActionState, by: str, now_s: float
) -> Sequence[Action]:
    ending = update(actions).where(which, is_pending).values(state=state, ended_s=now_s).returning(actions)
    ended = [read_action(row) for row in (await connection.execute(ending)).all()]
    return [await _note(connection, action, _EVENTS[state], by, now_s) for action in ended]


_EVENTS: Mapping[ActionState, AuditEvent] = {
    "done": "done",
    "failed": "failed",
    "unknown": "unknown",
    "declined": "declined",
    "expired": "expired",
}


async def _note(connection: AsyncConnection, action: Action, event: AuditEvent, by: str, now_s: float) -> Action:
    """Add a change of a call to the audit log, and return the call."""
    result = action.error if action.result is None else action.result
    entry = NewAuditEntry(
        action.shop, action.owner, action.tool, event, by, action.session_id, action.id, action.arguments, result
    )
    await audit.add(connection, entry, now_s)
    return action


def read_action(row: "Row[tuple[Any, ...]]") -> Action:
    """Return the call in a row."""
    values = {name: value for name, value in row._mapping.items() if name != "lease_s"}
    return Action(**values)
