"""Queries that read the turns of a session back, and the JSON form of a session."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from sqlalchemy import ColumnElement, Row, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from server.store.records import (
    HANDOVER,
    Feedback,
    Findings,
    Message,
    PictureRef,
    Session,
    StoredPart,
    StoredTurn,
    StoredUsage,
)
from server.store.tables import messages, parts, pictures, turns

SHOWN = (parts.c.text, parts.c.sha256, parts.c.time_s, parts.c.max_slice_nums)
"""What is read of each part."""

FORMAT = "minicpm-v-server.session.1"
"""The name of the export's format; it ends in another number when the structure changes."""


async def load(connection: AsyncConnection, session_id: str) -> tuple[StoredTurn, ...]:
    """Return the finished turns of a session, oldest first, without the bytes of their pictures."""
    return tuple((await load_some(connection, turns.c.session_id == session_id)).values())


async def load_last(connection: AsyncConnection, session_id: str, count: int) -> tuple[StoredTurn, ...]:
    """Return the finished turns among the last `count` of a session, as `load` does."""
    is_in = turns.c.session_id == session_id
    last = select(func.max(turns.c.position)).where(is_in).scalar_subquery()
    return tuple((await load_some(connection, is_in & (turns.c.position > last - count))).values())


async def load_some(connection: AsyncConnection, which: ColumnElement[bool]) -> dict[int, StoredTurn]:
    """Return finished turns of one session by their position, oldest first, without the bytes of their pictures."""
    is_shown = which & turns.c.finish_reason.is_not(None)
    asked = await _load_messages(connection, is_shown)
    rows = await connection.execute(select(turns).where(is_shown).order_by(turns.c.position))
    return {row.position: _read_turn(row, asked.get(row.id, {})) for row in rows}


async def _load_messages(
    connection: AsyncConnection, is_shown: ColumnElement[bool]
) -> dict[str, dict[int, Message[StoredPart]]]:
    """Return the messages of turns by turn id and position."""
    of_turns = messages.join(turns, messages.c.turn_id == turns.c.id)
    is_in = (parts.c.turn_id == messages.c.turn_id) & (parts.c.message == messages.c.position)
    statement = (
        select(messages, *SHOWN, pictures.c.mime, pictures.c.num_bytes)
        .select_from(of_turns.outerjoin(parts, is_in).outerjoin(pictures, parts.c.sha256 == pictures.c.sha256))
        .where(is_shown)
        .order_by(messages.c.turn_id, messages.c.position, parts.c.position)
    )
    found: dict[str, dict[int, Message[StoredPart]]] = {}
    for row in await connection.execute(statement):
        of_turn = found.setdefault(row.turn_id, {})
        message = of_turn.get(row.position, Message[StoredPart](row.role, ()))
        of_turn[row.position] = Message(message.role, (*message.parts, *_read_part(row)))
    return found


def _read_part(row: Row[Any]) -> tuple[StoredPart, ...]:
    """Return the part in a row, nothing from the row of a message without parts."""
    if row.sha256 is not None:
        return (PictureRef(row.sha256, row.mime, row.num_bytes, row.time_s, row.max_slice_nums),)
    return () if row.text is None else (row.text,)


def _read_turn(row: Row[Any], asked: Mapping[int, Message[StoredPart]]) -> StoredTurn:
    tokens = StoredUsage(row.num_prompt_tokens, row.num_cached_tokens, row.num_generated_tokens)
    feedback = row.thumb and Feedback(row.thumb, row.feedback_text, row.feedback_s)
    return StoredTurn(
        row.id,
        tuple(message for _, message in sorted(asked.items())),
        row.answer,
        row.finish_reason,
        tokens,
        row.created_s,
        row.finished_s,
        feedback,
        Findings(row.corrections or (), row.moderation or (), row.citations or ()),
        row.author,
        row.author_name,
    )


def to_json(session: Session, history: Sequence[StoredTurn]) -> dict[str, Any]:
    """Return a session in a form that `json.dumps` takes. Pictures are named by hash where they were shown."""
    return {"format": FORMAT, **asdict(session), "turns": [turn_to_json(turn) for turn in history]}


def turn_to_json(turn: StoredTurn) -> dict[str, Any]:
    """Return a turn as the export has it. A question for a person has no message of an answer."""
    has_answer = bool(turn.answer) or turn.finish_reason != HANDOVER
    answer = (Message[StoredPart]("assistant", (turn.answer,)),) if has_answer else ()
    return {
        "id": turn.id,
        "messages": [_message_to_json(message) for message in (*turn.messages, *answer)],
        "finish_reason": turn.finish_reason,
        "tokens": asdict(turn.tokens),
        "created_s": turn.created_s,
        "finished_s": turn.finished_s,
        "feedback": turn.feedback and asdict(turn.feedback),
        **({} if turn.author is None else {"author": turn.author, "author_name": turn.author_name}),
        **turn.findings.to_dict(),
    }


def _message_to_json(message: Message[StoredPart]) -> dict[str, Any]:
    content = [
        {"type": "text", "text": part} if isinstance(part, str) else {"type": "picture", **_picture_to_json(part)}
        for part in message.parts
    ]
    return {"role": message.role, "content": content}


def _picture_to_json(picture: PictureRef) -> dict[str, Any]:
    return {name: value for name, value in asdict(picture).items() if value is not None}
