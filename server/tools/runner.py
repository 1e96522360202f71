"""Running tools: arguments checked, the identity added, and never too many calls at once."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any, Literal

from server.errors.base import Language
from server.keys.customer import Customer
from server.tools.result import ToolResult
from server.tools.server_tool import Call
from server.tools.tools_file import Tools


@dataclass(frozen=True)
class RunLimits:
    """`max_calls` run at once, of all turns together; each takes at most `max_s` seconds, and waits as long before."""

    max_calls: int
    max_s: float


class ToolRunner:
    """Runs the tools in force. `read` gives them at a time of `time.monotonic()`; they may change between calls."""

    def __init__(self, read: Callable[[float], Tools], limits: RunLimits) -> None:
        self._read = read
        self._limits = limits
        self._places = asyncio.Semaphore(limits.max_calls)

    @property
    def tools(self) -> Tools:
        """The tools in force, by name."""
        return self._read(time.monotonic())

    async def run(
        self,
        tool: str,
        arguments: Mapping[str, Any],
        customer: Customer | None,
        idempotency_key: str | None = None,
    ) -> ToolResult:
        """Run a tool for a customer and return how it ended; nothing is raised but cancellation.

        A call that changes data is never tried again: under the same `idempotency_key` the other side knows it.
        """
        found = self.tools.get(tool)
        if found is None:
            return ToolResult("failed", error=f"there is no tool {tool}")
        identity = found.find_identity(customer)
        if identity is None:
            return ToolResult("failed", error="it is not known who asks")
        if (fault := found.find_fault(arguments)) is not None:
            return ToolResult("failed", error=fault)
        if found.call is None:
            return ToolResult("failed", error="it asks for a person, so there is nothing to run")
        result = await self._call(found.call, {**arguments, **identity}, idempotency_key)
        if result.state == "unknown" and not found.declaration.changes:
            return replace(result, state="failed")
        return result

    def find_text(self, tool: str, kind: Literal["confirm", "done"], language: Language) -> str | None:
        """Return a sentence of a tool's declaration, with its arguments in braces; None where it has none."""
        found = self.tools.get(tool)
        texts = None if found is None else getattr(found.declaration, kind)
        return None if texts is None else texts[language]

    async def _call(self, call: Call, arguments: Mapping[str, Any], key: str | None) -> ToolResult:
        async with self._take_place() as has_place:
            if not has_place:
                return ToolResult("failed", error="too many calls are running")
            return await call.call(arguments, self._limits.max_s, key)

    @asynccontextmanager
    async def _take_place(self) -> AsyncIterator[bool]:
        """Wait for a place, and tell whether there was one in time."""
        try:
            async with asyncio.timeout(self._limits.max_s):
                await self._places.acquire()
        except TimeoutError:
            yield False
            return
        try:
            yield True
        finally:
            self._places.release()
