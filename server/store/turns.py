"""Queries about turns, which are begun, saved while they are answered, and ended once.

**Whole or not at all.** `begin` stores the question with its pictures in one transaction, as a pending turn that is
not shown to readers; `finish` adds the answer in another, and the turn is shown. In between `save` stores the part of
the answer that there is, so that a crash costs at most what came after it. Storing nothing until the answer is
complete would be simpler, but a crash would lose partial answers, and the turns of two servers could interleave.

**In order.** A unique index allows a session at most one pending turn, so that turns do not interleave, not even
those of servers that share a database. A pending turn has a lease that its server renews. When the lease ends, the
server is taken to be dead: the turn is marked aborted with the part that was saved, and the next may begin. If the
server lives after all and finishes the turn, the whole answer replaces the part: an answered turn is never lost.
"""

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import ColumnElement, delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from server.store import outcomes, pictures, search_index, sessions
from server.store.errors import SessionNotFound, TurnNotFound
from server.store.records import Feedback, Message, NewPart, StoredAnswer, StoredPicture, StoredUsage
from server.store.tables import documents, messages, parts, turns
from server.store.tables import sessions as sessions_table

ABORT = "abort"
"""The finish reason of an answer that was cut off; the engine uses the same word."""

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
    """Store a pending turn with its messages; return False, and store nothing, while another one is pending.

    Raises `SessionNotFound`.
    """
    await sessions.lock(connection, owner, session_id)
    last, num_pending = await _find_last(connection, session_id)
    if num_pending:
        await abort_expired(connection, now_s, turns.c.session_id == session_id)
        last, num_pending = await _find_last(connection, session_id)
    if num_pending:
        return False
    await _touch(connection, session_id, now_s)
    await pictures.put(connection, [part for m in asked for part in m.parts if isinstance(part, StoredPicture)])
    row = {"id": turn_id, "session_id": session_id, "position": 0 if last is None else last + 1, "answer": ""}
    counts = _usage_to_columns(StoredUsage())
    await connection.execute(insert(turns).values(**row, **counts, created_s=now_s, lease_s=lease_s))
    await insert_messages(connection, turn_id, asked)
    return True


async def _find_last(connection: AsyncConnection, session_id: str) -> tuple[int | None, int]:
    """Return the position of the session's last turn, None without turns, and the number of pending ones."""
    of_session = select(func.max(turns.c.position), func.count().filter(is_pending))
    position, num_pending = (await connection.execute(of_session.where(turns.c.session_id == session_id))).one()
    return position, num_pending


async def insert_messages(connection: AsyncConnection, turn_id: str, asked: Sequence[Message[NewPart]]) -> None:
    """Store the messages of a turn, whose pictures are stored already."""
    message_rows = [{"turn_id": turn_id, "position": i, "role": message.role} for i, message in enumerate(asked)]
    part_rows = [
        {
            "turn_id": turn_id,
            "message": i,
            "position": j,
            "text": part if isinstance(part, str) else None,
            "sha256": part.sha256 if isinstance(part, StoredPicture) else None,
            "time_s": part.time_s if isinstance(part, StoredPicture) else None,
            "max_slice_nums": part.max_slice_nums if isinstance(part, StoredPicture) else None,
        }
        for i, message in enumerate(asked)
        for j, part in enumerate(message.parts)
    ]
    for table, rows in ((messages, message_rows), (parts, part_rows)):
        if rows:
            await connection.execute(insert(table), rows)


async def save(connection: AsyncConnection, turn_id: str, answer: StoredAnswer) -> None:
    """Store the answer so far of a turn that is still pending."""
    await connection.execute(update(turns).where(turns.c.id == turn_id, is_pending).values(**_to_columns(answer)))


async def renew(connection: AsyncConnection, turn_ids: Collection[str], lease_s: float) -> None:
    """Make the leases of pending turns last until `lease_s`, in Unix seconds."""
    await connection.execute(update(turns).where(turns.c.id.in_(turn_ids), is_pending).values(lease_s=lease_s))


