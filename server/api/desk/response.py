"""The answers of `/desk`. Times are in Unix seconds."""

from typing import Any, Literal

from msgspec import Struct

from server.api.actions.response import ShownAction
from server.api.sessions.response import StoredTurn
from server.store.desk_records import LastWords
from server.store.service_records import CannedAnswer, DeskSession, HandoverEvent

State = Literal["bot", "waiting", "person", "closed"]
Reason = Literal["customer", "tool", "not_found", "anger", "unknown_action", "operator", "person"]


class DeskCustomer(Struct):
    """Whom a session belongs to. `subject` is what the shop calls the customer, null for one without a token.

    `name` is the claim `name` of the customer's last token, and null where that has none.
    """

    id: str
    subject: str | None
    is_anonymous: bool
    name: str | None = None

    @classmethod
    def of(cls, found: DeskSession) -> "DeskCustomer":
        name = found.claims.get("name")
        return cls(found.handover.owner, found.subject, found.is_anonymous, name if isinstance(name, str) else None)


class ShownWords(Struct):
    """What was said last in a session, by its customer or by the person `name`. Long texts are cut."""

    by: Literal["customer", "person"]
    name: str | None
    text: str
    num_pictures: int
    at_s: float

    @classmethod
    def of(cls, words: LastWords) -> "ShownWords":
        return cls(words.by, words.name, words.text, words.num_pictures, words.at_s)


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
    last: ShownWords | None

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
            DeskCustomer.of(found),
            None if found.last is None else ShownWords.of(found.last),
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

    `claims` are what the shop's own token says of the customer, and nothing that the customer wrote.
    `actions` are the last of its calls that change data, the newest first: whether one that is `unknown` was done, the
    person has to find out.
    """

    session: ShownDeskSession
    summary: str | None
    turns: list[StoredTurn]
    events: list[ShownHandoverEvent]
    actions: list[ShownAction]
    claims: dict[str, Any]


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


class ShownDesk(Struct):
    """Whose desk it is, by the name of the key, and how many sessions it has in each state.

    `newest_s` is when the last of those that wait began to, null where none waits. Answers may have
    `max_answer_length` characters and `max_pictures` pictures.
    """

    agent: str
    is_operator: bool
    waiting: int
    mine: int
    person: int
    closed: int
    newest_s: float | None
    max_answer_length: int
    max_pictures: int


class DeskEvent(Struct, omit_defaults=True):
    """What has happened at the desk. `changed` are sessions; it is null where all have to be loaded anew.

    The last event of a stream has the type `end`: it is time to open another one.
    """

    type: Literal["sessions", "end"]
    waiting: int | None = None
    changed: list[str] | None = None
