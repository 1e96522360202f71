"""The records of customer service that go into the store and come out of it. Times are in Unix seconds.

`shop` is the owner of the API key that a customer belongs to, and `owner` whose the session is: the id of a customer,
or the shop itself where a service asks with its key.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from server.store.desk_records import LastWords
from server.store.knowledge_records import TextLanguage

ActionState = Literal["pending", "running", "done", "failed", "unknown", "declined", "expired"]
"""`pending` waits for the customer's yes, `running` was begun and has no end yet; all others are ends.

`unknown` means that it may have happened: it is never run again by itself.
"""

AuditEvent = Literal["asked", "called", "confirmed", "declined", "expired", "done", "failed", "unknown"]
"""`asked` is a call that waits for a yes, `called` one that was begun; the others say how either ended."""

HandoverState = Literal["bot", "waiting", "person", "closed"]

HandoverReason = Literal["customer", "tool", "not_found", "anger", "unknown_action", "operator", "person"]
"""Why a state was entered: the customer's wish, a tool, answers that found nothing, anger, a call whose end is unknown,
an operator's or a person's act."""


@dataclass(frozen=True)
class StoredCustomer:
    """A customer who came with a token. Tokens issued before `revoked_s` are refused."""

    id: str
    shop: str
    subject: str
    is_anonymous: bool
    claims: Mapping[str, Any]
    created_s: float
    seen_s: float
    revoked_s: float | None = None


@dataclass(frozen=True)
class CustomerPage:
    """A page of customers. `next_cursor` asks for the page after it, and is None on the last."""

    customers: tuple[StoredCustomer, ...]
    next_cursor: str | None


@dataclass(frozen=True)
class Action:
    """A call that changes data, with all its arguments, as the customer is shown it.

    `result` is what the call gave, `error` why it failed or was not known to end.
    """

    id: str
    shop: str
    owner: str
    session_id: str
    profile: str
    tool: str
    arguments: Mapping[str, Any]
    language: TextLanguage
    state: ActionState
    created_s: float
    expires_s: float
    ended_s: float | None = None
    result: Any = None
    error: str | None = None


@dataclass(frozen=True)
class ActionPage:
    """A page of actions. `next_cursor` asks for the page after it, and is None on the last."""

    actions: tuple[Action, ...]
    next_cursor: str | None


@dataclass(frozen=True)
class NewAuditEntry:
    """What is added to the audit log. `by` is who asked: a customer's id, the name of a key, or `model`."""

    shop: str
    owner: str
    tool: str
    event: AuditEvent
    by: str
    session_id: str | None = None
    action_id: str | None = None
    arguments: Mapping[str, Any] | None = None
    result: Any = None


@dataclass(frozen=True)
class AuditEntry:
    """An entry of the audit log, which nothing changes."""

    id: int
    at_s: float
    entry: NewAuditEntry


@dataclass(frozen=True)
class AuditPage:
    """A page of the audit log, the newest first. `next_cursor` asks for the page after it, and is None on the last."""

    entries: tuple[AuditEntry, ...]
    next_cursor: str | None


@dataclass(frozen=True)
class Handover:
    """Who answers a session now, and since when. `agent` is the name of the key of the person who has it.

    `agent_name` is what customers are shown of the person. `version` grows, and `changed_s` is set, with every change
    and every turn.
    """

    session_id: str
    shop: str
    owner: str
    profile: str
    language: TextLanguage
    state: HandoverState
    reason: HandoverReason
    asked_s: float
    changed_s: float
    agent: str | None = None
    agent_name: str | None = None
    summary: str | None = None
    version: int = 1

    @property
    def is_silent(self) -> bool:
        """Whether the model must not answer."""
        return self.state != "bot"


@dataclass(frozen=True)
class HandoverEvent:
    """One change of a hand-over. `by` is a customer's id, the name of a key, or `server`."""

    id: int
    at_s: float
    shop: str
    session_id: str
    profile: str
    state: HandoverState
    reason: HandoverReason
    by: str


@dataclass(frozen=True)
class HandoverChange:
    """A change of a hand-over that is asked for: the new state, why, and by whom.

    `agent` and `agent_name` are of the person who has the session afterwards. With `holder` it happens only while that
    person has it. At most `max_waiting` sessions of the shop, and `max_own` of their owner, may wait afterwards; where
    that is an anonymous visitor, at most `max_visitors` of all such.
    """

    state: HandoverState
    reason: HandoverReason
    by: str
    agent: str | None = None
    agent_name: str | None = None
    holder: str | None = None
    max_waiting: int | None = None
    max_own: int | None = None
    max_visitors: int | None = None


@dataclass(frozen=True)
class DeskSession:
    """A session as the desk lists it. `subject` is what the shop calls the customer, if it is one.

    `claims` are those of the customer's last token, and `last` is what was said last.
    """

    handover: Handover
    name: str
    title: str | None
    subject: str | None
    is_anonymous: bool
    claims: Mapping[str, Any] = field(default_factory=dict)
    last: LastWords | None = None


@dataclass(frozen=True)
class DeskPage:
    """A page of sessions of the desk. `next_cursor` asks for the page after it, and is None on the last."""

    sessions: tuple[DeskSession, ...]
    next_cursor: str | None


@dataclass(frozen=True)
class CannedAnswer:
    """A text that people at the desk use again; its title is unique in a shop."""

    id: str
    shop: str
    title: str
    text: str
    created_s: float


@dataclass(frozen=True)
class Delivery:
    """A webhook's message that is to be sent. `num_tries` counts those before."""

    id: str
    event: str
    payload: Mapping[str, Any]
    created_s: float
    num_tries: int


@dataclass(frozen=True)
class SessionRef:
    """A session as its hand-over and its calls know it: whose it is, and what it is answered with."""

    id: str
    owner: str
    shop: str
    profile: str
    language: TextLanguage
