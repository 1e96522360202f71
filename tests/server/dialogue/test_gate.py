"""The gate of a turn: when the model is silent, when a person is asked for, and what is left in the session."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from server.dialogue.conversations import Conversations, Question
from server.dialogue.gate import NOTHING_USED, count_not_found
from server.dialogue.stored_reply import StoredReply
from server.engine.async_engine import AsyncEngine
from server.handover.handovers import Handovers, refer
from server.keys.account import Account
from server.pipeline.pipeline import Pipeline
from server.pipeline.profiles import Profile, Title
from server.pipeline.stage import CallNext, StageOptions, TurnContext
from server.store.records import StoredTurn
from server.store.service_records import Handover
from server.store.store import Store, open_store
from server.turn.reply import FixedReply, Reply, ReplyDelta
from tests.helpers.fakes import FakeChatModel
from tests.helpers.handovers import ANN, CHIEF, make_handovers, make_session
from tests.helpers.migrated import place_migrated
from tests.helpers.pipelines import FixedProfiles
from tests.helpers.turns import make_turns

pytestmark = pytest.mark.anyio
SORRY = Title("找不到", "not found")
LOST = Profile(title=Title("", ""), not_found=SORRY, handover_after_not_found=2, stages=("knowledge",))
PATIENT = msgspec.structs.replace(LOST, handover_after_not_found=None)
SHOP = Account("shop")


class FindsNothing:
    """A stage that finds nothing for questions with a question mark."""

    name = "knowledge"

    async def handle(self, context: TurnContext, call_next: CallNext) -> Reply:
        assert context.session_id is not None
        question: Any = context.turn.messages[-1].parts[-1]
        if not question.endswith("?"):
            return await call_next(context)
        context.trace.note(self.name, mode="not_found")
        return FixedReply([ReplyDelta(0, SORRY[context.language], finish_reason="stop")], NOTHING_USED)


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    place_migrated(tmp_path / "s.db")
    async with open_store(tmp_path / "s.db") as opened:
        yield opened


class Talk:
    """One customer's dialogue."""

    def __init__(self, store: Store, engine: AsyncEngine, max_waiting: int) -> None:
        profiles = FixedProfiles(lost=LOST, patient=PATIENT)
        pipeline = Pipeline(make_turns(engine), (FindsNothing(),), profiles, {"knowledge": "profile"}, "plain")
        self.store = store
        self.handovers: Handovers = make_handovers(store, max_waiting)
        self.conversations = Conversations(pipeline, store, handovers=self.handovers)

    async def ask(self, text: str, profile: str = "lost") -> StoredReply:
        return await self.conversations.ask(SHOP, "c", Question(text), StageOptions(profile=profile))

    async def find(self) -> Handover:
        found = await self.handovers.find((await self.store.get_session_by_name("shop", "c")).id)
        assert found is not None
        return found

    async def list_turns(self) -> tuple[StoredTurn, ...]:
        session = await self.store.get_session_by_name("shop", "c")
        return await self.store.list_turns("shop", session.id)

    @property
    def num_watches(self) -> int:
        return len(self.handovers.watchers._sessions)


@pytest.fixture
async def talk(store: Store) -> AsyncIterator[Talk]:
    engine = AsyncEngine(FakeChatModel(), {})
    yield Talk(store, engine, max_waiting=1)
    await engine.close()


async def test_two_answers_in_a_row_that_found_nothing_ask_for_a_person(talk: Talk) -> None:
    assert (await talk.ask("one?")).text == "not found"
    reply = await talk.ask("two?")
    assert reply.text.startswith("not found\n\nI have asked a person to take over")
    assert reply.handover is not None
    assert reply.handover.state == "waiting"
    assert ((await talk.find()).reason, (await talk.find()).profile) == ("not_found", "lost")
    assert [turn.author for turn in await talk.list_turns()] == [None, "service"]
    assert talk.num_watches == 0


async def test_an_answer_in_between_begins_the_count_anew(talk: Talk) -> None:
    for question in ("one?", "an order", "two?"):
        assert (await talk.ask(question)).handover is None
    assert (await talk.ask("three?")).handover is not None


async def test_what_was_not_found_before_a_person_had_the_session_does_not_count(talk: Talk) -> None:
    for question in ("one?", "two?"):
        await talk.ask(question)
    await talk.handovers.give_back(await talk.find(), ANN)
    assert (await talk.ask("three?")).handover is None
    assert (await talk.ask("four?")).handover is not None


async def test_a_profile_without_the_rule_asks_for_nobody(talk: Talk) -> None:
    for number in range(4):
        assert (await talk.ask(f"{number}?", "patient")).text == "not found"


async def test_answers_are_counted_from_the_last_on() -> None:
    def turn(answer: str, author: Any = None) -> StoredTurn:
        return StoredTurn("", (), answer, "stop", None, 0, 0, author=author)  # type: ignore[arg-type]

    assert count_not_found([turn("找不到"), turn("not found")], LOST) == 2
    assert count_not_found([turn("not found"), turn("yes"), turn("not found")], LOST) == 1
    assert count_not_found([turn("not found", "person")], LOST) == 0
    assert count_not_found([turn("not found")], msgspec.structs.replace(LOST, not_found=None)) == 0


async def test_where_nobody_more_may_wait_the_model_goes_on(talk: Talk) -> None:
    other = await make_session(talk.store, "other")
    await talk.handovers.request(other, "customer", "shop")
    reply = await talk.ask("转人工")
    assert reply.text.startswith("目前等待人工客服的顾客较多")
    assert (reply.handover, reply.trace.author) == (None, "service")
    assert (await talk.ask("hello")).text.endswith("hello")


async def test_the_model_is_not_asked_while_a_person_has_the_session(talk: Talk) -> None:
    await talk.ask("talk to a human")
    await talk.handovers.take(await talk.find(), ANN)
    before = await talk.find()
    reply = await talk.ask("are you there?")
    assert (reply.text, reply.handover and reply.handover.agent_name) == ("", "Ann")
    assert (await talk.find()).version == before.version + 1
    assert (await talk.list_turns())[-1].finish_reason == "handover"
    assert talk.num_watches == 0


async def test_questions_during_a_change_are_for_one_or_the_other(talk: Talk) -> None:
    await talk.ask("talk to a human")
    for number in range(5):
        await talk.handovers.interrupt(refer(await talk.find()), CHIEF)
        asking = asyncio.create_task(talk.ask(f"question {number}"))
        await asyncio.sleep(0.001 * number)
        await talk.handovers.give_back(await talk.find(), CHIEF)
        reply = await asking
        last = (await talk.list_turns())[-1]
        assert (last.finish_reason == "handover") == (not reply.text.endswith(f"question {number}"))
        assert bool(last.answer) == bool(reply.text)


async def test_a_client_that_leaves_leaves_no_watch(talk: Talk) -> None:
    reply = await talk.conversations.begin(SHOP, "c", Question("hello"))
    assert talk.num_watches == 1
    reply.close()
    assert talk.num_watches == 0
