"""Sessions that nobody uses any more are deleted, old runs and cached answers too: at the start, and later again."""

import asyncio
import logging
import math
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from server.store.store import Store

EVERY_S = 300.0

logger = logging.getLogger("server")


@dataclass(frozen=True)
class Keeping:
    """What is kept at most; 0 stands for no limit. Saved runs are as old as sessions may be."""

    max_session_age_s: float = 0
    max_sessions: int = 0
    max_answer_age_s: float = 0
    max_answers: int = 0


@asynccontextmanager
async def expiring(store: Store, keeping: Keeping, every_s: float = EVERY_S) -> AsyncIterator[None]:
    """While it is entered."""
    task = asyncio.create_task(_expire_often(store, keeping, every_s))
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait([task])


async def _expire_often(store: Store, keeping: Keeping, every_s: float) -> None:
    while True:
        try:
            await _expire(store, keeping)
        except Exception as error:  # the next time may go better, and a disk that fills up would be worse
            logger.warning("old sessions were not deleted: %s", error)
        await asyncio.sleep(every_s)


async def _expire(store: Store, keeping: Keeping) -> None:
    max_sessions, max_answers = keeping.max_sessions or sys.maxsize, keeping.max_answers or sys.maxsize
    max_age_s = keeping.max_session_age_s or math.inf
    num_sessions = await store.expire(max_age_s, max_sessions)
    num_runs = await store.expire_runs(max_age_s)
    num_answers = await store.expire_answers(keeping.max_answer_age_s or math.inf, max_answers)
    for count, kind in ((num_sessions, "sessions"), (num_runs, "saved runs"), (num_answers, "cached answers")):
        if count:
            logger.info("%d old %s deleted", count, kind)
