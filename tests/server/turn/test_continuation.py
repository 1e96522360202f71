"""Turns whose answer continues a message, on the recorded checkpoint: with schemas, pictures, tools and samples."""

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest

from model.chat import ChatModel
from model.errors import SchemaError
from model.tools import Tool, ToolCall
from server.engine.async_engine import AsyncEngine
from server.turn.pictures import PictureSource
from server.turn.reply import ReplyDelta
from server.turn.turn import Turn, TurnMessage
from server.turn.turns import Turns
from tests.helpers.pictures import png
from tests.helpers.turns import make_turns

pytestmark = pytest.mark.anyio

COLOUR = {"type": "object", "properties": {"colour": {"enum": ["red", "blue"]}}, "required": ["colour"]}
ASKED = TurnMessage("user", ("which?",))
SHORT: dict[str, Any] = {"temperature": 0, "max_new_tokens": 12}


@pytest.fixture
async def turns(chat_model: ChatModel) -> AsyncIterator[Turns]:
    turns = make_turns(AsyncEngine(chat_model, {}))
    yield turns
    await turns.engine.close()


def begin(text: str, *before: TurnMessage, **given: Any) -> Turn:
    """Return a turn whose answer begins with a text."""
    return Turn((*(before or (ASKED,)), TurnMessage("assistant", (text,))), **{"options": SHORT, **given})


async def answer(turns: Turns, turn: Turn) -> list[ReplyDelta]:
    return await (await turns.begin(turn)).read_answers()


@pytest.mark.parametrize("text", ["{", '{"col', '{"colour": ', '{"colour": "r', '{"colour": "blue"}'])
async def test_the_whole_follows_the_schema(turns: Turns, text: str) -> None:
    (found,) = await answer(turns, begin(text, schema=COLOUR, options={"max_new_tokens": 64, "seed": 1}))
    assert json.loads(text + found.text)["colour"] in ("red", "blue")
    assert found.finish_reason == "stop"


async def test_a_text_that_cannot_follow_the_schema_is_refused(turns: Turns) -> None:
    with pytest.raises(SchemaError) as refused:
        await answer(turns, begin("Sure: {", schema=COLOUR))
    assert refused.value.reason == "prefix"
    strict = Tool("look", parameters=COLOUR, is_strict=True)
    assert await answer(turns, begin("Sure, ", tools=(strict,)))


@pytest.mark.parametrize(
    "options",
    [{"n": 2, "seed": 3, "max_new_tokens": 12}, {"num_beams": 2, "sampling": False, "max_new_tokens": 12}],
)
async def test_every_sample_continues(turns: Turns, options: dict[str, Any]) -> None:
    found = await answer(turns, begin("It is the", options=options))
    assert [each.index for each in found] == list(range(options.get("n", 1)))
    assert all(each.text for each in found)


async def test_a_call_and_pictures_in_the_history_change_nothing(turns: Turns) -> None:
    """The result of the tool has a picture."""
    call = TurnMessage("assistant", ("",), (ToolCall("look", "{}"),))
    result = TurnMessage("tool", ("here", PictureSource(png())))
    dialogue = await turns.prepare(begin("It is", ASKED, call, result, tools=(Tool("look"),)))
    assert len(dialogue.prompt.pictures) == 1
    assert turns.engine.tokenizer.decode(dialogue.prompt.continued_ids) == "It is"
    assert await answer(turns, begin("It is", ASKED, call, result, tools=(Tool("look"),)))


async def test_a_dialogue_may_end_with_any_role(turns: Turns) -> None:
    call = TurnMessage("assistant", (), (ToolCall("look", "{}"),))
    for messages in (
        (TurnMessage("system", ("Say hello.",)),),
        (ASKED, ASKED, TurnMessage("system", ("Be brief.",))),
        (ASKED, call),
        (TurnMessage("assistant", ("",)),),
        (TurnMessage("user", ("",)),),
    ):
        (found,) = await answer(turns, Turn(messages, SHORT))
        assert found.finish_reason in ("stop", "length")


async def test_usage_counts_the_prompt_as_it_was_sent(turns: Turns) -> None:
    turn = begin("It is the", options={**SHORT, "max_new_tokens": 3})
    reply = await turns.begin(turn)
    await reply.read_answers()
    dialogue = await turns.prepare(turn)
    assert reply.usage.num_prompt == len(dialogue.prompt.input_ids)
    assert reply.usage.num_generated <= 3
