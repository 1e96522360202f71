"""The typo stage: which texts of a turn are corrected, and what is noted."""

from pathlib import Path

import pytest

from server.engine.token_stream import Usage
from server.keys.account import ANONYMOUS
from server.pipeline.profiles import Profile, Title
from server.pipeline.reloading import CHECK_EVERY_S, Reloadable
from server.pipeline.stage import TurnContext
from server.pipeline.stages.typos import TypoStage
from server.pipeline.typos.dictionary import load
from server.turn.pictures import PictureSource
from server.turn.reply import FixedReply, Reply
from server.turn.turn import Label, Turn, TurnMessage

pytestmark = pytest.mark.anyio

PROFILE = Profile(title=Title("店", "Shop"))


async def correct(
    stage: TypoStage, *messages: TurnMessage, **options: bool
) -> tuple[tuple[TurnMessage, ...], TurnContext]:
    """Return the messages that the model gets, and the context with its trace."""
    passed: list[Turn] = []

    async def model(context: TurnContext) -> Reply:
        passed.append(context.turn)
        return FixedReply((), Usage(0, 0, 0))

    context = TurnContext(Turn(messages, options), ANONYMOUS, "shop", PROFILE, frozenset({"typos"}))
    await stage.handle(context, model)
    return passed[0].messages, context


async def test_every_question_is_corrected_and_the_last_ones_corrections_are_noted() -> None:
    picture = PictureSource(b"x")
    messages, context = await correct(
        TypoStage(),
        TurnMessage("system", ("the pirce",)),
        TurnMessage("user", ("what is the pirce",)),
        TurnMessage("assistant", ("the pirce is 3",)),
        TurnMessage("user", (picture, "价各是多少？")),
    )
    assert [message.parts for message in messages] == [
        ("the pirce",),
        ("what is the price",),
        ("the pirce is 3",),
        (picture, "价格是多少？"),
    ]
    assert context.trace.notes == [{"stage": "typos", "corrections": [{"from": "价各", "to": "价格"}]}]


async def test_labels_are_not_corrected() -> None:
    asked = TurnMessage("user", (Label("Picture 1 (价各 pirce):"), PictureSource(b"x"), "the pirce"))
    messages, context = await correct(TypoStage(), asked)
    assert messages[0].parts == (*asked.parts[:2], "the price")
    assert context.trace.get("typos")["corrections"] == [{"from": "pirce", "to": "price"}]


async def test_a_clean_question_leaves_no_note() -> None:
    messages, context = await correct(TypoStage(), TurnMessage("user", ("what is the price?",)))
    assert messages[0].parts == ("what is the price?",)
    assert context.trace.notes == []


async def test_the_operators_words_are_read_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    now_s = [0.0]
    monkeypatch.setattr("time.monotonic", lambda: now_s[0])
    words = tmp_path / "words.txt"
    words.write_text("pirce", encoding="utf-8")
    stage = TypoStage(Reloadable(words, load, 0.0))
    question = TurnMessage("user", ("the pirce",))
    assert (await correct(stage, question))[0] == (question,)
    words.write_text("pirce -> prize", encoding="utf-8")
    now_s[0] += CHECK_EVERY_S
    assert (await correct(stage, question))[0][0].parts == ("the prize",)


async def test_a_raw_prompt_is_not_corrected() -> None:
    asked = TurnMessage("user", ("the pirce is",))
    messages, context = await correct(TypoStage(), asked, raw=True)
    assert messages == (asked,)
    assert context.trace.notes == []
