"""Queries about turns: begun, saved while they are answered, ended once, and read.

**Whole or not at all.** `begin` stores the question with its pictures in one transaction, as a pending turn that no
reader is shown; `finish` makes it a turn, with the answer, in another. What was said until then is kept by `save`,
so a crash costs at most what was said since. Storing nothing until the answer is there would be simpler, but
then a crash loses partial answers, and nothing in the database keeps two servers' turns apart.

**In order.** A session has at most one pending turn, by a unique index, so turns of servers that share a database
cannot interleave either. A pending turn is a lease that its server renews; one that was not renewed has lost its
server, is marked aborted with what was saved, and holds up nobody. Should its server live after all and finish it,
the whole answer replaces the part: an answered turn is never lost.
"""

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import ColumnElement, delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from server.store import pictures, sessions
from server.store.errors import SessionNotFound, TurnNotFound
from server.store.records import Feedback, Message, NewPart, Said, StoredPicture, StoredUsage
from server.store.tables import messages, parts, turns
from server.store.tables import sessions as sessions_table

ABORT = "abort"
"""The finish reason of an answer that was cut off, as the engine says it."""

is_pending = turns.c.finish_reason.is_(None)


async def begin(
    connection: AsyncConnection,
    owner: str,
    session_id: str,
    turn_id: str,
    asked: Sequence[Message[NewPart]],
    now_s: float,
    lease_s: float,
) -> bool:
    """False while another turn of the session is pending; nothing is stored then. Raises `SessionNotFound`."""
    await sessions.lock(connection, owner, session_id)
    last, num_pending = await _last(connection, session_id)
    if num_pending:
        await abort_dead(connection, now_s, turns.c.session_id == session_id)
        last, num_pending = await _last(connection, session_id)
    if num_pending:
        return False
    await _touch(connection, session_id, now_s)
    await pictures.put(connection, [part for m in asked for part in m.parts if isinstance(part, StoredPicture)])
    row = {"id": turn_id, "session_id": session_id, "position": 0 if last is None else last + 1, "answer": ""}
    counts = _counts(StoredUsage())
    await connection.execute(insert(turns).values(**row, **counts, created_s=now_s, lease_s=lease_s))
    await _insert_messages(connection, turn_id, asked)
    return True


async def _last(connection: AsyncConnection, session_id: str) -> tuple[int | None, int]:
    """The position of the session's last turn, None where it has none, and how many are pending."""
    of_session = select(func.max(turns.c.position), func.count().filter(is_pending))
    position, num_pending = (await connection.execute(of_session.where(turns.c.session_id == session_id))).one()
    return position, num_pending


async def _insert_messages(connection: AsyncConnection, turn_id: str, asked: Sequence[Message[NewPart]]) -> None:
    message_rows = [{"turn_id": turn_id, "position": i, "role": message.role} for i, message in enumerate(asked)]
    part_rows = [
        {
            "turn_id": turn_id,
            "message": i,
            "position": j,
            "text": part if isinstance(part, str) else None,
            "sha256": part.sha256 if isinstance(part, StoredPicture) else None,
        }
        for i, message in enumerate(asked)
        for j, part in enumerate(message.parts)
    ]
    for table, rows in ((messages, message_rows), (parts, part_rows)):
        if rows:
            await connection.execute(insert(table), rows)


async def save(connection: AsyncConnection, turn_id: str, said: Said) -> None:
    """What was said so far, of a turn that is still pending."""
    await connection.execute(update(turns).where(turns.c.id == turn_id, is_pending).values(**_columns(said)))


async def renew(connection: AsyncConnection, turn_ids: Collection[str], lease_s: float) -> None:
    await connection.execute(update(turns).where(turns.c.id.in_(turn_ids), is_pending).values(lease_s=lease_s))


async def finish(
    connection: AsyncConnection,
    session_id: str,
    turn_id: str,
    said: Said,
    finish_reason: str,
    now_s: float,
) -> None:
    """Raises `SessionNotFound` when the session was deleted meanwhile."""
    await _touch(connection, session_id, now_s)
    values = {"finish_reason": finish_reason, "finished_s": now_s, **_columns(said)}
    done = await connection.execute(update(turns).where(turns.c.id == turn_id).values(**values))
    if done.rowcount == 0:
        raise SessionNotFound(session_id)


async def discard(connection: AsyncConnection, turn_id: str) -> None:
    """A turn that failed before it was answered leaves no trace; one that was never begun is none."""
    hashes = await pictures.hashes_of(connection, turns.c.id == turn_id)
    await connection.execute(delete(turns).where(turns.c.id == turn_id, is_pending))
    await pictures.drop_unused(connection, hashes)


async def abort_dead(connection: AsyncConnection, now_s: float, of_turns: ColumnElement[bool]) -> None:
    """Mark pending turns whose lease is over."""
    is_dead = is_pending & (turns.c.lease_s < now_s) & of_turns
    await connection.execute(update(turns).where(is_dead).values(finish_reason=ABORT, finished_s=now_s))


async def give_feedback(
    connection: AsyncConnection, owner: str, session_id: str, turn_id: str | None, feedback: Feedback
) -> None:
    """On the last finished turn without `turn_id`. Raises `SessionNotFound`, `TurnNotFound`."""
    await sessions.lock(connection, owner, session_id)
    finished = select(turns.c.id).where(turns.c.session_id == session_id, ~is_pending)
    if turn_id is not None:
        finished = finished.where(turns.c.id == turn_id)
    found = await connection.scalar(finished.order_by(turns.c.position.desc()).limit(1))
    if found is None:
        raise TurnNotFound(session_id, turn_id)
    values = {"thumb": feedback.thumb, "feedback_text": feedback.text, "feedback_s": feedback.given_s}
    await connection.execute(update(turns).where(turns.c.id == found).values(**values))


async def _touch(connection: AsyncConnection, session_id: str, now_s: float) -> None:
    """The session was used. Its row comes before its turns' in every transaction, so that none waits in a circle."""
    is_it = sessions_table.c.id == session_id
    await connection.execute(update(sessions_table).where(is_it).values(updated_s=now_s))


def _columns(said: Said) -> dict[str, Any]:
    return {"answer": said.answer, **said.findings.told, **_counts(said.tokens)}


def _counts(tokens: StoredUsage) -> dict[str, int]:
    return {
        "num_prompt_tokens": tokens.num_prompt,
        "num_cached_tokens": tokens.num_cached,
        "num_generated_tokens": tokens.num_generated,
    }
