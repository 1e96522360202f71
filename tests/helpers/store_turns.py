"""Short ways to have something in a store."""

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


def user(*parts: NewPart) -> Message[NewPart]:
    return Message("user", parts)


async def ask(store: Store, session: Session, *parts: NewPart, answer: str = "yes") -> str:
    """A whole turn; its id."""
    async with store.open_turn(session.owner, session.id, user(*parts)) as turn:
        await turn.finish(answer, "stop", StoredUsage(10, 4, 2))
    return turn.id


async def saved(store: Store, turn: TurnHandle, said: str, findings: Findings = NOTHING_FOUND) -> None:
    """Says it, and waits until it would outlive the server; fails where that takes much longer than it may."""
    turn.save(said, StoredUsage(5, 0, 1), findings)
    async with asyncio.timeout(SAVE_EVERY_S + 30):  # the database may be busy
        while await stored_answer(store, turn) != said:
            await asyncio.sleep(0.01)


async def stored_answer(store: Store, turn: TurnHandle) -> str:
    """As far as it is stored, pending or not."""
    rows = await store.database.read(lambda c: c.execute(select(turns.c.answer).where(turns.c.id == turn.id)))
    return str(rows.scalar_one())


async def answers(store: Store, session: Session) -> list[tuple[str, str]]:
    """Each turn's answer and how it ended."""
    return [(turn.answer, turn.finish_reason) for turn in await store.list_turns(session.owner, session.id)]


def said(turn: StoredTurn) -> str:
    """The first text of the first message."""
    return next(part for part in turn.messages[0].parts if isinstance(part, str))


async def count(store: Store, table: str) -> int:
    rows = await store.database.read(lambda c: c.exec_driver_sql(f"SELECT count(*) FROM {table}"))
    return int(rows.scalar_one())
