"""Queries about the messages of webhooks.

**Stored with what they tell.** `add` runs in the transaction that changes a session, so that there is no change
without its message, and no message without its change.

**Claimed, then sent.** `claim` gives due messages to one server, and counts the try before it is made. Until the claim
is over no other server is given them. One whose server dies meanwhile is due again then, whether it had been sent or
not: a message is sent at least once, always with the same id.
"""

from sqlalchemy import delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from server.store.database import insert_into
from server.store.delivery_records import DeliveryCounts, NewDelivery
from server.store.service_records import Delivery
from server.store.service_tables import webhook_deliveries as deliveries

MAX_WAITING = 10_000
"""The most messages that wait at once: those that came first are given up beyond it."""

TOO_MANY = f"more than {MAX_WAITING} messages wait"

is_waiting = deliveries.c.ended_s.is_(None)


async def add(connection: AsyncConnection, new: NewDelivery, now_s: float, max_waiting: int = MAX_WAITING) -> None:
    """Store a message that is to be sent; a second one of the same id is not."""
    values = {"id": new.id, "event": new.event, "payload": dict(new.payload)}
    times = {"created_s": now_s, "next_s": now_s + new.hold_s}
    insert = insert_into(connection, deliveries).values(**values, **times, num_tries=0, is_delivered=False)
    await connection.execute(insert.on_conflict_do_nothing(index_elements=["id"]))
    newest_first = select(deliveries.c.id).where(is_waiting).order_by(deliveries.c.created_s.desc(), deliveries.c.id)
    for too_old in (await connection.scalars(newest_first.offset(max_waiting))).all():
        await end(connection, too_old, now_s, TOO_MANY)


async def has_due(connection: AsyncConnection, now_s: float) -> bool:
    """Return whether a message is due."""
    due = select(deliveries.c.id).where(is_waiting, deliveries.c.next_s <= now_s).limit(1)
    return await connection.scalar(due) is not None


async def claim(connection: AsyncConnection, now_s: float, claim_s: float, limit: int) -> tuple[Delivery, ...]:
    """Return messages that are due, those due longest first, which nobody else is given for `claim_s` seconds."""
    columns = (deliveries.c[name] for name in ("id", "event", "payload", "created_s", "num_tries"))
    due = select(*columns).where(is_waiting, deliveries.c.next_s <= now_s)
    first = due.order_by(deliveries.c.next_s, deliveries.c.id).limit(limit)
    claimed = (await connection.execute(first.with_for_update(skip_locked=True))).all()
    counted = {"next_s": now_s + claim_s, "num_tries": deliveries.c.num_tries + 1}
    those = deliveries.c.id.in_([row.id for row in claimed])
    if claimed:
        await connection.execute(update(deliveries).where(those).values(**counted))
    return tuple(Delivery(**row._mapping) for row in claimed)


async def end(connection: AsyncConnection, delivery_id: str, now_s: float, error: str | None = None) -> None:
    """End a message that still waits: delivered, or given up with an `error`."""
    values = {"ended_s": now_s, "is_delivered": error is None, "error": error}
    await connection.execute(update(deliveries).where(deliveries.c.id == delivery_id, is_waiting).values(**values))


async def put_off(connection: AsyncConnection, delivery_id: str, next_s: float, error: str) -> None:
    """Have a message that still waits be sent again at `next_s`, and note why."""
    values = {"next_s": next_s, "error": error}
    await connection.execute(update(deliveries).where(deliveries.c.id == delivery_id, is_waiting).values(**values))


async def count(connection: AsyncConnection) -> DeliveryCounts:
    """Count the messages that wait, and those that were given up."""
    is_failed = deliveries.c.ended_s.is_not(None) & ~deliveries.c.is_delivered
    counted = select(func.count().filter(is_waiting), func.count().filter(is_failed)).select_from(deliveries)
    return DeliveryCounts(*(await connection.execute(counted)).one())


async def remove_old(connection: AsyncConnection, oldest_s: float) -> int:
    """Delete messages that ended before `oldest_s`; return how many those were."""
    return (await connection.execute(delete(deliveries).where(deliveries.c.ended_s < oldest_s))).rowcount
