"""The answers of `/actions` and `/audit`. Times are in Unix seconds."""

from typing import Any

from msgspec import Struct

from server.store.service_records import Action, ActionPage, ActionState, AuditEntry, AuditEvent, AuditPage


class ShownAction(Struct):
    """A call that changes data. It waits for a yes until `expires_at` while its state is `pending`.

    `result` is what it gave, once it is `done`. Whether an `unknown` one was done, only a person can find out.
    """

    id: str
    session: str
    tool: str
    arguments: dict[str, Any]
    state: ActionState
    created_at: float
    expires_at: float
    ended_at: float | None
    result: Any

    @classmethod
    def of(cls, action: Action) -> "ShownAction":
        return cls(
            action.id,
            action.session_id,
            action.tool,
            dict(action.arguments),
            action.state,
            action.created_s,
            action.expires_s,
            action.ended_s,
            action.result,
        )


class ActionList(Struct):
    """A page of a list. `next_cursor` asks for the page after it and is null on the last."""

    actions: list[ShownAction]
    next_cursor: str | None

    @classmethod
    def of(cls, page: ActionPage) -> "ActionList":
        return cls([ShownAction.of(action) for action in page.actions], page.next_cursor)


class EndedAction(ShownAction):
    """A call that was answered, and what the customer is told of it."""

    text: str


class ShownEntry(Struct):
    """An entry of the audit log: who (`by`) did what (`event`) of which call, with which arguments and result."""

    id: int
    at: float
    shop: str
    owner: str
    session: str | None
    action: str | None
    tool: str
    event: AuditEvent
    by: str
    arguments: dict[str, Any] | None
    result: Any

    @classmethod
    def of(cls, noted: AuditEntry) -> "ShownEntry":
        entry = noted.entry
        return cls(
            noted.id,
            noted.at_s,
            entry.shop,
            entry.owner,
            entry.session_id,
            entry.action_id,
            entry.tool,
            entry.event,
            entry.by,
            None if entry.arguments is None else dict(entry.arguments),
            entry.result,
        )


class EntryList(Struct):
    """A page of the log, the newest first. `next_cursor` asks for the page after it and is null on the last."""

    entries: list[ShownEntry]
    next_cursor: str | None

    @classmethod
    def of(cls, page: AuditPage) -> "EntryList":
        return cls([ShownEntry.of(entry) for entry in page.entries], page.next_cursor)
