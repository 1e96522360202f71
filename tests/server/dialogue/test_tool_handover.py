"""A tool by which the model, or a rule, asks for a person: the customer is told, and the model is silent then."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from model.tools import ToolCall
from server.dialogue.conversations import Conversations, Question
from server.dialogue.stored_reply import StoredReply
from server.engine.async_engine import AsyncEngine
from server.keys.account import Account
from server.pipeline.pipeline import Pipeline
from server.pipeline.profiles import Profile
from server.pipeline.stage import CallNext, StageOptions, TurnContext
from server.pipeline.stages.tool_rules import ToolRulesStage
from server.pipeline.stages.tools import ToolsStage
from server.pipeline.tool_calls import ToolCalls
from server.store.audit import AuditFilter
from server.store.service_records import Handover
from server.store.store import Store, open_store
from server.tools.errors import DeclarationRefused
from server.turn.reply import Reply
from tests.helpers.fakes import FakeChatModel
from tests.helpers.handovers import ANN, make_handovers
from tests.helpers.migrated import place_migrated
from tests.helpers.pipelines import FixedProfiles
from tests.helpers.tool_stages import make_context
from tests.helpers.tools import CallingModel, FakeDesk, KeptCall, make_runner, make_tool
from tests.helpers.turns import make_turns

pytestmark = pytest.mark.anyio

RULE = {"en": ["complaint"], "zh": ["投诉"], "tool": "ask_person"}
TABLE = {"title": {"zh": "店", "en": "Shop"}, "stages": ["tools"], "rules": [RULE]}
CALL, OTHER = ToolCall("ask_person", "{}"), ToolCall("get_order", '{"order": "AB123456"}')
RETURN = ToolCall("start_return", '{"order": "AB123456"}')


def make_person_tool(**given: Any) -> Any:
    return make_tool("ask_person", **{"kind": "handover", "arguments": {}, "python": None, **given})


class ModelStage:
    """The model of a test, behind all stages."""

    name = "model"

    def __init__(self, model: CallingModel) -> None:
        self._model = model

    async def handle(self, context: TurnContext, call_next: CallNext) -> Reply:  # noqa: ARG002
        return await self._model(context)


class Talk:
    """One customer's dialogue with a model that calls what a test says."""

    def __init__(self, store: Store, engine: AsyncEngine) -> None:
        self.store, self.kept, self.desk = store, KeptCall(), FakeDesk()
        self.handovers = make_handovers(store, max_waiting=1)
        self.model = CallingModel()
        tools = (
            make_tool(call=self.kept),
            make_person_tool(),
            make_tool("start_return", call=self.kept, changes=True),
        )
        calls, turns = ToolCalls(make_runner(*tools), self.desk, store.actions, self.handovers), make_turns(engine)
        stages = (ToolRulesStage(calls, turns.limits), ToolsStage(calls, turns, 3), ModelStage(self.model))
        profiles = FixedProfiles(shop=msgspec.convert(TABLE, Profile))
        pipeline = Pipeline(turns, stages, profiles, {"tools": "profile"}, "shop")
        self.conversations = Conversations(pipeline, store, handovers=self.handovers)

    async def ask(self, text: str, *rounds: Any, user: str = "c") -> StoredReply:
        self.model.rounds = list(rounds)
        options = StageOptions(profile="shop")
        return await self.conversations.ask(Account("shop"), user, Question(text), options)

    async def find(self) -> Handover:
        found = await self.handovers.find((await self.store.get_session_by_name("shop", "c")).id)
        assert found is not None
        return found


@pytest.fixture
async def talk(tmp_path: Path) -> AsyncIterator[Talk]:
    place_migrated(tmp_path / "s.db")
    engine = AsyncEngine(FakeChatModel(), {})
    async with open_store(tmp_path / "s.db") as store:
        yield Talk(store, engine)
    await engine.close()


async def test_the_model_gives_the_session_to_a_person(talk: Talk) -> None:
    reply = await talk.ask("This is the third time!", [OTHER, RETURN, CALL])
    assert reply.text == "I have asked a person to take over, please wait a moment. You are next. " + (
        "What you write meanwhile will be read."
    )
    assert reply.handover is not None
    assert (reply.handover.state, reply.handover.position) == ("waiting", 0)
    assert (talk.kept.calls, talk.desk.proposed) == ([], [])  # a person sees to all of it
    found = await talk.find()
    assert (found.state, found.reason, found.profile, found.language) == ("waiting", "tool", "shop", "en")
    assert reply.trace.get("tools")["calls"] == [{"tool": "ask_person", "state": "done", "by": "model"}]
    assert reply.trace.get("handover")["result"] == "waiting"
    (stored,) = await talk.store.list_turns("shop", found.session_id)
    assert (stored.answer, stored.author, stored.finish_reason) == (reply.text, "service", "stop")
    entry = (await talk.store.actions.list_audit(AuditFilter("shop"))).entries[0].entry
    assert (entry.tool, entry.event, entry.result["data"]) == ("ask_person", "called", {"handover": "waiting"})
    assert (await talk.ask("Are you there?")).text == ""  # the model is not asked, it has no round left


async def test_after_the_person_the_model_answers_again(talk: Talk) -> None:
    await talk.ask("Help!", [CALL])
    await talk.handovers.give_back(await talk.find(), ANN)
    assert (await talk.ask("Thanks", [OTHER], "It was shipped.")).text == "It was shipped."


async def test_a_person_may_be_asked_for_in_a_later_round(talk: Talk) -> None:
    reply = await talk.ask("帮帮我", [OTHER], [CALL])
    assert reply.text.startswith("已为您转接人工客服")
    assert len(talk.kept.calls) == 1


async def test_a_rule_gives_the_session_to_a_person(talk: Talk) -> None:
    reply = await talk.ask("我要投诉")
    assert reply.text.startswith("已为您转接人工客服，请稍候。您是下一位。")
    assert (await talk.find()).reason == "tool"
    assert reply.trace.get("tools")["calls"][0]["by"] == "rule"


async def test_a_full_desk_is_said_and_the_model_goes_on(talk: Talk) -> None:
    await talk.ask("complaint", user="other")
    reply = await talk.ask("Help!", [CALL])
    assert reply.text.startswith("Too many are waiting")
    assert (reply.handover, reply.trace.get("tools")["calls"][0]["state"]) == (None, "failed")
    assert (await talk.ask("And now?", "I can help.")).text == "I can help."


async def test_without_a_session_the_tool_is_not_offered(talk: Talk) -> None:
    tool = make_person_tool()
    with_people = ToolCalls(make_runner(tool), handovers=talk.handovers)
    assert with_people.list_allowed(make_context("Help!", session_id="s1")) == (tool,)
    assert with_people.list_allowed(make_context("Help!")) == ()
    assert ToolCalls(make_runner(tool)).list_allowed(make_context("Help!", session_id="s1")) == ()
    assert (await make_runner(tool).run("ask_person", {}, None)).state == "failed"


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ({"python": "tests.helpers.tools:echo"}, "python"),
        ({"http": {"url": "http://a/"}}, "http"),
        ({"identity": {"customer": "sub"}}, "identity"),
        ({"arguments": {"type": "object"}}, "arguments"),
        ({"changes": True}, "changes"),
    ],
)
def test_a_tool_that_asks_for_a_person_calls_nothing(given: dict[str, Any], named: str) -> None:
    with pytest.raises(DeclarationRefused, match=f"^{named}: a tool that asks for a person has none"):
        make_person_tool(**given)
