"""What is known of sessions when they end, read from their turns, customers and hand-overs."""

from collections.abc import Collection
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, and_, func, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql.selectable import FromClause

from server.matching.questions import normalize_question
from server.store.outcome_records import Outcome
from server.store.service_tables import customers, handover_events, handovers, session_outcomes
from server.store.tables import messages, parts, sessions, turns

CLOSED = "closed"
PERSON = "person"
"""The state of a session that a person has, and the reason where that is only the person's act."""

SERVICE = "service"
"""Who writes answers by a rule: they are no answers to what was asked."""

BLOCKED = "content_filter"
ENDS = " ?!.,;~…？！。，；～、"
"""Signs at the end of a question that do not make it another one."""

is_closed = handovers.c.state == CLOSED
is_unrecorded = or_(
    session_outcomes.c.session_id.is_(None),
    session_outcomes.c.ended_s < sessions.c.updated_s,
    and_(is_closed, session_outcomes.c.ended_s < handovers.c.changed_s),
)
"""Whether a session has no outcome, or one from before its last use."""


def join_outcomes() -> FromClause:
    """Return the sessions with their hand-overs and outcomes, where they have any."""
    joined = sessions.outerjoin(handovers, handovers.c.session_id == sessions.c.id)
    return joined.outerjoin(session_outcomes, session_outcomes.c.session_id == sessions.c.id)


def fold_question(text: str) -> str:
    """Return a question as it is counted: one way of writing, without addresses and long numbers."""
    return normalize_question(text).casefold().rstrip(ENDS)


async def read_facts(connection: AsyncConnection, session_ids: Collection[str]) -> list[Outcome]:
    """Return the outcomes of those sessions that had a turn and whose outcome is not stored as it is now."""
    found = {row.id: row for row in await connection.execute(_select_sessions(session_ids))}
    counted = {row.session_id: row for row in await connection.execute(_select_turns(found))}
    questions = {row.session_id: row.text for row in await connection.execute(_select_questions(found))}
    reasons = await _read_reasons(connection, found)
    return [
        _make_outcome(found[session_id], row, reasons.get(session_id, []), questions.get(session_id, ""))
        for session_id, row in counted.items()
    ]


def _select_sessions(session_ids: Collection[str]) -> Select[Any]:
    shop = func.coalesce(handovers.c.shop, customers.c.shop, sessions.c.owner).label("shop")
    columns = (sessions.c.id, sessions.c.options, sessions.c.updated_s, shop)
    handed = (handovers.c.profile, handovers.c.state, handovers.c.changed_s)
    joined = join_outcomes().outerjoin(customers, customers.c.id == sessions.c.owner)
    return select(*columns, *handed).select_from(joined).where(sessions.c.id.in_(session_ids), is_unrecorded)


def _select_turns(session_ids: Collection[str]) -> Select[Any]:
    is_answer = (turns.c.answer != "") & or_(turns.c.author.is_(None), turns.c.author != SERVICE)
    return (
        select(
            turns.c.session_id,
            func.count().label("num_turns"),
            func.min(turns.c.created_s).label("began_s"),
            func.min(turns.c.finished_s).filter(is_answer).label("answered_s"),
            func.count().filter(turns.c.thumb == "up").label("num_up"),
            func.count().filter(turns.c.thumb == "down").label("num_down"),
        )
        .where(turns.c.session_id.in_(session_ids), turns.c.finish_reason.is_not(None))
        .group_by(turns.c.session_id)
    )


def _select_questions(session_ids: Collection[str]) -> Select[Any]:
    """Select the texts of the first question of each session, the last of a question being that of its text."""
    asked = turns.join(messages, messages.c.turn_id == turns.c.id).join(
        parts, (parts.c.turn_id == messages.c.turn_id) & (parts.c.message == messages.c.position)
    )
    is_asked = _is_question(session_ids)
    firsts = (
        select(turns.c.session_id, func.min(turns.c.position).label("position"))
        .select_from(asked)
        .where(is_asked)
        .group_by(turns.c.session_id)
        .subquery()
    )
    is_first = (turns.c.session_id == firsts.c.session_id) & (turns.c.position == firsts.c.position)
    texts = select(turns.c.session_id, parts.c.text).select_from(asked.join(firsts, is_first)).where(is_asked)
    return texts.order_by(parts.c.message, parts.c.position)


def _is_question(session_ids: Collection[str]) -> ColumnElement[bool]:
    is_shown = turns.c.finish_reason.is_not(None) & (turns.c.finish_reason != BLOCKED)
    return turns.c.session_id.in_(session_ids) & is_shown & (messages.c.role == "user") & parts.c.text.is_not(None)


async def _read_reasons(connection: AsyncConnection, session_ids: Collection[str]) -> dict[str, list[str]]:
    """Return why sessions were handed over, the last reason last."""
    events = handover_events
    is_handed = events.c.session_id.in_(session_ids) & events.c.state.in_(("waiting", PERSON))
    reasons: dict[str, list[str]] = {}
    for row in await connection.execute(select(events.c.session_id, events.c.reason).where(is_handed).order_by("id")):
        reasons.setdefault(row.session_id, []).append(row.reason)
    return reasons


def _choose_reason(reasons: list[str]) -> str | None:
    """Return the last reason; that a person took a session is one only where nothing else was."""
    others = [reason for reason in reasons if reason != PERSON]
    return next(reversed(others or reasons), None)


def _make_outcome(session: Row[Any], counted: Row[Any], reasons: list[str], question: str) -> Outcome:
    ended_s = max(session.updated_s, session.changed_s) if session.state == CLOSED else session.updated_s
    return Outcome(
        session_id=session.id,
        shop=session.shop,
        profile=session.profile or session.options.get("profile") or "",
        began_s=counted.began_s,
        ended_s=ended_s,
        first_answer_s=None if counted.answered_s is None else max(counted.answered_s - counted.began_s, 0.0),
        reason=_choose_reason(reasons),
        num_turns=counted.num_turns,
        num_up=counted.num_up,
        num_down=counted.num_down,
        question=fold_question(question),
    )
