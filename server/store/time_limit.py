"""A limit on the time of a query, which the database itself stops."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sqlalchemy.ext.asyncio import AsyncConnection

MIN_LEFT_S = 0.001
"""PostgreSQL takes 0 for no limit."""

INTERRUPT_EVERY_S = 0.05


@asynccontextmanager
async def stopping_at(connection: AsyncConnection, end_s: float) -> AsyncIterator[None]:
    """Stop the query that runs at `end_s` of the event loop's clock; it raises an error of the driver."""
    left_s = max(end_s - asyncio.get_running_loop().time(), MIN_LEFT_S)
    if connection.dialect.name == "postgresql":
        await connection.exec_driver_sql(f"SET LOCAL statement_timeout = {left_s * 1000:.0f}")
        yield
        return
    stopping = asyncio.create_task(_keep_interrupting(connection, left_s))
    try:
        yield
    finally:
        stopping.cancel()


async def _keep_interrupting(connection: AsyncConnection, after_s: float) -> None:
    """Interrupt SQLite from then on: once could fall between two queries."""
    driver = (await connection.get_raw_connection()).driver_connection
    assert driver is not None
    await asyncio.sleep(after_s)
    while True:
        await driver.interrupt()
        await asyncio.sleep(INTERRUPT_EVERY_S)
