"""The stage that takes the answer to a call: a plain yes in the next turn runs it, anything else declines it."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from server.engine.token_stream import Usage
from server.pipeline.profiles import SHIPPED, load_profiles
from server.pipeline.stage import TurnContext
from server.pipeline.stages.actions import ActionStage
from server.store.service_records import Action, SessionRef
from server.store.store import Store, open_store
from server.tools.actions import ActionLimits, Actions
from server.turn.pictures import PictureSource
from server.turn.reply import FixedReply, Reply, ReplyDelta
from server.turn.turn import Label, Turn, TurnMessage
from tests.helpers.actions import ARGUMENTS, TOOL, FakeShop, make_customer, open_session
from tests.helpers.clock import Clock
from tests.helpers.migrated import place_migrated

pytestmark = pytest.mark.anyio

ANN, BOB = make_customer("ann"), make_customer("bob")
MODEL = "the model answers"


class Desk:
    """A session in which a call was asked for, and the stage that takes the answer."""

    def __init__(self, store: Store, session: SessionRef) -> None:
        self.shop = FakeShop()
        self.actions = Actions(store.actions, self.shop, limits=ActionLimits(wait_s=600))
        self.stage = ActionStage(self.actions)
        self.session = session
        self.context: TurnContext | None = None

    async def ask(self) -> Action:
        return await self.actions.propose(self.session, TOOL, ARGUMENTS, "model")

    async def say(self, action: Action, *parts: Any, **given: Any) -> str:
        """Return the answer to a message after the one that asked for a call."""
        before = TurnMessage("assistant", (self.actions.describe(action, "en"),))
        return await self.say_after([TurnMessage("user", ("return it",)), before], *parts, **given)

    async def say_after(self, before: Sequence[TurnMessage], *parts: Any, **given: Any) -> str:
        turn = Turn((*before, TurnMessage("user", parts)))
        profile = load_profiles([SHIPPED])["plain"]
        context = TurnContext(turn, ANN, "plain", profile, frozenset(), session_id=self.session.id)
        self.context = replace(context, **given)
        reply = await self.stage.handle(self.context, answer_by_model)
        (whole,) = await reply.read_answers()
        return whole.text

    async def find_state(self, action: Action) -> str:
        return (await self.actions.get(ANN, action.id)).state


async def answer_by_model(_: TurnContext) -> Reply:
    return FixedReply([ReplyDelta(0, MODEL, finish_reason="stop")], Usage(1, 0, 1))


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def desk(tmp_path: Path, clock: Clock) -> AsyncIterator[Desk]:
    async with open_store(place_migrated(tmp_path / "store.sqlite3"), clock=clock) as store:
        yield Desk(store, await open_session(store, ANN))


async def test_a_yes_runs_it_and_is_answered_by_the_service(desk: Desk) -> None:
    action = await desk.ask()
    assert await desk.say(action, "Yes, please.") == "Done: `return_order`."
    assert desk.shop.keys == [action.id]
    assert desk.context is not None
    trace = desk.context.trace
    assert (trace.author, trace.action and trace.action.state) == ("service", "done")
    assert trace.notes == [{"stage": "actions", "id": action.id, "tool": TOOL, "state": "done"}]
    assert "AB123456" not in str(trace.notes), "arguments are not for the log"


@pytest.mark.parametrize("text", ["no", "yes, but not today", "what is its status?", "是吗？", "“yes”"])
async def test_anything_else_declines_and_is_answered_as_usual(desk: Desk, text: str) -> None:
    action = await desk.ask()
    assert await desk.say(action, text) == MODEL
    assert await desk.find_state(action) == "declined"
    assert desk.shop.calls == []
    assert desk.context is not None
    assert [note["state"] for note in desk.context.trace.notes] == ["declined"]
    assert desk.context.trace.author is None


async def test_a_yes_with_anything_beside_it_is_none(desk: Desk) -> None:
    for parts in (("yes", PictureSource(b"png")), (Label("yes"),), (Label("a:"), "yes"), ("yes", "no")):
        action = await desk.ask()
        assert await desk.say(action, *parts) == MODEL
        assert await desk.find_state(action) == "declined"


async def test_only_the_next_turn_counts(desk: Desk) -> None:
    action = await desk.ask()
    await desk.say(action, "wait")
    assert await desk.say(action, "yes") == MODEL
    assert desk.shop.calls == []


async def test_what_the_customer_was_not_shown_is_not_run(desk: Desk) -> None:
    """The answer that asked was lost on the way, and is in no stored turn."""
    before: Sequence[TurnMessage]
    for before in ((), (TurnMessage("user", ("hello",)), TurnMessage("assistant", ("Shall I go on?",)))):
        action = await desk.ask()
        assert await desk.say_after(before, "yes") == MODEL
        assert await desk.find_state(action) == "declined"
    assert desk.shop.calls == []


async def test_a_late_yes_is_told_so(desk: Desk, clock: Clock) -> None:
    action = await desk.ask()
    clock.advance(601)
    assert "time to confirm is over" in await desk.say(action, "yes")
    assert desk.shop.calls == []


async def test_one_that_a_button_has_answered_meanwhile_is_not_run_again(desk: Desk) -> None:
    action = await desk.ask()
    await desk.actions.confirm(ANN, action.id)
    assert await desk.say(action, "yes") == MODEL
    assert desk.shop.keys == [action.id]


async def test_somebody_else_in_the_session_answers_nothing(desk: Desk) -> None:
    action = await desk.ask()
    for text in ("no", "maybe"):
        assert await desk.say(action, text, account=BOB) == MODEL
        assert await desk.find_state(action) == "pending"
    assert desk.shop.calls == []


async def test_turns_of_no_session_pass(desk: Desk) -> None:
    action = await desk.ask()
    assert await desk.say(action, "yes", session_id=None) == MODEL
    assert await desk.find_state(action) == "pending"
    assert await desk.say(action, "yes", session_id="0" * 32) == MODEL
    assert await desk.find_state(action) == "pending"
