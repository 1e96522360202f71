"""The moderation stage: what reaches the model, and what of its answer is shown."""

from pathlib import Path
from typing import Any

import pytest

from model.tools import ToolCall
from server.engine.token_stream import Usage
from server.errors import FieldRefused
from server.keys.account import ANONYMOUS
from server.pipeline.moderation.moderator import Moderator
from server.pipeline.moderation.refusals import ANSWER_REFUSED, QUESTION_REFUSED
from server.pipeline.profiles import Profile, Title
from server.pipeline.reloading import Reloadable
from server.pipeline.stage import TurnContext
from server.pipeline.stages.moderation import ModerationStage
from server.turn.reply import FixedReply, Reply, ReplyDelta
from server.turn.turn import PictureSource, Turn, TurnMessage

pytestmark = pytest.mark.anyio

LISTS = {"worst": "zap\n坏词", "rude": "darn", "odd": "hmm"}
CATEGORIES = '[rude]\naction = "mask"\n[odd]\naction = "flag"\n'


class Model:
    """A fake model that keeps what it is asked, and answers with these deltas."""

    def __init__(self, *deltas: ReplyDelta) -> None:
        self.turn: Turn | None = None
        self.reply = FixedReply(deltas, Usage(5, 0, 3))

    async def __call__(self, context: TurnContext) -> Reply:
        self.turn = context.turn
        return self.reply


@pytest.fixture
def stage(tmp_path: Path) -> ModerationStage:
    for name, words in LISTS.items():
        (tmp_path / f"{name}.txt").write_text(words, encoding="utf-8")
    (tmp_path / "categories.toml").write_text(CATEGORIES, encoding="utf-8")
    return ModerationStage(Reloadable(tmp_path, Moderator.load, now=0.0))


def make_context(*parts: str | PictureSource, **options: Any) -> TurnContext:
    turn = Turn((TurnMessage("user", parts),), options)
    return TurnContext(turn, ANONYMOUS, "shop", Profile(title=Title("店", "Shop")), frozenset({"moderation"}))


def answer(*texts: str) -> list[ReplyDelta]:
    return [*(ReplyDelta(0, text) for text in texts[:-1]), ReplyDelta(0, texts[-1], finish_reason="stop")]


async def read_deltas(reply: Reply) -> list[ReplyDelta]:
    return [delta async for delta in reply]


@pytest.mark.parametrize(
    ("question", "refusal"), [("do zap it", QUESTION_REFUSED["en"]), ("这是坏-词吗", QUESTION_REFUSED["zh"])]
)
async def test_a_forbidden_question_is_refused_without_the_model(
    stage: ModerationStage, question: str, refusal: str
) -> None:
    model, context = Model(*answer("no")), make_context(question, n=2)
    (first, second) = await (await stage.handle(context, model)).read_answers()
    assert (first.text, first.finish_reason, second.index) == (refusal, "content_filter", 1)
    assert model.turn is None
    assert context.trace.get("moderation")["hits"] == [{"where": "question", "category": "worst", "action": "block"}]


async def test_the_model_sees_a_masked_question_and_dialogue_and_all_pictures(stage: ModerationStage) -> None:
    picture = PictureSource(b"x")
    earlier = (
        TurnMessage("system", ("never say zap",)),
        TurnMessage("user", ("zap",)),
        TurnMessage("assistant", ("darn",)),
    )
    turn = Turn((*earlier, TurnMessage("user", (picture, "what the darn"))))
    context = make_context("").with_turn(turn)
    model = Model(*answer("ok"))
    await (await stage.handle(context, model)).read_answers()
    assert model.turn is not None
    assert [message.parts for message in model.turn.messages] == [
        ("never say zap",),
        ("***",),
        ("****",),
        (picture, "what the ****"),
    ]


@pytest.mark.parametrize("between", [(), (PictureSource(b"x"),)])
async def test_a_word_is_found_over_several_texts(stage: ModerationStage, between: tuple[PictureSource, ...]) -> None:
    context = make_context("这是坏", *between, "词吗")
    (whole,) = await (await stage.handle(context, Model(*answer("no")))).read_answers()
    assert (whole.text, whole.finish_reason) == (QUESTION_REFUSED["zh"], "content_filter")


PICTURE = PictureSource(b"x")


@pytest.mark.parametrize(
    ("parts", "seen"),
    [
        (("", "a\r\nd-a", PICTURE, "rn", "z\n"), ("", "a\r\nd-a", PICTURE, "rn", "z\n")),
        (("darn a", PICTURE, "", "darn", "\r\nz"), ("**** a", PICTURE, "", "****", "\r\nz")),
        ((PICTURE, "d-a", "-r-n"), (PICTURE, "***", "****")),
    ],
)
async def test_texts_stay_apart_where_they_are_masked(
    stage: ModerationStage, parts: tuple[str | PictureSource, ...], seen: tuple[str | PictureSource, ...]
) -> None:
    model = Model(*answer("ok"))
    await (await stage.handle(make_context(*parts), model)).read_answers()
    assert model.turn is not None
    assert model.turn.messages == (TurnMessage("user", seen),)


