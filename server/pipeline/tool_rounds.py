"""Rounds of a turn: the model writes calls, they are run, and it is asked again with what they gave."""

import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from model.tools import ToolCall
from server.library.asking.map_requests import MapRequests
from server.pipeline.stage import CallNext, TurnContext
from server.pipeline.tool_calls import ToolCalls, note_call
from server.tools.result import ToolResult
from server.tools.result_text import write_result
from server.tools.server_tool import ServerTool
from server.turn.reply import Reply
from server.turn.turn import TurnMessage
from server.turn.turns import Turns

MAX_CALLS = 8
"""The most calls in one round; what the model writes beyond them is not run."""


@dataclass
class ToolRounds:
    """The rounds of one turn. After `max_rounds` of them the model is asked without tools, so that it answers."""

    context: TurnContext
    call_next: CallNext
    calls: ToolCalls
    turns: Turns
    max_rounds: int
    num_rounds: int = 0
    tools: dict[str, ServerTool] = field(init=False)

    def __post_init__(self) -> None:
        self.tools = {tool.name: tool for tool in self.context.tools}

    async def begin(self) -> Reply:
        """Ask the model for the first time."""
        return await self.call_next(self._offer(self.context))

    async def go_on(self, num_generated: int) -> Reply:
        """Ask the model again, as soon as there is room. What it has generated so far counts for its longest answer."""
        turn = self.context.turn
        options = dict(turn.options)
        if "max_new_tokens" in options:
            options["max_new_tokens"] = max(1, options["max_new_tokens"] - num_generated)
        context = replace(self.context.with_turn(replace(turn, options=options)), cacheable="none")
        if self.num_rounds < self.max_rounds:
            context = self._offer(context)
        return await MapRequests(self.turns).wait_for_room(lambda: self.call_next(context), context.owner)

    async def answer_calls(self, calls: Sequence[ToolCall]) -> str | None:
        """Run the calls of a round, and keep what they give for the next one.

        One that asks for a person ends the turn, and none of the others is run; so does one that changes data. What
        the customer is told or asked then is returned.
        """
        self.num_rounds += 1
        for call in calls:
            tool = self.tools.get(call.name)
            if tool is not None and tool.declaration.is_handover and _find_fault(tool, call) is None:
                return await self.calls.ask_for_person(self.context, tool, "model")
        for call in calls:
            tool = self.tools.get(call.name)
            if tool is not None and tool.declaration.changes and _find_fault(tool, call) is None:
                return await self.calls.propose(self.context, tool, _read_arguments(call), "model")
        results = await asyncio.gather(*map(self._run, calls[:MAX_CALLS]))
        self._keep(calls[:MAX_CALLS], results)
        return None

    async def _run(self, call: ToolCall) -> ToolResult:
        tool = self.tools.get(call.name)
        fault = "there is no such tool" if tool is None else _find_fault(tool, call)
        if tool is None or fault is not None:
            note_call(self.context, call.name, "failed", "model")
            return ToolResult("failed", error=fault)
        return await self.calls.run(self.context, tool, _read_arguments(call), "model")

    def _keep(self, calls: Sequence[ToolCall], results: Sequence[ToolResult]) -> None:
        """Put the calls and their results behind the messages. All rounds share half of the longest prompt."""
        room = self.turns.limits.max_inp_length // (2 * self.max_rounds * max(1, len(calls)))
        texts = [write_result(call.name, result, room) for call, result in zip(calls, results, strict=True)]
        turn = self.context.turn
        messages = (TurnMessage("assistant", (), tuple(calls)), *(TurnMessage("tool", (text,)) for text in texts))
        self.context = self.context.with_turn(replace(turn, messages=(*turn.messages, *messages)))

    def _offer(self, context: TurnContext) -> TurnContext:
        tools = tuple(tool.describe(context.language) for tool in self.tools.values())
        return context.with_turn(replace(context.turn, tools=tools))


def _find_fault(tool: ServerTool, call: ToolCall) -> str | None:
    """Return what is wrong with a call, None for nothing."""
    return tool.find_fault(_read_arguments(call))


def _read_arguments(call: ToolCall) -> dict[str, Any]:
    """Return the arguments of a complete call."""
    arguments: dict[str, Any] = json.loads(call.arguments)
    return arguments
