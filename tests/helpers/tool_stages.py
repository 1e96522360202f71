"""The stages of business tools with a model of tests behind them."""

from typing import Any

from server.pipeline.profiles import Profile, Title
from server.pipeline.stage import TurnContext
from server.pipeline.stages.tool_rules import ToolRulesStage
from server.pipeline.stages.tools import ToolsStage
from server.pipeline.tool_calls import ToolCalls
from server.tools.server_tool import ServerTool
from server.turn.reply import Reply
from server.turn.turn import Turn, TurnMessage
from tests.helpers.scripted_turns import ScriptedTurns
from tests.helpers.tools import CallingModel, FakeDesk, make_account, make_runner

SHOP = Profile(title=Title("店", "Shop"), stages=("tools",))


class PlannedTurns(ScriptedTurns):
    async def plan(self, turn: Turn) -> Turn:
        return turn


class ToolStages:
    """Both halves of the stage, one behind the other. `desk` is None where no tool may change anything."""

    def __init__(self, *tools: ServerTool, desk: FakeDesk | None = None, max_rounds: int = 3, **given: Any) -> None:
        turns: Any = PlannedTurns(lambda _: "", **given)
        self.turns = turns
        self.calls = ToolCalls(make_runner(*tools), desk)
        self._rules = ToolRulesStage(self.calls, turns.limits)
        self._rounds = ToolsStage(self.calls, turns, max_rounds)

    async def begin(self, context: TurnContext, model: CallingModel) -> Reply:
        return await self._rules.handle(context, lambda inner: self._rounds.handle(inner, model))

    async def ask(self, context: TurnContext, model: CallingModel) -> str:
        """Return the whole answer, which must have ended by itself and call nothing that the client would see."""
        (answer,) = await (await self.begin(context, model)).read_answers()
        assert answer.finish_reason == "stop"
        assert answer.tool_calls == ()
        return answer.text


def make_context(*texts: str, profile: Profile = SHOP, session_id: str | None = None, **given: Any) -> TurnContext:
    """Return the context of a dialogue of questions and answers, the newest question last."""
    account = given.pop("account", None) or make_account()
    messages = [TurnMessage("assistant" if i % 2 else "user", (text,)) for i, text in enumerate(texts)]
    turn = Turn(tuple(messages), owner=account.owner, **given)
    return TurnContext(turn, account, "shop", profile, frozenset({"tools"}), session_id=session_id)
