"""The moderation stage: what reaches the model, and what of its answer is shown."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from model.tools import Tool, ToolCall
from server.engine.token_stream import Usage
from server.errors import FieldRefused
from server.keys.account import ANONYMOUS, Account
from server.pipeline.moderation.moderator import Moderator
from server.pipeline.moderation.refusals import ANSWER_REFUSED, QUESTION_REFUSED
from server.pipeline.profiles import Profile, Title
from server.pipeline.reloading import Reloadable
from server.pipeline.stage import TurnContext
from server.pipeline.stages.moderation import ModerationStage
from server.turn.pictures import PictureSource
from server.turn.reply import FixedReply, Reply, ReplyDelta
from server.turn.turn import Turn, TurnMessage

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
    context = replace(make_context(""), turn=turn, account=Account(is_operator=True))
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


async def test_what_citations_quote_is_masked_too(stage: ModerationStage) -> None:
    context = make_context("hello")

    async def cite(context: TurnContext) -> Reply:
        quotes = [{"quote": "It is darn good."}, {"quote": "It is good."}]
        context.trace.note("knowledge", citations=quotes)
        return FixedReply(answer("darn it"), Usage(0, 0, 0))

    await (await stage.handle(context, cite)).read_answers()
    assert [each["quote"] for each in context.trace.findings.citations] == ["It is **** good.", "It is good."]


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
    [
        '{"what": "darn"}',
        r'{"what": "d\ud800arn"}',
        r'{"deep": [1, {"坏\n词": null}]}',
        r'{"what": "坏\u000b词"}',
        '{"darn": {}, "a": []}',
    ],
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


SYSTEM = TurnMessage("system", ("Never say\nzap.",))


async def ask_with(stage: ModerationStage, turn: Turn, account: Account = ANONYMOUS, preface: str = "") -> ReplyDelta:
    context = replace(make_context(""), turn=turn, account=account, preface=preface)
    (whole,) = await (await stage.handle(context, Model(*answer("ok")))).read_answers()
    return whole


async def test_instructions_of_customers_are_refused_as_questions_are(stage: ModerationStage) -> None:
    hello = make_context("hello").turn.messages
    for turn in (Turn((SYSTEM, *hello)), Turn(hello, tools=(Tool("zap"),)), Turn(hello, schema={"const": "zap"})):
        whole = await ask_with(stage, turn)
        assert (whole.text, whole.finish_reason) == (QUESTION_REFUSED["en"], "content_filter")
        assert (await ask_with(stage, turn, Account(is_operator=True))).text == "ok"


async def test_instructions_are_left_alone_where_the_operator_wants_it(stage: ModerationStage, tmp_path: Path) -> None:
    free = ModerationStage(Reloadable(tmp_path, Moderator.load, now=0.0), moderates_instructions=False)
    turn = Turn((SYSTEM, *make_context("hello").turn.messages))
    assert (await ask_with(free, turn)).text == "ok"
    assert (await ask_with(stage, turn)).finish_reason == "content_filter"


async def test_the_words_of_a_profile_are_the_operators_own(stage: ModerationStage) -> None:
    turn = Turn((SYSTEM, *make_context("hello").turn.messages))
    assert (await ask_with(stage, turn, preface="Never say\nzap.")).text == "ok"
    assert (await ask_with(stage, turn, preface="Never say\n")).finish_reason == "content_filter"


async def test_hits_in_instructions_are_noted_apart(stage: ModerationStage) -> None:
    turn = Turn((TurnMessage("system", ("hmm",)), *make_context("darn").turn.messages))
    context = make_context("").with_turn(turn)
    await (await stage.handle(context, Model(*answer("ok")))).read_answers()
    assert [note["hits"] for note in context.trace.notes] == [
        [{"where": "question", "category": "rude", "action": "mask"}],
        [{"where": "instructions", "category": "odd", "action": "flag"}],
    ]
    assert [rule.rpartition("/")[2] for rule in context.trace.rules] == ["rude.txt, line 1", "odd.txt, line 1"]


JSON_TURNS: dict[str, dict[str, Any]] = {
    "schema": {"schema": {"type": "object"}},
    "a tool that must be called": {"tools": (Tool("look"),), "must_call": (Tool("look"),)},
}


@pytest.mark.parametrize("form", JSON_TURNS)
async def test_escapes_in_json_hide_no_word(stage: ModerationStage, form: str) -> None:
    turn = replace(make_context("hello").turn, **JSON_TURNS[form])
    for pieces, text, reason in (
        ((r'["\u00', r'64a\u0072n", "h', r'\u006dm"]'), r'["****", "h\u006dm"]', "stop"),
        ((r'["\u7AA', r"B\u006", r'1p"]'), r'["\u7AAB\u0061p"]', "stop"),
        ((r'["so z', r"\u00", r'61p"]'), f'["so \n{ANSWER_REFUSED["en"]}', "content_filter"),
        ((r'["\u574f\u8bcd"]',), f'["\n{ANSWER_REFUSED["en"]}', "content_filter"),
    ):
        context = make_context("").with_turn(turn)
        (whole,) = await (await stage.handle(context, Model(*answer(*pieces)))).read_answers()
        assert (whole.text, whole.finish_reason) == (text, reason)


async def test_text_that_is_no_json_has_no_escapes(stage: ModerationStage) -> None:
    turn = replace(make_context("hello").turn, tools=(Tool("look"),))
    context = make_context("").with_turn(turn)
    (whole,) = await (await stage.handle(context, Model(*answer(r"C:\darn", r" d\u0061rn")))).read_answers()
    assert whole.text == r"C:\**** d\u0061rn"


async def test_the_name_of_a_called_tool_is_looked_at(stage: ModerationStage) -> None:
    delta = ReplyDelta(0, "", (ToolCall("get_darn", "{}"),), finish_reason="tool_calls")
    (whole,) = await (await stage.handle(make_context("hello"), Model(delta))).read_answers()
    assert (whole.tool_calls, whole.finish_reason) == ((), "content_filter")


def make_continuation(text: str, is_operator: bool = False) -> TurnContext:
    turn = Turn((TurnMessage("user", ("hello",)), TurnMessage("assistant", (text,))))
    return replace(make_context(""), turn=turn, account=Account(is_operator=is_operator))


@pytest.mark.parametrize(
    ("before", "texts", "shown", "ending"),
    [
        ("It is a ", ("da", "rn shame"), "**** shame", "stop"),
        ("It is a da", ("rn shame",), "** shame", "stop"),
        ("It is a z", ("a", "p!"), ANSWER_REFUSED["en"], "content_filter"),
        ("It is a d", ("ay",), "ay", "stop"),
        ("It is", (" da", "y"), " day", "stop"),
        ("", ("darn",), "****", "stop"),
    ],
)
async def test_a_word_may_begin_in_the_message_that_is_continued(
    stage: ModerationStage, before: str, texts: tuple[str, ...], shown: str, ending: str
) -> None:
    deltas = await read_deltas(await stage.handle(make_continuation(before), Model(*answer(*texts))))
    assert "".join(delta.text for delta in deltas).lstrip("\n") == shown
    assert deltas[-1].finish_reason == ending


async def test_a_message_to_continue_is_an_instruction(stage: ModerationStage) -> None:
    model = Model(*answer("no"))
    (whole,) = await (await stage.handle(make_continuation("zap it"), model)).read_answers()
    assert (whole.text, model.turn) == (QUESTION_REFUSED["en"], None)
    await (await stage.handle(make_continuation("zap it", is_operator=True), model)).read_answers()
    assert model.turn is not None
    assert model.turn.messages[-1].text == "*** it"


@pytest.mark.parametrize("arguments", ['{"a": "z\\u0061p', '{"a": "坏词', '{"zap": 1, "b'])
async def test_a_call_that_was_cut_off_is_checked_as_far_as_it_came(stage: ModerationStage, arguments: str) -> None:
    cut_off = ReplyDelta(0, tool_calls=(ToolCall("look", arguments),), finish_reason="length")
    (whole,) = await (await stage.handle(make_context("hello"), Model(cut_off))).read_answers()
    assert (whole.text, whole.finish_reason) == (ANSWER_REFUSED["en"], "content_filter")
    fine = replace(cut_off, tool_calls=(ToolCall("look", '{"a": "fine'),))
    assert await (await stage.handle(make_context("hello"), Model(fine))).read_answers() == [fine]