async def finish(
    connection: AsyncConnection,
    session_id: str,
    turn_id: str,
    answer: StoredAnswer,
    finish_reason: str,
    now_s: float,
) -> bool:
    """Store the whole answer and end the turn; return whether it was still pending.

    Raises `SessionNotFound` when the session was deleted meanwhile.
    """
    await _touch(connection, session_id, now_s)
    was_pending = await connection.scalar(select(is_pending).where(turns.c.id == turn_id))
    await search_index.forget(connection, documents.c.turn_id == turn_id)
    values = {"finish_reason": finish_reason, "finished_s": now_s, **_to_columns(answer)}
    done = await connection.execute(update(turns).where(turns.c.id == turn_id).values(**values))
    if done.rowcount == 0:
        raise SessionNotFound(session_id)
    await search_index.add_turn(connection, session_id, turn_id)
    return bool(was_pending)


async def discard(connection: AsyncConnection, turn_id: str) -> None:
    """Delete a pending turn, with the pictures that no other turn shows; one that was never begun is no error."""
    hashes = await pictures.list_hashes(connection, turns.c.id == turn_id)
    await connection.execute(delete(turns).where(turns.c.id == turn_id, is_pending))
    await pictures.drop_unused(connection, hashes)


async def remove_last(connection: AsyncConnection, session_id: str, limit: int) -> int:
    """Delete the last turns of a session, which is locked, with the pictures that no other turn shows; return how many.

    A session whose deletion is not finished keeps its first turns, in order.
    """
    last = select(turns.c.id).where(turns.c.session_id == session_id).order_by(turns.c.position.desc()).limit(limit)
    turn_ids = (await connection.scalars(last)).all()
    hashes = await pictures.list_hashes(connection, turns.c.id.in_(turn_ids))
    await search_index.forget(connection, documents.c.turn_id.in_(turn_ids))
    await connection.execute(delete(turns).where(turns.c.id.in_(turn_ids)))
    await pictures.drop_unused(connection, hashes)
    return len(turn_ids)


async def abort_expired(connection: AsyncConnection, now_s: float, of_turns: ColumnElement[bool]) -> None:
    """Mark pending turns whose lease is over as aborted, among those that `of_turns` selects."""
    is_expired = is_pending & (turns.c.lease_s < now_s) & of_turns
    aborting = update(turns).where(is_expired).values(finish_reason=ABORT, finished_s=now_s)
    for turn_id, session_id in (await connection.execute(aborting.returning(turns.c.id, turns.c.session_id))).all():
        await search_index.add_turn(connection, session_id, turn_id)


async def give_feedback(
    connection: AsyncConnection, owner: str, session_id: str, turn_id: str | None, feedback: Feedback
) -> None:
    """Rate a finished turn, the last one without `turn_id`. Raises `SessionNotFound`, `TurnNotFound`."""
    await sessions.lock(connection, owner, session_id)
    finished = select(turns.c.id).where(turns.c.session_id == session_id, ~is_pending)
    if turn_id is not None:
        finished = finished.where(turns.c.id == turn_id)
    found = await connection.scalar(finished.order_by(turns.c.position.desc()).limit(1))
    if found is None:
        raise TurnNotFound(session_id, turn_id)
    values = {"thumb": feedback.thumb, "feedback_text": feedback.text, "feedback_s": feedback.given_s}
    await connection.execute(update(turns).where(turns.c.id == found).values(**values))
    await outcomes.count_ratings(connection, session_id)


async def _touch(connection: AsyncConnection, session_id: str, now_s: float) -> None:
    """Set when the session was last used. Every transaction locks this row before rows of turns, against deadlocks."""
    is_it = sessions_table.c.id == session_id
    await connection.execute(update(sessions_table).where(is_it).values(updated_s=now_s))


def _to_columns(answer: StoredAnswer) -> dict[str, Any]:
    authored = {} if answer.author is None else {"author": answer.author}
    return {"answer": answer.text, **authored, **answer.findings.to_dict(), **_usage_to_columns(answer.tokens)}


def _usage_to_columns(tokens: StoredUsage) -> dict[str, int]:
    return {
        "num_prompt_tokens": tokens.num_prompt,
        "num_cached_tokens": tokens.num_cached,
        "num_generated_tokens": tokens.num_generated,
    }
