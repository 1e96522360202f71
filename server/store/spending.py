"""Queries about the tokens that each key has spent on each day. Days are counted from 1970 in UTC."""

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from server.store.database import insert_into
from server.store.tables import spending


async def add(connection: AsyncConnection, key_name: str, day: int, num_tokens: int) -> None:
    """Add to the tokens of a key and day, in one statement, so that servers that add at the same time lose nothing."""
    insert = insert_into(connection, spending).values(key_name=key_name, day=day, num_tokens=num_tokens)
    total = spending.c.num_tokens + insert.excluded.num_tokens
    await connection.execute(
        insert.on_conflict_do_update(index_elements=["key_name", "day"], set_={"num_tokens": total})
    )


async def list_totals(connection: AsyncConnection, day: int) -> dict[str, int]:
    """Return the tokens of a day by the names of the keys that spent any."""
    found = await connection.execute(select(spending.c.key_name, spending.c.num_tokens).where(spending.c.day == day))
    return {row.key_name: row.num_tokens for row in found}


async def get_total(connection: AsyncConnection, key_name: str, day: int) -> int:
    """Return the tokens of a key and day, 0 if it spent none."""
    is_it = (spending.c.key_name == key_name) & (spending.c.day == day)
    return await connection.scalar(select(spending.c.num_tokens).where(is_it)) or 0
