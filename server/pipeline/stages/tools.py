"""The second half of the stage `tools`: the model may call the tools of its turn, round after round."""

from dataclasses import replace

from server.pipeline.rounds_reply import RoundsReply
from server.pipeline.stage import CallNext, TurnContext
from server.pipeline.tool_calls import ToolCalls
from server.pipeline.tool_rounds import ToolRounds
from server.turn.reply import Reply
from server.turn.turns import Turns


class ToolsStage:
    """Offers the model the tools of its turn, which `ToolRulesStage` has chosen.

    The demo model was not taught to call tools, and to be told of them only confuses it: rules call them for it.
    """

    name = "tools"

    def __init__(self, calls: ToolCalls, turns: Turns, max_rounds: int) -> None:
        self._calls = calls
        self._turns = turns
        self._max_rounds = max_rounds

    async def handle(self, context: TurnContext, call_next: CallNext) -> Reply:
        if not context.tools or self._turns.engine.info.is_demo:
            return await call_next(context)
        turn = await self._turns.plan(context.turn)  # once for all rounds
        context = replace(context.with_turn(turn), cacheable="text" if context.cacheable == "all" else "none")
        rounds = ToolRounds(context, call_next, self._calls, self._turns, self._max_rounds)
        return RoundsReply(await rounds.begin(), rounds, self._turns.engine.limits.max_request_s)
