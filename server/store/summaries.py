"""Queries about the summaries of sessions that a person is asked for."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Row, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from server.store.deliveries import is_waiting
from server.store.service_records import SessionRef
from server.store.service_tables import handovers
from server.store.service_tables import webhook_deliveries as deliveries
from server.store.tables import clean


async def set_summary(connection: AsyncConnection, session_id: str, summary: str, now_s: float) -> bool:
    """Store the summary of a session that has a hand-over; return whether it has one.

    Messages about the session that nobody has tried to send yet get it too, unless it is empty, and are due now.
    """
    summary = clean(summary) or ""
    changed = update(handovers).where(handovers.c.session_id == session_id)
    values = {"summary": summary, "version": handovers.c.version + 1}
    if not (await connection.execute(changed.values(**values))).rowcount:
        return False
    for row in await _find_untried(connection, session_id):
        told = update(deliveries).where(deliveries.c.id == row.id, deliveries.c.num_tries == 0)
        await connection.execute(told.values(payload=_add_summary(row.payload, summary), next_s=now_s))
    return True


async def _find_untried(connection: AsyncConnection, session_id: str) -> list[Row[Any]]:
    is_about_it = deliveries.c.payload["data"]["session"].as_string() == session_id
    untried = select(deliveries.c.id, deliveries.c.payload).where(is_waiting, deliveries.c.num_tries == 0, is_about_it)
    return list(await connection.execute(untried.with_for_update()))


def _add_summary(payload: Mapping[str, Any], summary: str) -> dict[str, Any]:
    return {**payload, "data": {**payload["data"], "summary": summary}} if summary else dict(payload)


async def find_missing(connection: AsyncConnection, changed_before_s: float, limit: int) -> tuple[SessionRef, ...]:
    """Return sessions that have waited for a person since before then, and have no summary; the longest first."""
    is_missing = (handovers.c.state == "waiting") & handovers.c.summary.is_(None)
    old = select(handovers).where(is_missing, handovers.c.changed_s < changed_before_s)
    first = old.order_by(handovers.c.changed_s, handovers.c.session_id).limit(limit)
    rows = (await connection.execute(first)).all()
    return tuple(SessionRef(row.session_id, row.owner, row.shop, row.profile, row.language) for row in rows)
