"""Queries about the tokens that keys have spent, by days."""

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from server.store.database import insert_into
from server.store.tables import spending


async def add(connection: AsyncConnection, key_name: str, day: int, num_tokens: int) -> None:
    """In one statement, so that servers which add at once lose nothing."""
    insert = insert_into(connection, spending).values(key_name=key_name, day=day, num_tokens=num_tokens)
    total = spending.c.num_tokens + insert.excluded.num_tokens
    await connection.execute(
        insert.on_conflict_do_update(index_elements=["key_name", "day"], set_={"num_tokens": total})
    )


async def totals(connection: AsyncConnection, day: int) -> dict[str, int]:
    """By the names of the keys that spent any."""
    found = await connection.execute(select(spending.c.key_name, spending.c.num_tokens).where(spending.c.day == day))
    return {row.key_name: row.num_tokens for row in found}


async def total(connection: AsyncConnection, key_name: str, day: int) -> int:
    is_it = (spending.c.key_name == key_name) & (spending.c.day == day)
    return await connection.scalar(select(spending.c.num_tokens).where(is_it)) or 0
