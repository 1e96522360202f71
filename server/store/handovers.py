"""Queries about hand-overs. Every change locks the session first, so that of two at once the later sees the earlier.

bot      the model answers; a session without a row is in this state too
waiting  a person was asked for
person   a person has the session
closed   the person has ended it; the customer's next message opens it again
"""

from collections.abc import Collection, Sequence
from dataclasses import asdict
from typing import Any, Protocol

from sqlalchemy import ColumnElement, Row, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from server.store import actions, deliveries, sessions
from server.store.database import insert_into
from server.store.delivery_records import NewDelivery
from server.store.errors import DeskFull, HandoverLost
from server.store.service_records import (
    Handover,
    HandoverChange,
    HandoverEvent,
    HandoverReason,
    HandoverState,
    SessionRef,
)
from server.store.service_tables import customers, handover_events, handovers


class Announcer(Protocol):
    """What makes the message that a session waits; None where nobody is to be told."""

    def make_waiting(
        self, session: SessionRef, reason: HandoverReason, waiting_since_s: float
    ) -> NewDelivery | None: ...


STATES: tuple[HandoverState, ...] = ("bot", "waiting", "person", "closed")


async def find(connection: AsyncConnection, session_id: str) -> Handover | None:
    """Return the hand-over of a session; None if it never had one."""
    row = (await connection.execute(select(handovers).where(handovers.c.session_id == session_id))).one_or_none()
    return None if row is None else read_handover(row)


async def find_some(connection: AsyncConnection, session_ids: Collection[str]) -> dict[str, Handover]:
    """Return the hand-overs of those of the sessions that have one."""
    rows = await connection.execute(select(handovers).where(handovers.c.session_id.in_(session_ids)))
    return {row.session_id: read_handover(row) for row in rows}


async def change(
    connection: AsyncConnection,
    session: SessionRef,
    expected: Collection[HandoverState],
    wanted: HandoverChange,
    now_s: float,
    announcer: Announcer | None = None,
) -> Handover:
    """Bring a session from one of the `expected` states into another, with its event; return the hand-over.

    Where it waits now, the message of that is stored in the same transaction, if there is an `announcer`. A call that
    waits for the customer's yes is declined: a person sees to it from now on. Raises `SessionNotFound`, `HandoverLost`
    where it is in another state or with another person, and `DeskFull`.
    """
    await sessions.lock(connection, session.owner, session.id)
    before = await find(connection, session.id)
    state: HandoverState = "bot" if before is None else before.state
    holder = None if before is None else before.agent
    if state not in expected or wanted.holder not in (None, holder):
        raise HandoverLost(state, None if before is None else before.agent_name)
    if wanted.state == "waiting":
        await _check_room(connection, session, wanted)
    after = _apply(session, before, wanted, now_s)
    await _put(connection, after)
    await _add_event(connection, after, wanted.by)
    if after.state in ("waiting", "person"):
        await actions.decline_pending(connection, session.id, wanted.by, now_s)
    if announcer is not None and after.state == "waiting":
        message = announcer.make_waiting(session, after.reason, after.asked_s)
        if message is not None:
            await deliveries.add(connection, message, now_s)
    return after


async def _check_room(connection: AsyncConnection, session: SessionRef, wanted: HandoverChange) -> None:
    """Raise `DeskFull` where as many sessions wait as may."""
    is_owned = handovers.c.owner == session.owner
    visitors = select(customers.c.id).where(customers.c.is_anonymous)
    is_one_of_them = visitors.where(customers.c.id == session.owner).exists() & handovers.c.owner.in_(visitors)
    limits = ((wanted.max_waiting, None), (wanted.max_own, is_owned), (wanted.max_visitors, is_one_of_them))
    for limit, which in limits:
        if limit is not None and await count_waiting(connection, session.shop, which) >= limit:
            raise DeskFull(limit)


def _apply(session: SessionRef, before: Handover | None, wanted: HandoverChange, now_s: float) -> Handover:
    """Return the hand-over after a change. When it was asked for stays until it is asked for again."""
    goes_on = before is not None and (before.state in ("waiting", "person") or wanted.state in ("bot", "closed"))
    return Handover(
        session.id,
        session.shop,
        session.owner,
        session.profile,
        session.language,
        wanted.state,
        wanted.reason,
        before.asked_s if before is not None and goes_on else now_s,
        now_s,
        wanted.agent,
        wanted.agent_name,
        before.summary if before is not None and wanted.state != "waiting" else None,
        1 if before is None else before.version + 1,
    )


async def _put(connection: AsyncConnection, handover: Handover) -> None:
    values = asdict(handover)
    changed = {name: value for name, value in values.items() if name != "session_id"}
    statement = insert_into(connection, handovers).values(**values)
    await connection.execute(statement.on_conflict_do_update(index_elements=["session_id"], set_=changed))


async def _add_event(connection: AsyncConnection, handover: Handover, by: str) -> None:
    of = {"shop": handover.shop, "session_id": handover.session_id, "profile": handover.profile}
    what = {"state": handover.state, "reason": handover.reason, "by": by, "at_s": handover.changed_s}
    await connection.execute(insert(handover_events).values(**of, **what))


async def touch(connection: AsyncConnection, session_id: str, now_s: float) -> Handover:
    """Count a turn of a session that has a hand-over as a change of it; return that."""
    changing = update(handovers).where(handovers.c.session_id == session_id)
    changed = changing.values(version=handovers.c.version + 1, changed_s=now_s).returning(handovers)
    return read_handover((await connection.execute(changed)).one())


async def count_waiting(connection: AsyncConnection, shop: str | None, which: ColumnElement[bool] | None = None) -> int:
    """Count the sessions of a shop, or of all, that wait for a person, among those that `which` selects."""
    statement = select(func.count()).select_from(handovers).where(handovers.c.state == "waiting")
    if shop is not None:
        statement = statement.where(handovers.c.shop == shop)
    if which is not None:
        statement = statement.where(which)
    return (await connection.execute(statement)).scalar_one()


async def count_before(connection: AsyncConnection, handover: Handover) -> int:
    """Count the sessions of the shop that wait for longer than this one."""
    asked_s, session_id = handovers.c.asked_s, handovers.c.session_id
    is_same = (asked_s == handover.asked_s) & (session_id < handover.session_id)
    return await count_waiting(connection, handover.shop, (asked_s < handover.asked_s) | is_same)


async def list_changed(connection: AsyncConnection, shops: Collection[str] | None, since_s: float) -> list[Handover]:
    """List the hand-overs of shops, or of all, that were changed since a time."""
    statement = select(handovers).where(handovers.c.state.in_(STATES), handovers.c.changed_s >= since_s)
    if shops is not None:
        statement = statement.where(handovers.c.shop.in_(shops))
    return [read_handover(row) for row in await connection.execute(statement)]


async def list_events(connection: AsyncConnection, session_id: str) -> list[HandoverEvent]:
    """List the changes of a session's hand-over, the oldest first."""
    of_session = select(handover_events).where(handover_events.c.session_id == session_id)
    rows: Sequence[Row[Any]] = (await connection.execute(of_session.order_by(handover_events.c.id))).all()
    return [HandoverEvent(**row._mapping) for row in rows]


def read_handover(row: Row[Any]) -> Handover:
    """Return the hand-over in a row that has all columns of the table."""
    return Handover(**{column.name: row._mapping[column.name] for column in handovers.c})
