"""How long sessions, saved runs and cached answers are kept, and the deletion of those that are over it."""

import logging
import math
import sys
from dataclasses import dataclass

from server.store.store import Store

logger = logging.getLogger("server")


@dataclass(frozen=True)
class Retention:
    """What is kept at most; 0 stands for no limit. Ages are in seconds.

    A session's age is counted from its last use. Saved runs are kept as long as sessions. `max_sessions` is per owner.
    """

    max_session_age_s: float = 0
    max_sessions: int = 0
    max_answer_age_s: float = 0
    max_answers: int = 0


async def delete_expired(store: Store, retention: Retention) -> None:
    """Delete what is over the limits, and log how much that was. Raises `DatabaseUnreachable`."""
    max_sessions, max_answers = retention.max_sessions or sys.maxsize, retention.max_answers or sys.maxsize
    max_age_s = retention.max_session_age_s or math.inf
    num_sessions = await store.expire_sessions(max_age_s, max_sessions)
    num_runs = await store.expire_runs(max_age_s)
    num_answers = await store.expire_answers(retention.max_answer_age_s or math.inf, max_answers)
    for count, kind in ((num_sessions, "sessions"), (num_runs, "saved runs"), (num_answers, "cached answers")):
        if count:
            logger.info("%d old %s deleted", count, kind)
