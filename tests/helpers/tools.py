"""Business tools of tests: declarations, calls that are only kept, and a model that calls what a test tells it to."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec

from model.tools import ToolCall
from server.engine.token_stream import Usage
from server.environment import Environment
from server.errors.base import Language
from server.keys.account import Account
from server.keys.customer import Customer, make_customer_id
from server.pipeline.stage import TurnContext
from server.store.service_records import Action, SessionRef
from server.tools.binding import Binding
from server.tools.declaration import Declaration
from server.tools.hosts import AllowedHosts
from server.tools.result import ToolResult
from server.tools.runner import RunLimits, ToolRunner
from server.tools.server_tool import ServerTool
from server.turn.reply import FixedReply, Reply, ReplyDelta

SPENT = Usage(10, 1, 2, 3)
"""What each round of `CallingModel` takes."""

SHIPPED = ToolResult("done", {"order": "AB123456", "state": "shipped"})

ORDER = {
    "type": "object",
    "required": ["order"],
    "properties": {"order": {"type": "string", "pattern": "^[A-Z]{2}[0-9]{6}$"}},
}
ANN = Customer(make_customer_id("shop", "ann"), "shop", "ann", {"phone": "555", "address": {"city": "Xi'an"}})


def make_account(customer: Customer | None = ANN, **given: Any) -> Account:
    return Account(customer.id if customer else "shop", customer=customer, **given)


def make_declaration(name: str = "get_order", **given: Any) -> Declaration:
    """Return a declaration that reads an order, unless `given` says otherwise."""
    table = {
        "name": name,
        "description": {"zh": "查询订单", "en": "Look up an order"},
        "profiles": ["shop"],
        "arguments": ORDER,
        "python": "tests.helpers.tools:echo",
        **given,
    }
    if table.get("changes"):
        table.setdefault("confirm", {"zh": "退货：{order}", "en": "Return {order}"})
    return msgspec.convert({key: value for key, value in table.items() if value is not None}, Declaration)


def echo(**arguments: Any) -> Any:
    """A tool that gives back what it is called with."""
    return arguments


@dataclass
class KeptCall:
    """Where tools of tests are called: it keeps the calls, and gives what a test says, after `gate` if there is one."""

    result: ToolResult = SHIPPED
    gate: asyncio.Event | None = None
    calls: list[tuple[Mapping[str, Any], str | None]] = field(default_factory=list)
    num_running: int = 0
    most: int = 0
    was_cancelled: bool = False

    async def call(self, arguments: Mapping[str, Any], limit_s: float, idempotency_key: str | None) -> ToolResult:  # noqa: ARG002
        self.calls.append((arguments, idempotency_key))
        self.num_running += 1
        self.most = max(self.most, self.num_running)
        try:
            await (asyncio.sleep(0) if self.gate is None else self.gate.wait())
        except asyncio.CancelledError:
            self.was_cancelled = True
            raise
        finally:
            self.num_running -= 1
        return self.result


def make_tool(name: str = "get_order", call: Any = None, **given: Any) -> ServerTool:
    bound = make_binding().bind(make_declaration(name, **given))
    return bound if call is None else ServerTool(bound.declaration, call, bound.validator)


def make_binding(hosts: Sequence[str] = (), max_bytes: int = 2000, **variables: str) -> Binding:
    return Binding(AllowedHosts.of(hosts), Environment(variables), max_bytes)


def make_runner(*tools: ServerTool, max_calls: int = 4, max_s: float = 2.0) -> ToolRunner:
    known = {tool.name: tool for tool in tools}
    return ToolRunner(lambda _: known, RunLimits(max_calls, max_s))


class FakeDesk:
    """Keeps the calls that wait for a yes in memory."""

    def __init__(self) -> None:
        self.proposed: list[tuple[SessionRef, str, Mapping[str, Any], str]] = []

    async def propose(self, session: SessionRef, tool: str, arguments: Mapping[str, Any], by: str) -> Action:
        self.proposed.append((session, tool, arguments, by))
        return Action(
            f"action{len(self.proposed)}",
            session.shop,
            session.owner,
            session.id,
            session.profile,
            tool,
            arguments,
            session.language,
            "pending",
            0.0,
            600.0,
        )

    def describe(self, action: Action, language: Language) -> str:
        ask = "是或否？" if language == "zh" else "yes or no?"
        return f"{action.tool} {dict(action.arguments)} [1] {ask}"


Round = str | Sequence[ToolCall]


class CallingModel:
    """A model whose rounds a test writes: each is a text, or calls of tools. `contexts` are those it was asked with."""

    def __init__(self, *rounds: Round | Exception) -> None:
        self.rounds = list(rounds)
        self.contexts: list[TurnContext] = []
        self.replies: list[RoundReply] = []

    async def __call__(self, context: TurnContext) -> Reply:
        self.contexts.append(context)
        given = self.rounds.pop(0)
        if isinstance(given, Exception):
            raise given
        self.replies.append(RoundReply(_write_deltas(given)))
        return self.replies[-1]


class RoundReply(FixedReply):
    is_closed = False

    def __init__(self, deltas: Sequence[ReplyDelta]) -> None:
        super().__init__(deltas, SPENT)

    def close(self) -> None:
        super().close()
        self.is_closed = True


def _write_deltas(given: Round) -> list[ReplyDelta]:
    if isinstance(given, str):
        middle = len(given) // 2
        return [ReplyDelta(0, given[:middle]), ReplyDelta(0, given[middle:], finish_reason="stop")]
    calls = [ReplyDelta(0, tool_calls=(call,)) for call in given]
    return [*calls, ReplyDelta(0, finish_reason="tool_calls")]
