"""The profile stage: the system prompt and the options that the model gets."""

from typing import Any

import pytest

from server.engine.token_stream import Usage
from server.keys.account import ANONYMOUS
from server.pipeline.profiles import Generation, Profile, Title, Words
from server.pipeline.stage import TurnContext
from server.pipeline.stages.profile import ProfileStage
from server.turn.reply import FixedReply, Reply
from server.turn.turn import Turn, TurnMessage
from tests.helpers.turns import make_limits, question

pytestmark = pytest.mark.anyio

GREEDY = Generation(temperature=0, max_new_tokens=7)
DRAWN = Generation(temperature=0.5, top_p=0.5, seed=3)


async def apply_profile(turn: Turn, options: Generation = GREEDY, **words: Words) -> Turn:
    """Return the turn that the model gets."""
    profile = Profile(title=Title("店", "Shop"), options=options, **words)  # type: ignore[arg-type]
    return (await apply_in_context(profile, turn)).turn


async def apply_in_context(profile: Profile, turn: Turn) -> TurnContext:
    passed: list[TurnContext] = []

    async def model(context: TurnContext) -> Reply:
        passed.append(context)
        return FixedReply((), Usage(0, 0, 0))

    await ProfileStage(make_limits(max_new_tokens=9)).handle(
        TurnContext(turn, ANONYMOUS, "shop", profile, frozenset({"profile"})), model
    )
    return passed[0]


@pytest.mark.parametrize(("text", "expected"), [("hello", "Be brief."), ("你好", "请简短。")])
async def test_the_system_prompt_is_in_the_language_of_the_question(text: str, expected: str) -> None:
    turn = await apply_profile(question(text), zh=Words("请简短。"), en=Words("Be brief."))
    assert turn.messages == (TurnMessage("system", (expected,)), TurnMessage("user", (text,)))


async def test_the_system_prompt_goes_before_that_of_the_request() -> None:
    turn = Turn((TurnMessage("system", ("Own.",)), TurnMessage("user", ("hello",))))
    turn = await apply_profile(turn, en=Words("Be brief."))
    assert [message.parts for message in turn.messages] == [("Be brief.\nOwn.",), ("hello",)]


async def test_a_profile_without_words_adds_no_message() -> None:
    assert len((await apply_profile(question("hello"))).messages) == 1


@pytest.mark.parametrize(
    ("profile", "own", "expected"),
    [
        (GREEDY, {}, {"temperature": 0, "max_new_tokens": 7}),
        (GREEDY, {"max_new_tokens": 2}, {"temperature": 0, "max_new_tokens": 2}),
        (GREEDY, {"seed": 1}, {"temperature": 0, "max_new_tokens": 7}),
        (GREEDY, {"top_p": 0.5}, {"top_p": 0.5, "max_new_tokens": 7}),
        (DRAWN, {"seed": 1}, {"temperature": 0.5, "top_p": 0.5, "seed": 1}),
        (DRAWN, {"temperature": 0}, {"temperature": 0}),
        (DRAWN, {"num_beams": 3, "sampling": False}, {"num_beams": 3, "sampling": False}),
        (Generation(max_new_tokens=10), {}, {"max_new_tokens": 9}),
        (Generation(min_new_tokens=10), {}, {"min_new_tokens": 9}),
        (Generation(min_new_tokens=5), {"max_new_tokens": 2}, {"min_new_tokens": 2, "max_new_tokens": 2}),
        (Generation(num_beams=2), {}, {"num_beams": 2, "sampling": False}),
    ],
)
async def test_options_of_the_request_override_the_profile(
    profile: Generation, own: dict[str, Any], expected: dict[str, Any]
) -> None:
    turn = await apply_profile(question("hello", **own), profile)
    assert turn.options == expected


@pytest.mark.parametrize("words", ["", "Be brief."])
async def test_later_stages_know_what_the_operator_wrote(words: str) -> None:
    turn = Turn((TurnMessage("system", ("Own.",)), TurnMessage("user", ("hello",))))
    context = await apply_in_context(Profile(title=Title("店", "Shop"), en=Words(words)), turn)
    assert context.preface == words
    assert str(context.turn.messages[0].parts[0]).startswith(words)


async def test_a_raw_prompt_gets_the_options_alone() -> None:
    turn = await apply_profile(question("hello", raw=True), en=Words("Be brief."))
    assert turn.messages == (TurnMessage("user", ("hello",)),)
    assert turn.options == {"temperature": 0, "max_new_tokens": 7, "raw": True}
