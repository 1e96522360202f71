"""Queries about the questions that found nothing."""

import re
from hashlib import sha256

from sqlalchemy import Select, delete, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from server.store.database import insert_into
from server.store.errors import BadCursor, QuestionNotFound
from server.store.knowledge_names import fold_reference
from server.store.knowledge_records import Unanswered, UnansweredPage
from server.store.knowledge_tables import unanswered_questions as questions

MAX_LENGTH = 1000
"""How many characters of a question are kept."""

NUM_DIGITS = 32
CURSOR = re.compile(r"([0-9]{1,9})-([0-9a-f]{32})")


def make_id(profile: str, question: str) -> str:
    """Return the id of a question: one and the same for all ways to write its letters."""
    folded = fold_reference(question)
    return sha256(f"{profile}\0{folded}".encode(errors="replace")).hexdigest()[:NUM_DIGITS]


async def note(connection: AsyncConnection, profile: str, question: str, now_s: float) -> int:
    """Count a question; return how many there are. Servers that count one at the same time lose nothing."""
    shown = question[:MAX_LENGTH]
    values = {"id": make_id(profile, shown), "profile": profile, "question": shown}
    insert = insert_into(connection, questions).values(**values, count=1, first_s=now_s, last_s=now_s)
    changed = {"count": questions.c.count + 1, "last_s": insert.excluded.last_s}
    await connection.execute(insert.on_conflict_do_update(index_elements=["id"], set_=changed))
    return (await connection.execute(select(func.count()).select_from(questions))).scalar_one()


async def remove_beyond(connection: AsyncConnection, max_questions: int) -> int:
    """Delete the questions that were last asked the longest ago, beyond so many; return how many those were."""
    newest_first = select(questions.c.id).order_by(questions.c.last_s.desc(), questions.c.id.desc())
    return await _remove(connection, newest_first.offset(max_questions))


async def remove_old(connection: AsyncConnection, oldest_s: float) -> int:
    """Delete the questions that were last asked before `oldest_s`; return how many those were."""
    return await _remove(connection, select(questions.c.id).where(questions.c.last_s < oldest_s))


async def _remove(connection: AsyncConnection, which: Select[tuple[str]]) -> int:
    """Delete questions, but none that another transaction has: those were just asked again."""
    ids = (await connection.execute(which.with_for_update(skip_locked=True))).scalars().all()
    if not ids:
        return 0
    return (await connection.execute(delete(questions).where(questions.c.id.in_(ids)))).rowcount


async def list_page(connection: AsyncConnection, limit: int, cursor: str | None) -> UnansweredPage:
    """Return a page of the questions, the most often asked first. Raises `BadCursor`."""
    statement = select(questions).order_by(questions.c.count.desc(), questions.c.id.desc()).limit(limit + 1)
    if cursor is not None:
        count, last_id = _parse_cursor(cursor)
        is_after = (questions.c.count < count) | ((questions.c.count == count) & (questions.c.id < last_id))
        statement = statement.where(is_after)
    found = [Unanswered(**row._mapping) for row in await connection.execute(statement)]
    shown = tuple(found[:limit])
    return UnansweredPage(shown, f"{shown[-1].count}-{shown[-1].id}" if len(found) > limit else None)


def _parse_cursor(cursor: str) -> tuple[int, str]:
    match = CURSOR.fullmatch(cursor)
    if match is None:
        raise BadCursor
    return int(match[1]), match[2]


async def remove(connection: AsyncConnection, question_id: str) -> None:
    """Delete a question. Raises `QuestionNotFound`."""
    gone = await connection.execute(delete(questions).where(questions.c.id == question_id))
    if not gone.rowcount:
        raise QuestionNotFound(question_id)


async def remove_all(connection: AsyncConnection) -> int:
    """Delete all questions; return how many those were."""
    return (await connection.execute(delete(questions))).rowcount
