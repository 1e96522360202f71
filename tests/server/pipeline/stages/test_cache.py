"""The answer cache: what is the same question, whose it is, and what is not kept."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from model.decode import decode_image
from model.messages import Picture
from server.engine.async_engine import AsyncEngine
from server.engine.token_stream import Usage
from server.keys.account import ANONYMOUS, Account
from server.pipeline.pipeline import Pipeline
from server.pipeline.profiles import Profile, Title
from server.pipeline.stage import StageOptions
from server.pipeline.stages.cache import CacheStage, normalize
from server.store.store import Store, open_store
from server.turn.reply import FixedReply, Reply
from server.turn.turn import PictureSource, Turn, TurnMessage
from tests.helpers.fakes import FakeChatModel
from tests.helpers.pictures import png
from tests.helpers.pipelines import make_pipeline
from tests.helpers.turns import make_turns, question

pytestmark = pytest.mark.anyio

WANTED = StageOptions(stages={"cache": True})
KEEPING = Profile(title=Title("存", "Keep"), stages=("cache",), caches_drawn=True)


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    async with open_store(tmp_path / "sessions.db") as opened:
        yield opened


class Asking:
    """Questions to a desk that caches; `fake.calls` is what reached the model."""

    def __init__(self, store: Store, fake: FakeChatModel) -> None:
        self.fake = fake
        self.engine = AsyncEngine(fake, {})
        self.turns = make_turns(self.engine)
        self.caching = CacheStage(self.turns, store, 100.0)
        self.pipeline: Pipeline = make_pipeline(self.turns, self.caching, keep=KEEPING)

    @property
    def num_waiting(self) -> int:
        """Askers of what is being computed."""
        return sum(computation.num_readers for computation in self.caching._running.values())

    async def __call__(
        self, turn: Turn | str, owner: str = "", stage_options: StageOptions = WANTED, **options: Any
    ) -> tuple[str, str]:
        """The answer, and whether it was a hit."""
        if isinstance(turn, str):
            turn = question(turn, **{"temperature": 0, **options})
        context = self.pipeline.build_context(turn, Account(owner), stage_options)
        (answer,), _ = await self.pipeline.answer(context)
        return answer.text, context.trace.get("cache")["result"]


@pytest.fixture
async def ask(store: Store) -> AsyncIterator[Asking]:
    asking = Asking(store, FakeChatModel())
    try:
        yield asking
    finally:
        await asking.engine.close()


def shown(*pictures: bytes, slices: int | None = None) -> Turn:
    parts: tuple[PictureSource | str, ...] = (*(PictureSource(data, slices) for data in pictures), "what?")
    return Turn((TurnMessage("user", parts),), {"temperature": 0})


async def test_an_equal_question_does_not_reach_the_model(ask: Asking) -> None:
    assert await ask("hello") == ("0/1: hello", "miss")
    assert await ask("hello") == ("0/1: hello", "hit")
    assert await ask(" hello  ") == ("0/1: hello", "hit")
    assert len(ask.fake.calls) == 1


async def test_it_survives_a_restart_and_serves_every_server(ask: Asking, store: Store) -> None:
    await ask("hello")
    other = Asking(store, FakeChatModel())
    assert await other("hello") == ("0/1: hello", "hit")
    await other.engine.close()


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"temperature": 0}, "hit"),
        ({"temperature": 0.7, "seed": 1}, "hit"),
        ({"temperature": 0.7}, "bypass"),
        ({"temperature": 0, "logprobs": 0}, "bypass"),
    ],
)
async def test_only_what_can_be_said_again_is_kept(ask: Asking, options: dict[str, Any], expected: str) -> None:
    await ask("hello", **options)
    assert (await ask("hello", **options))[1] == expected


async def test_a_profile_may_keep_what_was_drawn(ask: Asking) -> None:
    for expected in ("miss", "hit"):
        assert (await ask("hello", temperature=0.7, stage_options=StageOptions("keep")))[1] == expected


@pytest.mark.parametrize(
    "other",
    [
        {"owner": "else"},
        {"stage_options": replace(WANTED, profile="ecommerce")},
        {"max_new_tokens": 900},
        {"temperature": 0.5, "seed": 1},
    ],
)
async def test_another_owner_profile_or_parameter_is_another_question(ask: Asking, other: dict[str, Any]) -> None:
    await ask("hello")
    assert (await ask("hello", **other))[1] == "miss"


async def test_other_weights_answer_anew(ask: Asking, store: Store) -> None:
    await ask("hello")
    fake = FakeChatModel()
    fake.info = replace(fake.info, fingerprint="other")
    other = Asking(store, fake)
    assert (await other("hello"))[1] == "miss"
    await other.engine.close()


async def test_a_picture_is_what_it_shows(ask: Asking) -> None:
    red, blue = png(colour="red"), png(colour="blue")
    assert (await ask(shown(red)))[1] == "miss"
    assert (await ask(shown(red)))[1] == "hit"
    for other in (shown(blue), shown(red, blue), shown(red, slices=1)):
        assert (await ask(other))[1] == "miss"
    told = Turn((TurnMessage("user", (Picture(decode_image(red)), "what?")),), {"temperature": 0})
    assert (await ask(told))[1] == "hit"


async def test_the_history_belongs_to_the_question(ask: Asking) -> None:
    history = (TurnMessage("user", ("hi",)), TurnMessage("assistant", ("yes?",)))
    await ask("hello")
    turn = Turn((*history, TurnMessage("user", ("hello",))), {"temperature": 0})
    assert (await ask(turn))[1] == "miss"


async def test_equal_questions_at_once_are_computed_once(store: Store) -> None:
    ask = Asking(store, FakeChatModel(delay_s=0.05))
    asked = [asyncio.create_task(ask("slow question")) for _ in range(8)]
    while ask.num_waiting < 8 and not asked[-1].done():
        await asyncio.sleep(0.001)
    asked[0].cancel()
    answers = await asyncio.gather(*asked[1:])
    assert {text for text, _ in answers} == {"0/1: slow question"}
    assert len(ask.fake.calls) == 1
    await ask.engine.close()


async def test_a_question_that_nobody_waits_for_any_more_is_not_computed(store: Store) -> None:
    ask = Asking(store, FakeChatModel(delay_s=0.01))
    context = ask.pipeline.build_context(question("slow " * 20, temperature=0), ANONYMOUS, WANTED)
    reply = await ask.pipeline.begin(context)
    await anext(reply)
    reply.close()
    while not ask.fake.engine.is_idle:
        await asyncio.sleep(0.001)
    assert (await ask("slow " * 20, max_new_tokens=1))[1] == "miss"
    await ask.engine.close()


async def test_a_failure_is_told_and_not_kept(ask: Asking) -> None:
    for _ in range(2):
        with pytest.raises(RuntimeError):
            await ask("fail")
    assert len(ask.fake.calls) == 2


async def test_a_cached_answer_streams_like_a_fresh_one(ask: Asking) -> None:
    text = "a question that is longer than a piece"
    fresh = await ask(text)
    context = ask.pipeline.build_context(question(text, temperature=0), ANONYMOUS, WANTED)
    reply = await ask.pipeline.begin(context)
    parts = [part async for part in reply]
    assert len(parts) > 2
    assert [part.finish_reason for part in parts] == [None] * (len(parts) - 1) + ["stop"]
    assert "".join(part.text for part in parts) == fresh[0]
    assert reply.usage.num_generated == len(fresh[0]) + 1


async def test_several_answers_come_back_each_whole(ask: Asking) -> None:
    context = ask.pipeline.build_context(question("hello there", temperature=0, n=2), ANONYMOUS, WANTED)
    first, _ = await ask.pipeline.answer(context)
    again, _ = await ask.pipeline.answer(replace(context))
    assert [(part.index, part.text) for part in again] == [(part.index, part.text) for part in first]
    assert len(again) == 2


async def test_an_old_answer_is_not_told(tmp_path: Path) -> None:
    now_s = [1000.0]
    async with open_store(tmp_path / "a.db", clock=lambda: now_s[0]) as store:
        ask = Asking(store, FakeChatModel())
        await ask("hello")
        now_s[0] += 99
        assert (await ask("hello"))[1] == "hit"
        now_s[0] += 2
        assert (await ask("hello"))[1] == "miss"
        await ask.engine.close()


async def test_an_answer_to_a_shortened_dialogue_is_not_kept(store: Store, ask: Asking) -> None:
    class Shortening:
        name = "profile"

        async def handle(self, context: Any, call_next: Any) -> Reply:  # noqa: ARG002
            reply = FixedReply((), Usage(1, 0, 1))
            reply.num_dropped = 1
            return reply

    pipeline = make_pipeline(ask.turns, CacheStage(ask.turns, store, 100.0), Shortening())
    for _ in range(2):
        context = pipeline.build_context(question("hello", temperature=0), ANONYMOUS, WANTED)
        _, reply = await pipeline.answer(context)
        assert context.trace.get("cache")["result"] == "miss"
        assert reply.num_dropped == 1


def test_spaces_and_the_width_of_letters_are_no_difference() -> None:
    assert normalize(" ＡＢ　 c\n d ") == "AB c\n d"
    assert normalize("x²") == "x²"