async def test_a_flagged_word_is_shown_as_it_is(stage: ModerationStage) -> None:
    context = make_context("hmm?")
    (whole,) = await (await stage.handle(context, Model(*answer("h", "mm!")))).read_answers()
    assert (whole.text, whole.finish_reason) == ("hmm!", "stop")
    notes = [note["hits"] for note in context.trace.notes]
    assert notes == [[{"where": where, "category": "odd", "action": "flag"}] for where in ("question", "answer")]


async def test_an_answer_ends_where_a_forbidden_word_begins(stage: ModerationStage) -> None:
    model, context = Model(*answer("well, z", "a", "p and more", " and more")), make_context("hello")
    reply = await stage.handle(context, model)
    deltas = await read_deltas(reply)
    assert "".join(delta.text for delta in deltas) == f"well, \n{ANSWER_REFUSED['en']}"
    assert [delta.finish_reason for delta in deltas] == [None, None, "content_filter"]
    assert reply.usage == Usage(5, 0, 3)
    with pytest.raises(StopAsyncIteration):  # closed: nobody wants the rest
        await anext(model.reply)


async def test_an_answer_that_begins_forbidden_is_only_a_refusal(stage: ModerationStage) -> None:
    (whole,) = await (await stage.handle(make_context("你好"), Model(*answer("坏", "词")))).read_answers()
    assert whole.text == ANSWER_REFUSED["zh"]


async def test_each_of_several_answers_ends_by_itself(stage: ModerationStage) -> None:
    deltas = [
        ReplyDelta(0, "zap"),
        ReplyDelta(1, "fi"),
        ReplyDelta(0, "!", finish_reason="stop"),
        ReplyDelta(1, "ne", finish_reason="length"),
    ]
    first, second = await (await stage.handle(make_context("a", n=2), Model(*deltas))).read_answers()
    assert (first.text, first.finish_reason) == (ANSWER_REFUSED["en"], "content_filter")
    assert (second.text, second.finish_reason) == ("fine", "length")


async def test_what_was_masked_is_noted_at_the_end(stage: ModerationStage) -> None:
    context = make_context("hello")
    (whole,) = await (await stage.handle(context, Model(*answer("dar", "n it")))).read_answers()
    assert whole.text == "**** it"
    assert context.trace.get("moderation")["hits"] == [{"where": "answer", "category": "rude", "action": "mask"}]


async def test_operators_learn_the_rule_of_each_hit_and_clients_do_not(stage: ModerationStage, tmp_path: Path) -> None:
    context = make_context("hmm, darn")
    await (await stage.handle(context, Model(*answer("坏", "词")))).read_answers()
    assert context.trace.rules == [
        f"{tmp_path / name}.txt, line {line}" for name, line in (("odd", 1), ("rude", 1), ("worst", 2))
    ]
    assert [hit["where"] for note in context.trace.notes for hit in note["hits"]] == ["question", "question", "answer"]
    assert ".txt" not in str(context.trace.notes)


@pytest.mark.parametrize(
    "arguments",
    ['{"what": "darn"}', r'{"deep": [1, {"坏\n词": null}]}', r'{"what": "坏\u000b词"}', '{"darn": {}, "a": []}'],
)
async def test_a_call_with_a_listed_word_is_not_passed_on(stage: ModerationStage, arguments: str) -> None:
    call = ToolCall("look", arguments)
    delta = ReplyDelta(0, "", (call,), finish_reason="tool_calls")
    (whole,) = await (await stage.handle(make_context("hello"), Model(delta))).read_answers()
    assert (whole.tool_calls, whole.finish_reason) == ((), "content_filter")


async def test_a_call_with_a_flagged_word_is_passed_on(stage: ModerationStage) -> None:
    call = ToolCall("look", '{"what": "hmm"}')
    context = make_context("hello")
    (whole,) = await (
        await stage.handle(context, Model(ReplyDelta(0, "", (call,), finish_reason="tool_calls")))
    ).read_answers()
    assert (whole.tool_calls, whole.finish_reason) == ((call,), "tool_calls")
    assert context.trace.get("moderation")["hits"] == [{"where": "answer", "category": "odd", "action": "flag"}]


async def test_logprobs_are_refused(stage: ModerationStage) -> None:
    with pytest.raises(FieldRefused, match="logprobs"):
        await stage.handle(make_context("hello", logprobs=0), Model())
