"""Queries about the audit log. Entries are added, read, and deleted once they are old; the database changes none."""

import re
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Row, delete, insert, select, true
from sqlalchemy.ext.asyncio import AsyncConnection

from server.store.errors import BadCursor
from server.store.json_values import to_json
from server.store.service_records import AuditEntry, AuditPage, NewAuditEntry
from server.store.service_tables import audit_entries as entries

CURSOR = re.compile(r"[0-9]{1,18}")


@dataclass(frozen=True)
class AuditFilter:
    """Which entries are listed: those of a shop, of a session, of a tool; None leaves one out."""

    shop: str | None = None
    session_id: str | None = None
    tool: str | None = None

    def to_condition(self) -> ColumnElement[bool]:
        wanted = (
            (entries.c.shop, self.shop),
            (entries.c.session_id, self.session_id),
            (entries.c.tool, self.tool),
        )
        condition: ColumnElement[bool] = true()
        for column, value in wanted:
            if value is not None:
                condition &= column == value
        return condition


async def add(connection: AsyncConnection, entry: NewAuditEntry, at_s: float) -> None:
    """Add an entry to the log."""
    values = {
        "at_s": at_s,
        "shop": entry.shop,
        "owner": entry.owner,
        "session_id": entry.session_id,
        "action_id": entry.action_id,
        "tool": entry.tool,
        "event": entry.event,
        "by": entry.by,
        "arguments": to_json(entry.arguments),
        "result": to_json(entry.result),
    }
    await connection.execute(insert(entries).values(**values))


async def list_page(connection: AsyncConnection, wanted: AuditFilter, limit: int, cursor: str | None) -> AuditPage:
    """Return a page of the log, the newest first. Raises `BadCursor`."""
    statement = select(entries).where(wanted.to_condition())
    if cursor is not None:
        statement = statement.where(entries.c.id < _parse_cursor(cursor))
    rows = (await connection.execute(statement.order_by(entries.c.id.desc()).limit(limit + 1))).all()
    shown = tuple(_read_entry(row) for row in rows[:limit])
    return AuditPage(shown, str(shown[-1].id) if len(rows) > limit else None)


async def remove_old(connection: AsyncConnection, oldest_s: float) -> int:
    """Delete the entries from before `oldest_s`; return how many those were."""
    return (await connection.execute(delete(entries).where(entries.c.at_s < oldest_s))).rowcount


def _parse_cursor(cursor: str) -> int:
    if CURSOR.fullmatch(cursor) is None:
        raise BadCursor
    return int(cursor)


def _read_entry(row: "Row[tuple[object, ...]]") -> AuditEntry:
    entry = NewAuditEntry(
        row.shop, row.owner, row.tool, row.event, row.by, row.session_id, row.action_id, row.arguments, row.result
    )
    return AuditEntry(row.id, row.at_s, entry)
