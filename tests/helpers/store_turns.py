"""Functions that put turns into a store, and look at what is there."""

import asyncio

from sqlalchemy import select

from server.store.handle import SAVE_EVERY_S, TurnHandle
from server.store.records import (
    NOTHING_FOUND,
    Findings,
    Message,
    NewPart,
    Session,
    StoredPicture,
    StoredTurn,
    StoredUsage,
)
from server.store.store import Store
from server.store.tables import turns

RED = StoredPicture.from_bytes(b"red pixels", "image/png")
BLUE = StoredPicture.from_bytes(b"blue pixels", "image/jpeg")


def user_message(*parts: NewPart) -> Message[NewPart]:
    return Message("user", parts)


async def ask(store: Store, session: Session, *parts: NewPart, answer: str = "yes") -> str:
    """Store a whole turn, and return its id."""
    async with store.open_turn(session.owner, session.id, user_message(*parts)) as turn:
        await turn.finish(answer, "stop", StoredUsage(10, 4, 2))
    return turn.id


async def save_and_wait(store: Store, turn: TurnHandle, answer: str, findings: Findings = NOTHING_FOUND) -> None:
    """Save the answer so far, and wait until it is in the database; fail if that takes far too long."""
    turn.save(answer, StoredUsage(5, 0, 1), findings)
    async with asyncio.timeout(SAVE_EVERY_S + 30):  # the database may be busy
        while await read_stored_answer(store, turn) != answer:
            await asyncio.sleep(0.01)


async def read_stored_answer(store: Store, turn: TurnHandle) -> str:
    """Return the answer of a turn as it is in the database, pending or not."""
    rows = await store.database.read(lambda c: c.execute(select(turns.c.answer).where(turns.c.id == turn.id)))
    return str(rows.scalar_one())


async def list_answers(store: Store, session: Session) -> list[tuple[str, str]]:
    """Return the answer and the finish reason of each turn."""
    return [(turn.answer, turn.finish_reason) for turn in await store.list_turns(session.owner, session.id)]


def find_text(turn: StoredTurn) -> str:
    """Return the first text of the first message of a turn."""
    return next(part for part in turn.messages[0].parts if isinstance(part, str))


async def count_rows(store: Store, table: str) -> int:
    """Count the rows of a table; a condition may follow its name."""
    rows = await store.database.read(lambda c: c.exec_driver_sql(f"SELECT count(*) FROM {table}"))
    return int(rows.scalar_one())
