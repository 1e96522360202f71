"""The tools of a server without any."""

from collections.abc import Mapping
from typing import Any

from server.keys.customer import Customer
from server.store.knowledge_records import TextLanguage
from server.tools.protocols import ToolText
from server.tools.result import ToolResult


class NoTools:
    """Runs nothing: a call that an earlier start of the server had asked for fails."""

    async def run(
        self,
        tool: str,
        arguments: Mapping[str, Any],  # noqa: ARG002
        customer: Customer | None,  # noqa: ARG002
        idempotency_key: str,  # noqa: ARG002
    ) -> ToolResult:
        return ToolResult("failed", error=f"there is no tool {tool}")

    def find_text(self, tool: str, kind: ToolText, language: TextLanguage) -> str | None:  # noqa: ARG002
        return None
