"""Calls of business tools in one turn: which tools it has, running them, and noting that in its trace."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from server.handover.asking import ask_for_person
from server.handover.handovers import Handovers
from server.pipeline.stage import TurnContext
from server.pipeline.tool_audit import AuditLog, audit_call
from server.store.service_records import SessionRef
from server.tools.action_desk import ActionDesk
from server.tools.result import ResultState, ToolResult
from server.tools.runner import ToolRunner
from server.tools.server_tool import ServerTool
from server.turn.turn import Turn

STAGE = "tools"
HANDOVER_STAGE = "handover"

ALONE = frozenset({"num_beams", "min_new_tokens", "ignore_eos", "logprobs", "prompt_logprobs", "prompt_only"})
"""Options of turns that have no tools: answers held to calls cannot have them, or what they show is of one prompt."""

Asker = Literal["model", "rule"]


@dataclass(frozen=True)
class ToolCalls:
    """Runs tools for turns, and adds calls to the `audit` log.

    Without a `desk` no turn has tools that change data, and without `handovers` none that ask for a person.
    """

    runner: ToolRunner
    desk: ActionDesk | None = None
    audit: AuditLog | None = None
    handovers: Handovers | None = None

    def list_allowed(self, context: TurnContext) -> tuple[ServerTool, ...]:
        """Return the tools that a turn may have, in the order of their file: none where the client has its own.

        Those that need to know who asks are among them where that is not known; the turn does not have these.
        """
        if not takes_tools(context.turn):
            return ()
        return tuple(
            tool
            for tool in self.runner.tools.values()
            if tool.is_allowed(context.profile_name, context.account) and self._is_possible(tool, context)
        )

    def _is_possible(self, tool: ServerTool, context: TurnContext) -> bool:
        """Whether there is what a tool needs: data are changed, and people asked for, in stored sessions alone."""
        if tool.declaration.changes:
            return self.desk is not None and context.session_id is not None
        return not tool.declaration.is_handover or (self.handovers is not None and context.session_id is not None)

    async def run(self, context: TurnContext, tool: ServerTool, arguments: Mapping[str, Any], by: Asker) -> ToolResult:
        """Run a tool that changes nothing, for whoever asks."""
        assert not tool.declaration.changes, "a change waits for the customer's yes"
        began_s = time.perf_counter()
        result = await self.runner.run(tool.name, arguments, context.account.customer)
        note_call(context, tool.name, result.state, by, time_s=round(time.perf_counter() - began_s, 3))
        await self._audit(context, tool.name, arguments, result)
        return result

    async def propose(self, context: TurnContext, tool: ServerTool, arguments: Mapping[str, Any], by: Asker) -> str:
        """Store a call that changes data, and return the text that asks the customer. Raises `StoreError`."""
        assert self.desk is not None, "a turn has such tools only with a desk, and in a session"
        action = await self.desk.propose(_refer(context), tool.name, arguments, by)
        note_call(context, tool.name, "pending", by)
        context.trace.note_action(action)
        return self.desk.describe(action, context.language)

    async def ask_for_person(self, context: TurnContext, tool: ServerTool, by: Asker) -> str:
        """Let the session of a turn wait for a person, and return what the customer is told. Raises `StoreError`."""
        assert self.handovers is not None, "a turn has such tools only with people to ask, and in a session"
        asked = await ask_for_person(self.handovers, _refer(context), "tool", "server")
        state: ResultState = "failed" if asked.result == "full" else "done"
        note_call(context, tool.name, state, by)
        context.trace.author = "service"
        context.trace.note(HANDOVER_STAGE, reason="tool", result=asked.result)
        await self._audit(context, tool.name, {}, ToolResult(state, {"handover": asked.result}))
        return asked.text

    async def _audit(self, context: TurnContext, tool: str, arguments: Mapping[str, Any], result: ToolResult) -> None:
        if self.audit is not None:
            await audit_call(self.audit, context, tool, arguments, result)


def _refer(context: TurnContext) -> SessionRef:
    """Return the session of a turn that is stored."""
    assert context.session_id is not None, "a turn has such tools only in a session"
    account = context.account
    return SessionRef(context.session_id, account.owner, account.shop, context.profile_name, context.language)


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
