"""The answers of `/desk`. Times are in Unix seconds."""

from typing import Literal

from msgspec import Struct

from server.api.actions.response import ShownAction
from server.api.sessions.response import StoredTurn
from server.store.service_records import CannedAnswer, DeskSession, HandoverEvent

State = Literal["bot", "waiting", "person", "closed"]
Reason = Literal["customer", "tool", "not_found", "anger", "unknown_action", "operator", "person"]


class DeskCustomer(Struct):
    """Whom a session belongs to. `subject` is what the shop calls the customer, null for one without a token."""

    id: str
    subject: str | None
    is_anonymous: bool


class ShownDeskSession(Struct):
    """A session as the desk sees it. `agent` is the key of the person who has it, shown to customers as `agent_name`.

    `reason` is why it is in this state, `asked_s` when a person was asked for. `version` grows with every change.
    """

    id: str
    name: str
    title: str | None
    shop: str
    profile: str
    language: Literal["zh", "en"]
    state: State
    reason: Reason
    asked_s: float
    changed_s: float
    agent: str | None
    agent_name: str | None
    version: int
    customer: DeskCustomer

    @classmethod
    def of(cls, found: DeskSession) -> "ShownDeskSession":
        handover = found.handover
        return cls(
            handover.session_id,
            found.name,
            found.title,
            handover.shop,
            handover.profile,
            handover.language,
            handover.state,
            handover.reason,
            handover.asked_s,
            handover.changed_s,
            handover.agent,
            handover.agent_name,
            handover.version,
            DeskCustomer(handover.owner, found.subject, found.is_anonymous),
        )


class DeskSessionList(Struct):
    """A page of a list. `next_cursor` asks for the page after it and is null on the last."""

    sessions: list[ShownDeskSession]
    next_cursor: str | None


class ShownHandoverEvent(Struct):
    """A change of who answers: when, into which state, why, and by whom."""

    at_s: float
    state: State
    reason: Reason
    by: str

    @classmethod
    def of(cls, event: HandoverEvent) -> "ShownHandoverEvent":
        return cls(event.at_s, event.state, event.reason, event.by)


class DeskDialogue(Struct):
    """A session with its dialogue. `summary` sums it up for the person, and is null without one.

    `actions` are the last of its calls that change data, the newest first: whether one that is `unknown` was done, the
    person has to find out.
    """

    session: ShownDeskSession
    summary: str | None
    turns: list[StoredTurn]
    events: list[ShownHandoverEvent]
    actions: list[ShownAction]


class StoredAnswerId(Struct):
    """The turn that a person's answer was stored as."""

    turn: str
    session: ShownDeskSession


class ShownCanned(Struct):
    """A text that people at the desk use again."""

    id: str
    title: str
    text: str
    created_s: float

    @classmethod
    def of(cls, answer: CannedAnswer) -> "ShownCanned":
        return cls(answer.id, answer.title, answer.text, answer.created_s)


class CannedList(Struct):
    """All canned answers of the shop, by title."""

    answers: list[ShownCanned]


class DeskEvent(Struct, omit_defaults=True):
    """What has happened at the desk. `changed` are sessions; it is null where all have to be loaded anew.

    The last event of a stream has the type `end`: it is time to open another one.
    """

    type: Literal["sessions", "end"]
    waiting: int | None = None
    changed: list[str] | None = None
