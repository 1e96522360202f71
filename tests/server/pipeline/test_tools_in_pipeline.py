"""Business tools between the other stages of a pipeline."""

from collections.abc import Callable
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest

from model.tools import ToolCall
from server.engine.token_stream import Usage
from server.errors import FieldRefused
from server.library.asking.citations import Citer
from server.library.asking.cited_reply import CitedReply
from server.pipeline.pipeline import Pipeline
from server.pipeline.profiles import Profile
from server.pipeline.stage import StageOptions
from server.pipeline.stages.cache import CacheStage
from server.pipeline.stages.tool_rules import ToolRulesStage
from server.pipeline.stages.tools import ToolsStage
from server.pipeline.tool_calls import ToolCalls
from server.store.store import open_store
from server.turn.reply import FixedReply, Reply, ReplyDelta
from server.turn.turn import Turn, TurnMessage
from tests.helpers.pipelines import FixedProfiles
from tests.helpers.tool_stages import PlannedTurns
from tests.helpers.tools import CallingModel, KeptCall, make_account, make_runner, make_tool

pytestmark = pytest.mark.anyio

CALL = ToolCall("get_order", '{"order": "AB123456"}')
TABLE = {"title": {"zh": "店", "en": "Shop"}, "stages": ["tools", "cache"], "options": {"temperature": 0}}
SHOP = msgspec.convert(TABLE, Profile)
TOLD = {
    "en": ["where"],
    "tool": "get_order",
    "literals": {"order": "AB123456"},
    "answer": {"zh": "{state}", "en": "{state}"},
}
RULED = msgspec.convert({**TABLE, "rules": [TOLD]}, Profile)


class ModelTurns(PlannedTurns):
    """Turns that the model of a test answers."""

    model: CallingModel
    seen: Any = None
    num_prepared: int = 0

    @property
    def engine(self) -> Any:
        engine = super().engine
        engine.info = SimpleNamespace(fingerprint="test", is_demo=False)
        return engine

    async def begin(self, turn: Turn) -> Reply:
        context: Any = replace(self.seen, turn=turn)
        return await self.model(context)

    async def prepare(self, turn: Turn) -> Any:
        self.num_prepared += 1
        return turn


class Shop:
    """A pipeline with a tool `get_order`, and a real cache."""

    def __init__(self, store: Any, profile: Profile, *rounds: Any) -> None:
        self.kept, self.turns = KeptCall(), ModelTurns(lambda _: "")
        self.turns.model = CallingModel(*rounds)
        turns: Any = self.turns
        calls = ToolCalls(make_runner(make_tool(call=self.kept)))
        stages = (ToolRulesStage(calls, turns.limits), ToolsStage(calls, turns, 3), CacheStage(turns, store, 1000.0))
        profiles = FixedProfiles(shop=profile)
        self.pipeline = Pipeline(turns, stages, profiles, {"tools": "profile", "cache": "profile"}, "shop")

    def make_context(self, text: str = "Where is it?", **given: Any) -> Any:
        options = StageOptions("shop", **given)
        turn = Turn((TurnMessage("user", (text,)),), {"temperature": 0})
        context = self.pipeline.build_context(turn, make_account(), options)
        self.turns.seen = context
        return context

    async def ask(self, text: str = "Where is it?", **given: Any) -> str:
        (answer,), _ = await self.pipeline.answer(self.make_context(text, **given))
        return answer.text


@pytest.fixture
async def make_shop(tmp_path: Any) -> Any:
    async with open_store(str(tmp_path / "sessions.db")) as store:
        yield lambda profile, *rounds: Shop(store, profile, *rounds)


MakeShop = Callable[..., Shop]


async def test_an_answer_with_a_result_is_never_from_the_cache(make_shop: MakeShop) -> None:
    shop = make_shop(SHOP, [CALL], "Shipped.", [CALL], "Delivered.")
    assert await shop.ask() == "Shipped."
    assert await shop.ask() == "Delivered."
    assert len(shop.kept.calls) == 2


async def test_an_answer_without_a_call_is_cached(make_shop: MakeShop) -> None:
    shop = make_shop(SHOP, "Hello!")
    assert [await shop.ask("Hi"), await shop.ask("Hi")] == ["Hello!", "Hello!"]
    assert len(shop.turns.model.contexts) == 1


async def test_a_rule_runs_its_tool_each_time(make_shop: MakeShop) -> None:
    shop = make_shop(RULED)
    assert [await shop.ask(), await shop.ask()] == ["shipped", "shipped"]
    assert len(shop.kept.calls) == 2


async def test_a_request_may_do_without_tools(make_shop: MakeShop) -> None:
    shop = make_shop(RULED, "I do not know.")
    assert await shop.ask(stages={"tools": False}) == "I do not know."
    assert shop.kept.calls == []
    assert shop.turns.model.contexts[0].turn.tools == ()


async def test_other_profiles_have_none_of_the_tools(make_shop: MakeShop) -> None:
    shop = make_shop(SHOP, "Hello!")
    turn = Turn((TurnMessage("user", ("Where is it?",)),))
    context = shop.pipeline.build_context(turn, make_account(), StageOptions("ecommerce", stages={"tools": True}))
    shop.turns.seen = context
    await shop.pipeline.answer(context)
    assert shop.turns.model.contexts[0].turn.tools == ()


async def test_looking_at_a_prompt_runs_no_tool(make_shop: MakeShop) -> None:
    shop = make_shop(RULED)
    await shop.pipeline.prepare(shop.make_context())
    assert (shop.kept.calls, shop.turns.num_prepared) == ([], 1)


async def test_what_answers_in_place_of_the_model_calls_no_tool(make_shop: MakeShop) -> None:
    shop = make_shop(RULED)

    async def answer(context: Any) -> Reply:
        assert context.turn.tools == ()
        return FixedReply((ReplyDelta(0, "a table", finish_reason="stop"),), Usage(0, 0, 0))

    assert (await shop.pipeline.answer_with(shop.make_context(), answer)).text == "a table"
    assert shop.kept.calls == []


async def test_a_refused_stage_name_is_named(make_shop: MakeShop) -> None:
    with pytest.raises(FieldRefused, match="'nothing' is not one of"):
        make_shop(SHOP).pipeline.build_context(Turn(()), make_account(), StageOptions("nothing"))


async def test_fixed_text_keeps_what_looks_like_a_mark() -> None:
    deltas = (ReplyDelta(0, "See [9]. "), ReplyDelta(0, "order: [1]", finish_reason="stop", is_fixed=True))
    (answer,) = await CitedReply(FixedReply(deltas, Usage(0, 0, 0)), Citer(()), []).read_answers()
    assert answer.text.endswith("order: [1]")
    assert "[9]" not in answer.text
