"""The cache stage: which questions are the same, whose answers they get, and what is not cached."""

import asyncio
import base64
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from model.tokenized_text import TokenizedText
from server.engine.async_engine import AsyncEngine
from server.engine.token_stream import Usage
from server.keys.account import ANONYMOUS, Account
from server.pipeline.pipeline import Pipeline
from server.pipeline.profiles import Profile, Title
from server.pipeline.stage import StageOptions
from server.pipeline.stages.cache import CacheStage, normalize
from server.store.store import Store, open_store
from server.turn.pictures import PictureSource
from server.turn.reply import FixedReply, Reply
from server.turn.turn import Turn, TurnMessage
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


class CachedModel:
    """A fake model behind a pipeline that caches; `fake.calls` is what reached the model."""

    def __init__(self, store: Store, fake: FakeChatModel) -> None:
        self.fake = fake
        self.engine = AsyncEngine(fake, {})
        self.turns = make_turns(self.engine)
        self.stage = CacheStage(self.turns, store, 100.0)
        self.pipeline: Pipeline = make_pipeline(self.turns, self.stage, keep=KEEPING)

    @property
    def num_waiting(self) -> int:
        """The number of readers of all running computations."""
        return sum(computation.num_readers for computation in self.stage._running.values())

    async def __call__(
        self, turn: Turn | str, owner: str = "", stage_options: StageOptions = WANTED, **options: Any
    ) -> tuple[str, str]:
        """Return the answer, and whether it was a hit."""
        if isinstance(turn, str):
            turn = question(turn, **{"temperature": 0, **options})
        context = self.pipeline.build_context(turn, Account(owner), stage_options)
        (answer,), _ = await self.pipeline.answer(context)
        return answer.text, context.trace.get("cache")["result"]


@pytest.fixture
async def ask(store: Store) -> AsyncIterator[CachedModel]:
    cached = CachedModel(store, FakeChatModel())
    try:
        yield cached
    finally:
        await cached.engine.close()


def show(*pictures: bytes, slices: int | None = None) -> Turn:
    parts: tuple[PictureSource | str, ...] = (*(PictureSource(data, slices) for data in pictures), "what?")
    return Turn((TurnMessage("user", parts),), {"temperature": 0})


async def test_an_equal_question_does_not_reach_the_model(ask: CachedModel) -> None:
    assert await ask("hello") == ("0/1: hello", "miss")
    assert await ask("hello") == ("0/1: hello", "hit")
    assert await ask(" hello  ") == ("0/1: hello", "hit")
    assert len(ask.fake.calls) == 1


async def test_another_server_has_the_cached_answer(ask: CachedModel, store: Store) -> None:
    await ask("hello")
    other = CachedModel(store, FakeChatModel())
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
async def test_only_deterministic_turns_are_cached(ask: CachedModel, options: dict[str, Any], expected: str) -> None:
    await ask("hello", **options)
    assert (await ask("hello", **options))[1] == expected


async def test_a_profile_may_cache_drawn_answers(ask: CachedModel) -> None:
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
async def test_another_owner_profile_or_parameter_is_another_question(ask: CachedModel, other: dict[str, Any]) -> None:
    await ask("hello")
    assert (await ask("hello", **other))[1] == "miss"


async def test_other_weights_make_another_question(ask: CachedModel, store: Store) -> None:
    await ask("hello")
    fake = FakeChatModel()
    fake.info = replace(fake.info, fingerprint="other")
    other = CachedModel(store, fake)
    assert (await other("hello"))[1] == "miss"
    await other.engine.close()


async def test_pictures_are_compared_by_their_files(ask: CachedModel) -> None:
    red, blue = png(colour="red"), png(colour="blue")
    assert (await ask(show(red)))[1] == "miss"
    assert (await ask(show(red)))[1] == "hit"
    for other in (show(blue), show(red, blue), show(red, slices=1)):
        assert (await ask(other))[1] == "miss"
    frame = PictureSource(red, time_s=0.0)
    assert (await ask(Turn((TurnMessage("user", (frame, "what?")),), {"temperature": 0})))[1] == "miss"
    as_text = PictureSource(base64.b64encode(red).decode())
    assert (await ask(Turn((TurnMessage("user", (as_text, "what?")),), {"temperature": 0})))[1] == "hit"


async def test_another_history_makes_another_question(ask: CachedModel) -> None:
    history = (TurnMessage("user", ("hi",)), TurnMessage("assistant", ("yes?",)))
    await ask("hello")
    turn = Turn((*history, TurnMessage("user", ("hello",))), {"temperature": 0})
    assert (await ask(turn))[1] == "miss"


