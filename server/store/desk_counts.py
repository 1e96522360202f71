"""Queries for what people at the desk see at a glance: how many sessions there are, and what was said last."""

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import Row, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from server.store.desk_records import DeskCounts, LastWords
from server.store.service_tables import handovers
from server.store.tables import messages, parts, turns

AnyRow = Row[*tuple[Any, ...]]

MAX_WORDS = 300
"""How many characters of what was said last are read."""


async def count_all(connection: AsyncConnection, shop: str | None, agent: str) -> DeskCounts:
    """Count the sessions of a shop, or of all, by their state, and those that a person has."""
    is_own = handovers.c.agent == agent
    state = handovers.c.state
    counted = select(state, func.count(), func.count().filter(is_own), func.max(handovers.c.asked_s)).group_by(state)
    if shop is not None:
        counted = counted.where(handovers.c.shop == shop)
    rows = {row[0]: row for row in await connection.execute(counted)}
    num = {name: row[1] for name, row in rows.items()}
    mine = rows["person"][2] if "person" in rows else 0
    newest_s = rows["waiting"][3] if "waiting" in rows else None
    return DeskCounts(num.get("waiting", 0), mine, num.get("person", 0), num.get("closed", 0), newest_s)


async def find_last_words(connection: AsyncConnection, session_ids: Collection[str]) -> dict[str, LastWords]:
    """Return what was said last in each of the sessions, but for those where nothing was."""
    of_these = turns.c.session_id.in_(session_ids) & turns.c.finish_reason.is_not(None)
    last = select(turns.c.session_id, func.max(turns.c.position).label("position")).where(of_these)
    newest = last.group_by(turns.c.session_id).subquery()
    is_newest = (turns.c.session_id == newest.c.session_id) & (turns.c.position == newest.c.position)
    said = func.substr(turns.c.answer, 1, MAX_WORDS).label("said")
    shown = (turns.c.id, turns.c.session_id, turns.c.author, turns.c.author_name, turns.c.created_s, said)
    rows = (await connection.execute(select(*shown).join(newest, is_newest))).all()
    asked = await _find_parts(connection, [row.id for row in rows])
    found = {row.session_id: _read(row, asked.get(row.id, [])) for row in rows}
    return {session_id: words for session_id, words in found.items() if words is not None}


async def _find_parts(connection: AsyncConnection, turn_ids: Sequence[str]) -> dict[str, list[AnyRow]]:
    """Return the parts of turns, by turn, in their order."""
    of_messages = (messages.c.turn_id == parts.c.turn_id) & (messages.c.position == parts.c.message)
    text = func.substr(parts.c.text, 1, MAX_WORDS).label("text")
    statement = select(parts.c.turn_id, parts.c.message, messages.c.role, text, parts.c.sha256)
    statement = statement.join(messages, of_messages).where(parts.c.turn_id.in_(turn_ids))
    found: dict[str, list[AnyRow]] = {}
    for row in await connection.execute(statement.order_by(parts.c.turn_id, parts.c.message, parts.c.position)):
        found.setdefault(row.turn_id, []).append(row)
    return found


def _read(turn: AnyRow, given: Sequence[AnyRow]) -> LastWords | None:
    """Return the words of a turn: a person's answer, or the last message of its question."""
    if turn.author == "person":
        return LastWords("person", turn.author_name, turn.said, _count_pictures(given), turn.created_s)
    asked = [part for part in given if part.role == "user"]
    last = [part for part in asked if part.message == asked[-1].message]
    text = "\n".join(part.text for part in last if part.text is not None)[:MAX_WORDS]
    return LastWords("customer", None, text, _count_pictures(last), turn.created_s) if last else None


def _count_pictures(given: Sequence[AnyRow]) -> int:
    return sum(part.sha256 is not None for part in given)
