"""Calls that change data for tests: a shop that keeps what it did, a desk that keeps whom it was asked for."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from server.keys.account import Account
from server.keys.customer import Customer, make_customer_id
from server.store.knowledge_records import TextLanguage
from server.store.service_records import Action, HandoverReason, SessionRef
from server.store.store import Store, open_store
from server.tools.action_texts import describe_action
from server.tools.protocols import ToolText
from server.tools.result import ToolResult
from tests.helpers.migrated import place_migrated
from tests.helpers.store_turns import ask

SHOP = "shop"
TOOL = "return_order"
ARGUMENTS = {"order": "AB123456", "reason": "too small"}
WAIT_S = 600.0


@dataclass
class FakeShop:
    """Runs tools: `answers` are their results, a string ends in an error. `gate` holds each until it is set.

    `calls` are what ran, with their keys; a call counts as soon as it begins, as a shop may have done it then.
    """

    answers: dict[str, ToolResult | Exception] = field(default_factory=dict)
    texts: dict[tuple[str, str], str] = field(default_factory=dict)
    gate: asyncio.Event | None = None
    calls: list[tuple[str, Mapping[str, Any], Customer | None, str]] = field(default_factory=list)
    began: asyncio.Event = field(default_factory=asyncio.Event)

    async def run(
        self, tool: str, arguments: Mapping[str, Any], customer: Customer | None, idempotency_key: str
    ) -> ToolResult:
        self.calls.append((tool, arguments, customer, idempotency_key))
        self.began.set()
        if self.gate is not None:
            await self.gate.wait()
        answer = self.answers.get(tool, ToolResult("done", {"ok": True}))
        if isinstance(answer, Exception):
            raise answer
        return answer

    def find_text(self, tool: str, kind: ToolText, language: TextLanguage) -> str | None:  # noqa: ARG002
        return self.texts.get((tool, kind))

    @property
    def keys(self) -> list[str]:
        return [key for *_, key in self.calls]


@dataclass
class FakeDesk:
    """Keeps the sessions that a person was asked for; it is closed where `error` is one."""

    asked: list[tuple[str, HandoverReason, str]] = field(default_factory=list)
    error: Exception | None = None

    async def request(self, session: SessionRef, reason: HandoverReason, by: str) -> object:
        if self.error is not None:
            raise self.error
        self.asked.append((session.id, reason, by))
        return None


def make_customer(subject: str = "ann", shop: str = SHOP) -> Account:
    """Return the account of a customer of a shop."""
    customer = Customer(make_customer_id(shop, subject), shop, subject)
    return Account(customer.id, customer=customer)


async def open_session(store: Store, account: Account, language: TextLanguage = "en") -> SessionRef:
    """Store a new session of an account."""
    session = await store.create_session(account.owner)
    return SessionRef(session.id, account.owner, account.shop, "plain", language)


async def propose(store: Store, session: SessionRef, wait_s: float = WAIT_S, tool: str = TOOL) -> Action:
    return await store.actions.propose(session, tool, ARGUMENTS, "model", wait_s)


def stock_actions(path: Path, count: int) -> list[Action]:
    """Write calls that wait for a yes into a database, each in a session of its own, for a server without keys."""
    return asyncio.run(_stock_actions(path, count))


async def _stock_actions(path: Path, count: int) -> list[Action]:
    async with open_store(place_migrated(path)) as store:
        return [await propose(store, await open_session(store, Account())) for _ in range(count)]


def stock_dialogue(path: Path, name: str, wait_s: float = WAIT_S) -> Action:
    """Write a session of this name, whose last answer asks for a call, for a server without keys."""
    return asyncio.run(_stock_dialogue(path, name, wait_s))


async def _stock_dialogue(path: Path, name: str, wait_s: float) -> Action:
    async with open_store(place_migrated(path)) as store:
        session = await store.create_session("", name)
        ref = SessionRef(session.id, "", "", "plain", "en")
        action = await propose(store, ref, wait_s)
        await ask(store, session, "Please return my order.", answer=describe_action(action, None, "en"))
        return action