async def test_equal_questions_at_once_are_computed_once(store: Store) -> None:
    ask = CachedModel(store, FakeChatModel(delay_s=0.05))
    asked = [asyncio.create_task(ask("slow question")) for _ in range(8)]
    while ask.num_waiting < 8 and not asked[-1].done():
        await asyncio.sleep(0.001)
    asked[0].cancel()
    answers = await asyncio.gather(*asked[1:])
    assert {text for text, _ in answers} == {"0/1: slow question"}
    assert len(ask.fake.calls) == 1
    await ask.engine.close()


async def test_a_computation_without_readers_is_aborted(store: Store) -> None:
    ask = CachedModel(store, FakeChatModel(delay_s=0.01))
    context = ask.pipeline.build_context(question("slow " * 20, temperature=0), ANONYMOUS, WANTED)
    reply = await ask.pipeline.begin(context)
    await anext(reply)
    reply.close()
    while not ask.fake.engine.is_idle:
        await asyncio.sleep(0.001)
    assert (await ask("slow " * 20, max_new_tokens=1))[1] == "miss"
    await ask.engine.close()


async def test_an_error_is_raised_and_not_cached(ask: CachedModel) -> None:
    for _ in range(2):
        with pytest.raises(RuntimeError):
            await ask("fail")
    assert len(ask.fake.calls) == 2


async def test_a_cached_answer_streams_like_a_fresh_one(ask: CachedModel) -> None:
    text = "a question that is longer than a piece"
    fresh = await ask(text)
    context = ask.pipeline.build_context(question(text, temperature=0), ANONYMOUS, WANTED)
    reply = await ask.pipeline.begin(context)
    deltas = [delta async for delta in reply]
    assert len(deltas) > 2
    assert [delta.finish_reason for delta in deltas] == [None] * (len(deltas) - 1) + ["stop"]
    assert "".join(delta.text for delta in deltas) == fresh[0]
    assert reply.usage.num_generated == len(fresh[0]) + 1


async def test_several_answers_come_back_each_whole(ask: CachedModel) -> None:
    context = ask.pipeline.build_context(question("hello there", temperature=0, n=2), ANONYMOUS, WANTED)
    first, _ = await ask.pipeline.answer(context)
    again, _ = await ask.pipeline.answer(replace(context))
    assert [(answer.index, answer.text) for answer in again] == [(answer.index, answer.text) for answer in first]
    assert len(again) == 2


async def test_an_old_answer_is_not_used(tmp_path: Path) -> None:
    now_s = [1000.0]
    async with open_store(tmp_path / "a.db", clock=lambda: now_s[0]) as store:
        ask = CachedModel(store, FakeChatModel())
        await ask("hello")
        now_s[0] += 99
        assert (await ask("hello"))[1] == "hit"
        now_s[0] += 2
        assert (await ask("hello"))[1] == "miss"
        await ask.engine.close()


async def test_an_answer_to_a_truncated_dialogue_is_not_cached(store: Store, ask: CachedModel) -> None:
    class TruncatingStage:
        name = "profile"

        async def handle(self, context: Any, call_next: Any) -> Reply:  # noqa: ARG002
            reply = FixedReply((), Usage(1, 0, 1))
            reply.num_dropped = 1
            return reply

    pipeline = make_pipeline(ask.turns, CacheStage(ask.turns, store, 100.0), TruncatingStage())
    for _ in range(2):
        context = pipeline.build_context(question("hello", temperature=0), ANONYMOUS, WANTED)
        _, reply = await pipeline.answer(context)
        assert context.trace.get("cache")["result"] == "miss"
        assert reply.num_dropped == 1


def test_spaces_and_the_width_of_letters_make_no_difference() -> None:
    assert normalize(" ＡＢ　 c\n d ") == "AB c\n d"
    assert normalize("x²") == "x²"


async def test_an_answer_depends_on_where_the_one_before_it_ends(ask: CachedModel) -> None:
    """A space at the end of a question changes nothing; at the end of what is continued it does."""
    asked = TurnMessage("user", ("hello",))
    for text, result in (("So", "miss"), ("So ", "miss"), ("So", "hit"), ("So ", "hit")):
        turn = Turn((asked, TurnMessage("assistant", (text,))), {"temperature": 0})
        assert (await ask(turn))[1] == result
    closed = {"temperature": 0, "continue_final_message": False}
    assert (await ask(Turn((asked, TurnMessage("assistant", ("So",))), closed)))[1] == "miss"


async def test_in_a_raw_prompt_every_space_and_id_counts(ask: CachedModel) -> None:
    raw = {"temperature": 0, "raw": True}
    texts = ["the end", "the end ", "the  end", TokenizedText("the end", (1, 2)), TokenizedText("the end", (1, 3))]
    for _ in range(2):
        await ask(question("the end", temperature=0))
        for text in texts:
            await ask(question(text, **raw))
    assert len(ask.fake.calls) == 1 + len(texts)


async def test_log_probabilities_of_prompts_are_not_cached(ask: CachedModel) -> None:
    assert await ask("hello", prompt_logprobs=0) == ("0/1: hello", "bypass")
