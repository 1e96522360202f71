"""The first half of the stage `tools`: it decides which tools a turn has, and runs what rules of the profile ask for.

It comes before the knowledge base, where such a question would be answered from, or not be found.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from model.tools import ToolCall
from server.engine.token_stream import Usage
from server.pipeline.stage import CallNext, TurnContext, join_text
from server.pipeline.tool_calls import STAGE, ToolCalls
from server.tools.result import ToolResult
from server.tools.result_text import write_result
from server.tools.rule_answers import SIGNED_OUT, write_answer
from server.tools.rules import ToolRule
from server.tools.server_tool import ServerTool
from server.turn.reply import FixedReply, Reply, ReplyDelta
from server.turn.turn import TurnMessage
from server.turn.turns import TurnLimits


class ToolRulesStage:
    """Runs the tool of the first rule that a question matches, and answers with the rule's sentence.

    Without a sentence the model is given the result. Who is not known is asked to sign in, where the tool needs that.
    """

    name = "tools"

    def __init__(self, calls: ToolCalls, limits: TurnLimits) -> None:
        self._calls = calls
        self._limits = limits

    async def handle(self, context: TurnContext, call_next: CallNext) -> Reply:
        allowed, customer = self._calls.list_allowed(context), context.account.customer
        offered = tuple(tool for tool in allowed if tool.find_identity(customer) is not None)
        context = replace(context, tools=offered)
        found = _find_rule(context, allowed)
        if found is None:
            return await call_next(context)
        rule, tool, arguments = found
        language = context.language
        if tool not in offered:
            context.trace.note(STAGE, signed_out=tool.name, by="rule")
            return _reply_with((rule.signed_out or SIGNED_OUT)[language], context)
        if arguments is None:
            assert rule.missing is not None, "a rule without a question for what is missing does not apply"
            context.trace.note(STAGE, missing=tool.name, by="rule")
            return _reply_with(rule.missing[language], context)
        if tool.declaration.is_handover:
            return _reply_with(await self._calls.ask_for_person(context, tool, "rule"), context)
        if tool.declaration.changes:
            return await self._propose(context, tool, arguments, call_next)
        result = await self._calls.run(context, tool, arguments, "rule")
        answer = write_answer(rule, result, language)
        if answer is not None:
            return _reply_with(answer, context)
        return await call_next(self._add_result(context, tool, arguments, result))

    async def _propose(
        self, context: TurnContext, tool: ServerTool, arguments: Mapping[str, Any], call_next: CallNext
    ) -> Reply:
        """Ask the customer about a change; a question whose arguments do not fit goes on to the model."""
        if tool.find_fault(arguments) is not None:
            return await call_next(context)
        return _reply_with(await self._calls.propose(context, tool, arguments, "rule"), context)

    def _add_result(
        self, context: TurnContext, tool: ServerTool, arguments: Mapping[str, Any], result: ToolResult
    ) -> TurnContext:
        """Return the turn with the call and its result behind the question; no answer to it is cached."""
        call = ToolCall(tool.name, json.dumps(arguments, ensure_ascii=False))
        text = write_result(tool.name, result, self._limits.max_inp_length // 2)
        messages = (*context.turn.messages, TurnMessage("assistant", (), (call,)), TurnMessage("tool", (text,)))
        return replace(context.with_turn(replace(context.turn, messages=messages)), cacheable="none")


def _find_rule(
    context: TurnContext, allowed: Sequence[ServerTool]
) -> tuple[ToolRule, ServerTool, dict[str, Any] | None] | None:
    """Return the first rule that applies, with its tool and the arguments, None where it asks for one."""
    if not allowed:
        return None
    tools = {tool.name: tool for tool in allowed}
    said = [join_text(message) for message in reversed(context.turn.messages) if message.role == "user"]
    for rule in context.profile.rules:
        if (tool := tools.get(rule.tool)) is None:
            continue
        is_answer = rule.has_asked(_find_last_answer(context)) and rule.is_answered(said[0])
        if is_answer or rule.matches(said[0]):
            arguments = rule.find_arguments(said, tool.declaration)
            if arguments is not None or rule.missing is not None:
                return rule, tool, arguments
    return None


def _find_last_answer(context: TurnContext) -> str:
    """Return the text of the last answer before the question."""
    answers = (message for message in reversed(context.turn.messages) if message.role == "assistant")
    return join_text(last) if (last := next(answers, None)) is not None else ""


def _reply_with(text: str, context: TurnContext) -> Reply:
    """Answer without the model."""
    context.trace.author = "service"
    return FixedReply((ReplyDelta(0, text, finish_reason="stop"),), Usage(0, 0, 0))
