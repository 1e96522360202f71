"""Calls of business tools in one turn: which tools it has, running them, and noting that in its trace."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from server.pipeline.stage import TurnContext
from server.pipeline.tool_audit import AuditLog, audit_call
from server.store.service_records import SessionRef
from server.tools.action_desk import ActionDesk
from server.tools.result import ToolResult
from server.tools.runner import ToolRunner
from server.tools.server_tool import ServerTool
from server.turn.turn import Turn

STAGE = "tools"

ALONE = frozenset({"num_beams", "min_new_tokens", "ignore_eos", "logprobs", "prompt_logprobs", "prompt_only"})
"""Options of turns that have no tools: answers held to calls cannot have them, or what they show is of one prompt."""

Asker = Literal["model", "rule"]


@dataclass(frozen=True)
class ToolCalls:
    """Runs tools for turns, and adds calls to the `audit` log. Without a `desk` no turn has tools that change data."""

    runner: ToolRunner
    desk: ActionDesk | None = None
    audit: AuditLog | None = None

    def list_offered(self, context: TurnContext) -> tuple[ServerTool, ...]:
        """Return the tools of a turn, in the order of their file: none where the client has tools of its own."""
        if not takes_tools(context.turn):
            return ()
        can_change = self.desk is not None and context.session_id is not None
        return tuple(
            tool
            for tool in self.runner.tools.values()
            if tool.is_offered(context.profile_name, context.account) and (can_change or not tool.declaration.changes)
        )

    async def run(self, context: TurnContext, tool: ServerTool, arguments: Mapping[str, Any], by: Asker) -> ToolResult:
        """Run a tool that changes nothing, for whoever asks."""
        assert not tool.declaration.changes, "a change waits for the customer's yes"
        began_s = time.perf_counter()
        result = await self.runner.run(tool.name, arguments, context.account.customer)
        note_call(context, tool.name, result.state, by, time_s=round(time.perf_counter() - began_s, 3))
        if self.audit is not None:
            await audit_call(self.audit, context, tool.name, arguments, result)
        return result

    async def propose(self, context: TurnContext, tool: ServerTool, arguments: Mapping[str, Any], by: Asker) -> str:
        """Store a call that changes data, and return the text that asks the customer. Raises `StoreError`."""
        assert self.desk is not None, "a turn has such tools only with a desk, and in a session"
        assert context.session_id is not None, "a turn has such tools only with a desk, and in a session"
        account, language = context.account, context.language
        session = SessionRef(context.session_id, account.owner, account.shop, context.profile_name, language)
        action = await self.desk.propose(session, tool.name, arguments, by)
        note_call(context, tool.name, "pending", by)
        context.trace.note_action(action)
        return self.desk.describe(action, language)


def note_call(context: TurnContext, tool: str, state: str, by: Asker, **more: Any) -> None:
    """Note the name of a tool, how its call ended and who asked for it; never its arguments or its result."""
    context.trace.note(STAGE, calls=[{"tool": tool, "state": state, "by": by, **more}])


def takes_tools(turn: Turn) -> bool:
    """Whether a turn may be answered with tools of the server: it asks for one answer, plain text that begins anew."""
    if turn.is_raw or turn.tools or turn.schema is not None or turn.is_bound_to_documents or turn.is_background:
        return False
    if turn.options.get("n", 1) != 1 or ALONE & {name for name, value in turn.options.items() if value}:
        return False
    return bool(turn.messages) and turn.messages[-1].role == "user"
