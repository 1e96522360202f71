"""Sessions that nobody uses any more are deleted: at the start, and every some minutes."""

import asyncio
import logging
import math
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from server.store.store import Store

EVERY_S = 300.0

logger = logging.getLogger("server")


@asynccontextmanager
async def expiring(store: Store, max_age_s: float, max_sessions: int, every_s: float = EVERY_S) -> AsyncIterator[None]:
    """While it is entered. 0 stands for no limit."""
    task = asyncio.create_task(_expire(store, max_age_s or math.inf, max_sessions or sys.maxsize, every_s))
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait([task])


async def _expire(store: Store, max_age_s: float, max_sessions: int, every_s: float) -> None:
    while True:
        try:
            count = await store.expire(max_age_s, max_sessions)
        except Exception as error:  # the next time may go better, and a disk that fills up would be worse
            logger.warning("old sessions were not deleted: %s", error)
        else:
            if count:
                logger.info("%d old sessions deleted", count)
        await asyncio.sleep(every_s)
