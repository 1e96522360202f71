"""What actions ask of the tools, and of the desk where people answer."""

from collections.abc import Mapping
from typing import Any, Literal, Protocol

from server.keys.customer import Customer
from server.store.knowledge_records import TextLanguage
from server.store.service_records import HandoverReason, SessionRef
from server.tools.result import ToolResult

ToolText = Literal["confirm", "done"]
"""A sentence of a tool's declaration: what the customer is asked, or told when it is done."""


class Runner(Protocol):
    """What runs tools."""

    async def run(
        self, tool: str, arguments: Mapping[str, Any], customer: Customer | None, idempotency_key: str
    ) -> ToolResult:
        """Run a tool by its name. The key is the same for the same call, so that the shop can tell a second one."""
        ...

    def find_text(self, tool: str, kind: ToolText, language: TextLanguage) -> str | None:
        """Return a sentence of a tool's declaration, with `{argument}` where one goes; None where it has none."""
        ...


class AskPerson(Protocol):
    """Where a session is given to a person. Asking again for one that waits already changes nothing."""

    async def request(self, session: SessionRef, reason: HandoverReason, by: str) -> object: ...
