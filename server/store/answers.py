"""Queries about cached answers. Times are in Unix seconds."""

from sqlalchemy import delete, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from server.store.database import insert_into
from server.store.tables import answers


async def find(connection: AsyncConnection, owner: str, key: str, oldest_s: float) -> str | None:
    """Return the answer of a key unless it is from before `oldest_s`; None where there is none."""
    is_it = (answers.c.owner == owner) & (answers.c.key == key) & (answers.c.created_s >= oldest_s)
    value: str | None = await connection.scalar(select(answers.c.value).where(is_it))
    return value


async def put(connection: AsyncConnection, owner: str, key: str, value: str, now_s: float) -> None:
    """Store an answer, in place of an older one of the same key."""
    statement = insert_into(connection, answers).values(owner=owner, key=key, value=value, created_s=now_s)
    newer = {"value": statement.excluded.value, "created_s": statement.excluded.created_s}
    await connection.execute(statement.on_conflict_do_update(index_elements=["owner", "key"], set_=newer))


async def count(connection: AsyncConnection) -> int:
    """Count the answers of all owners."""
    return await connection.scalar(select(func.count()).select_from(answers)) or 0


async def remove_owned(connection: AsyncConnection, owner: str) -> int:
    """Delete all answers of an owner, and return how many those were."""
    return (await connection.execute(delete(answers).where(answers.c.owner == owner))).rowcount


async def remove_old(connection: AsyncConnection, oldest_s: float, max_answers: int) -> int:
    """Delete answers from before `oldest_s` and the oldest beyond `max_answers`; return how many those were."""
    nth = select(answers.c.created_s).order_by(answers.c.created_s.desc()).offset(max_answers).limit(1)
    first_too_many_s = await connection.scalar(nth)
    is_old = answers.c.created_s < oldest_s
    if first_too_many_s is not None:
        is_old |= answers.c.created_s <= first_too_many_s
    return (await connection.execute(delete(answers).where(is_old))).rowcount
