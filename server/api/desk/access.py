"""Who is at the desk, and which sessions they see."""

from dataclasses import dataclass

from server.api.account import find_account
from server.api.error_response import AnyRequest
from server.errors import DeskForbidden, Forbidden
from server.handover.handovers import Person
from server.keys.account import Account
from server.store.service_records import DeskSession
from server.store.store import Store

KEYLESS = "operator"
"""The name of whoever is at the desk of a server without keys."""


@dataclass(frozen=True)
class Desk:
    """A person's desk. `shop` is the one whose sessions it has, None for those of all shops."""

    account: Account
    shop: str | None
    agent: str

    @property
    def own_shop(self) -> str:
        """The shop whose canned answers the person uses."""
        return self.account.shop

    def name_person(self, name: str | None = None) -> Person:
        """Return the person, who is shown to customers as `name`."""
        return Person(self.agent, name, self.account.is_operator)


def find_desk(request: AnyRequest) -> Desk:
    """Return the desk of an agent, who sees the own shop, or an operator, who sees all. Raises `DeskForbidden`."""
    account = find_account(request)
    agent = KEYLESS if account.key is None else account.key.name
    if account.customer is None and account.is_operator:
        return Desk(account, None, agent)
    if account.customer is None and account.key is not None and account.key.role == "agent":
        return Desk(account, account.shop, agent)
    raise DeskForbidden


def find_operators_desk(request: AnyRequest) -> Desk:
    """Return the desk of an operator. Raises `DeskForbidden`, and `Forbidden` for an agent."""
    desk = find_desk(request)
    if not desk.account.is_operator:
        raise Forbidden
    return desk


async def find_session(store: Store, desk: Desk, session_id: str) -> DeskSession:
    """Return a session that the desk has. Raises `SessionNotFound`, also for one of another shop."""
    return await store.handovers.get_session(desk.shop, session_id)
