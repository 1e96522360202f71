"""Work that is repeated while the application runs."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

logger = logging.getLogger("server")


@asynccontextmanager
async def run_every(seconds: float, work: Callable[[], Awaitable[None]], name: str) -> AsyncIterator[None]:
    """Run `work` at once, and again `seconds` after each end, until the block is left, which cancels it.

    An exception is logged as a warning that begins with `name`, such as "deleting old sessions", and does not stop the
    repetition.
    """
    task = asyncio.create_task(_repeat(seconds, work, name))
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait([task])


async def _repeat(seconds: float, work: Callable[[], Awaitable[None]], name: str) -> None:
    while True:
        try:
            await work()
        except Exception as error:
            logger.warning("%s failed, the next attempt is in %g s: %s", name, seconds, error)
        await asyncio.sleep(seconds)
