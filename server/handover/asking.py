"""Asking for a person in a turn, and what the customer is told of that."""

from dataclasses import dataclass
from typing import Literal

from server.handover.handovers import Handovers
from server.handover.texts import write_full, write_waiting
from server.store.errors import DeskFull
from server.store.service_records import HandoverReason, HandoverState, SessionRef


@dataclass(frozen=True)
class Asked:
    """What came of it: the state of the session, or `full` where nobody more may wait; `text` says so."""

    result: HandoverState | Literal["full"]
    text: str


async def ask_for_person(handovers: Handovers, session: SessionRef, reason: HandoverReason, by: str) -> Asked:
    """Let a session wait for a person. Raises `HandoverLost`, `SessionNotFound` and `DatabaseUnreachable`."""
    try:
        handover = await handovers.request(session, reason, by)
    except DeskFull:
        return Asked("full", write_full(session.language))
    position = await handovers.find_position(handover)
    return Asked(handover.state, write_waiting(position or 0, session.language))
