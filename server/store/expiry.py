"""How long sessions, responses, saved runs, answers and questions are kept, and the deletion of what is older."""

import logging
import math
import sys
from dataclasses import dataclass

from server.store.store import Store

MAX_EMPTY_AGE_S = 300.0
"""How long a session without any turn stays: one that earlier versions of the server left when they were killed."""

MAX_DELIVERY_AGE_S = 30 * 86400.0
"""How long messages of webhooks are kept after their end."""

MAX_OUTCOME_AGE_S = 730 * 86400.0
"""How long it is kept how a session ended that is gone."""

logger = logging.getLogger("server")


@dataclass(frozen=True)
class Retention:
    """What is kept at most; 0 stands for no limit. Ages are in seconds.

    A session's age is counted from its last use. Saved runs, extracted tables, documents that came within requests, and
    calls that change data are kept as long as sessions. `max_sessions` is per owner. What holds for sessions holds for
    the dialogues of stored responses as well, which are counted by themselves. A customer's age is counted from the
    last request, and anonymous visitors are kept no longer than sessions. `max_customer_token_s` is the longest time
    that a token of a customer is valid.
    """

    max_session_age_s: float = 0
    max_sessions: int = 0
    max_answer_age_s: float = 0
    max_answers: int = 0
    max_unanswered_age_s: float = 0
    max_audit_age_s: float = 0
    max_customer_age_s: float = 0
    max_customer_token_s: float = 0


async def delete_expired(store: Store, retention: Retention) -> None:
    """Delete what is over the limits, and sessions that never had a turn; log how much that was.

    Raises `DatabaseUnreachable`.
    """
    max_sessions, max_answers = retention.max_sessions or sys.maxsize, retention.max_answers or sys.maxsize
    max_age_s = retention.max_session_age_s or math.inf
    num_sessions = await store.expire_sessions(max_age_s, max_sessions)
    num_empty = await store.expire_empty_sessions(MAX_EMPTY_AGE_S)
    num_responses = await store.responses.expire(max_age_s, max_sessions)
    num_runs = await store.expire_runs(max_age_s)
    num_attachments = await store.library.expire_attachments(max_age_s)
    num_tables = await store.extractions.expire(max_age_s)
    num_actions = await store.actions.expire(max_age_s)
    num_entries = await store.actions.expire_audit(retention.max_audit_age_s or math.inf)
    num_unanswered = await store.knowledge.expire_unanswered(retention.max_unanswered_age_s or math.inf)
    num_customers = await store.customers.expire(
        retention.max_customer_age_s or math.inf, retention.max_customer_token_s, max_age_s
    )
    num_answers = await store.expire_answers(retention.max_answer_age_s or math.inf, max_answers)
    num_deliveries = await store.deliveries.expire(MAX_DELIVERY_AGE_S)
    num_outcomes = await store.outcomes.expire(MAX_OUTCOME_AGE_S)
    for count, kind in (
        (num_sessions + num_empty, "sessions"),
        (num_responses, "stored responses"),
        (num_runs, "saved runs"),
        (num_attachments, "documents sent within requests"),
        (num_tables, "extracted tables"),
        (num_actions, "actions"),
        (num_entries, "entries of the audit log"),
        (num_unanswered, "questions that found nothing"),
        (num_customers, "customers not seen again"),
        (num_answers, "cached answers"),
        (num_deliveries, "messages of webhooks"),
        (num_outcomes, "ends of sessions"),
    ):
        if count:
            logger.info("%d old %s deleted", count, kind)
