"""Queries about turns that no model answers: questions for a person, and a person's words."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from server.store import handovers, history, pictures, search_index, sessions, turns
from server.store import tables as t
from server.store.errors import HandoverLost
from server.store.records import HANDOVER, Message, NewPart, StoredAnswer, StoredPicture, StoredTurn
from server.store.service_records import Handover


@dataclass(frozen=True)
class PersonWords:
    """What a person answers: a text, which may be empty beside pictures. `agent` is the name of the person's key."""

    agent: str
    text: str
    pictures: tuple[StoredPicture, ...] = ()


async def keep_question(
    connection: AsyncConnection, owner: str, session_id: str, turn_id: str, now_s: float
) -> Handover | None:
    """End a turn without an answer while the model is silent; return None, and change nothing, while it is not.

    Raises `SessionNotFound`.
    """
    await sessions.lock(connection, owner, session_id)
    handover = await handovers.find(connection, session_id)
    if handover is None or handover.state not in ("waiting", "person"):
        return None
    await turns.finish(connection, session_id, turn_id, StoredAnswer(), HANDOVER, now_s)
    return await handovers.touch(connection, session_id, now_s)


async def add_answer(
    connection: AsyncConnection, handover: Handover, words: PersonWords, now_s: float
) -> tuple[Handover, str]:
    """Store a person's answer as the session's next turn; return the hand-over after it, and the id of the turn.

    Raises `SessionNotFound`, and `HandoverLost` unless the person has the session.
    """
    await sessions.lock(connection, handover.owner, handover.session_id)
    current = await handovers.find(connection, handover.session_id)
    if current is None or current.state != "person" or current.agent != words.agent:
        raise HandoverLost(*(("bot", None) if current is None else (current.state, current.agent_name)))
    turn_id = uuid.uuid4().hex
    await sessions.touch(connection, current.session_id, now_s)
    await pictures.put(connection, words.pictures)
    await _insert_turn(connection, current, turn_id, words.text, now_s)
    if words.pictures:
        shown: Sequence[Message[NewPart]] = (Message[NewPart]("assistant", words.pictures),)
        await turns.insert_messages(connection, turn_id, shown)
    await search_index.add_turn(connection, current.session_id, turn_id)
    return await handovers.touch(connection, current.session_id, now_s), turn_id


async def _insert_turn(connection: AsyncConnection, handover: Handover, turn_id: str, text: str, now_s: float) -> None:
    last = select(func.coalesce(func.max(t.turns.c.position), -1)).where(t.turns.c.session_id == handover.session_id)
    position = (await connection.execute(last)).scalar_one() + 1
    row = {"id": turn_id, "session_id": handover.session_id, "position": position, "answer": text}
    who = {"author": "person", "author_name": handover.agent_name}
    tokens = {"num_prompt_tokens": 0, "num_cached_tokens": 0, "num_generated_tokens": 0}
    times = {"created_s": now_s, "finished_s": now_s, "lease_s": now_s}
    await connection.execute(insert(t.turns).values(**row, **who, **tokens, **times, finish_reason="stop"))


async def load_persons(connection: AsyncConnection, session_id: str, after: int) -> dict[int, StoredTurn]:
    """Return a person's turns behind a position in the session, by their position, oldest first."""
    is_of_person = (t.turns.c.session_id == session_id) & (t.turns.c.author == "person")
    return await history.load_some(connection, is_of_person & (t.turns.c.position > after))


async def find_position(connection: AsyncConnection, session_id: str, turn_id: str | None) -> int:
    """Return the position of a turn of a session, or of its last one if it has no such turn; -1 without any."""
    of_session = t.turns.c.session_id == session_id
    if turn_id is not None:
        found = await connection.scalar(select(t.turns.c.position).where(of_session, t.turns.c.id == turn_id))
        if found is not None:
            return int(found)
    last = select(func.coalesce(func.max(t.turns.c.position), -1)).where(of_session)
    return int((await connection.execute(last)).scalar_one())
