"""Queries about how sessions ended, which is kept when they are gone.

An outcome is written once a session has ended, and just before it is deleted. It is written again where the session
was used after that.
"""

from collections.abc import Collection
from dataclasses import asdict
from typing import Any

from sqlalchemy import Select, bindparam, delete, exists, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from server.store.database import insert_into
from server.store.outcome_facts import PERSON, is_closed, is_unrecorded, join_outcomes, read_facts
from server.store.outcome_records import AskedQuestion, Outcome, OutcomeRange
from server.store.service_tables import handover_events
from server.store.service_tables import session_outcomes as outcomes
from server.store.tables import sessions, turns

Place = tuple[float, str]
"""When a session ended, and its id: outcomes are read in this order."""


async def find_ended(connection: AsyncConnection, unused_since_s: float, limit: int) -> list[str]:
    """Find sessions without their outcome that a person has closed, or that nobody has used since then."""
    of_session = turns.c.session_id == sessions.c.id
    is_busy = exists().where(of_session, turns.c.finish_reason.is_(None))
    has_turn = exists().where(of_session, turns.c.finish_reason.is_not(None))
    is_ended = (sessions.c.updated_s < unused_since_s) | is_closed
    ended = select(sessions.c.id).select_from(join_outcomes()).where(is_ended, is_unrecorded, ~is_busy, has_turn)
    return list(await connection.scalars(ended.order_by(sessions.c.updated_s, sessions.c.id).limit(limit)))


async def record(connection: AsyncConnection, session_ids: Collection[str]) -> list[Outcome]:
    """Store the outcomes of sessions as they are now; return those that are new. Servers do not both return one."""
    found = [] if not session_ids else await read_facts(connection, session_ids)
    if not found:
        return []
    rows = [_to_columns(outcome) for outcome in found]
    insert = insert_into(connection, outcomes).values(rows).on_conflict_do_nothing(index_elements=["session_id"])
    new = set(await connection.scalars(insert.returning(outcomes.c.session_id)))
    known = [{f"new_{name}": value for name, value in row.items()} for row in rows if row["session_id"] not in new]
    if known:
        changed: dict[str, Any] = {name: bindparam(f"new_{name}") for name in rows[0] if name != "session_id"}
        is_it = outcomes.c.session_id == bindparam("new_session_id")
        await connection.execute(update(outcomes).where(is_it).values(changed), known)
    people = set(await connection.scalars(_select_had_person(new)))
    return [
        Outcome(**_to_columns(outcome), has_person=outcome.session_id in people)
        for outcome in found
        if outcome.session_id in new
    ]


def _to_columns(outcome: Outcome) -> dict[str, Any]:
    return {name: value for name, value in asdict(outcome).items() if name != "has_person"}


def _select_had_person(session_ids: Collection[str]) -> Select[str]:
    is_it = handover_events.c.session_id.in_(session_ids) & (handover_events.c.state == PERSON)
    return select(handover_events.c.session_id).where(is_it).distinct()


async def count_ratings(connection: AsyncConnection, session_id: str) -> None:
    """Count the ratings of a session again, if its outcome is stored: they may come after its end."""
    for name, thumb in (("num_up", "up"), ("num_down", "down")):
        is_rated = (turns.c.session_id == session_id) & (turns.c.thumb == thumb)
        counted = select(func.count()).select_from(turns).where(is_rated).scalar_subquery()
        await connection.execute(update(outcomes).where(outcomes.c.session_id == session_id).values({name: counted}))


async def read_some(
    connection: AsyncConnection, within: OutcomeRange, after: Place | None, limit: int
) -> tuple[Outcome, ...]:
    """Return the next outcomes after a place, in order."""
    is_it = (handover_events.c.session_id == outcomes.c.session_id) & (handover_events.c.state == PERSON)
    rows = _select_within(select(outcomes, exists().where(is_it).label("has_person")), within)
    if after is not None:
        ended_s, session_id = after
        is_later = (outcomes.c.ended_s == ended_s) & (outcomes.c.session_id > session_id)
        rows = rows.where((outcomes.c.ended_s > ended_s) | is_later)
    in_order = rows.order_by(outcomes.c.ended_s, outcomes.c.session_id).limit(limit)
    return tuple(
        Outcome(**{**row._mapping, "has_person": bool(row.has_person)}) for row in await connection.execute(in_order)
    )


async def list_most_asked(connection: AsyncConnection, within: OutcomeRange, limit: int) -> tuple[AskedQuestion, ...]:
    """Return the questions that most sessions began with, the most frequent first."""
    count = func.count().label("count")
    asked = _select_within(select(outcomes.c.question, count), within).where(outcomes.c.question != "")
    most = asked.group_by(outcomes.c.question).order_by(count.desc(), outcomes.c.question).limit(limit)
    return tuple(AskedQuestion(question, int(number)) for question, number in await connection.execute(most))


def _select_within(statement: Select[Any], within: OutcomeRange) -> Select[Any]:
    statement = statement.where(outcomes.c.ended_s >= within.since_s, outcomes.c.ended_s < within.until_s)
    return statement if within.shop is None else statement.where(outcomes.c.shop == within.shop)


async def remove_old(connection: AsyncConnection, oldest_s: float) -> int:
    """Delete what is known of sessions that ended before `oldest_s` and are gone; return how many those were."""
    is_kept = exists().where(sessions.c.id == outcomes.c.session_id)
    gone = await connection.execute(delete(outcomes).where(outcomes.c.ended_s < oldest_s, ~is_kept))
    is_kept = exists().where(sessions.c.id == handover_events.c.session_id)
    await connection.execute(delete(handover_events).where(handover_events.c.at_s < oldest_s, ~is_kept))
    return gone.rowcount
