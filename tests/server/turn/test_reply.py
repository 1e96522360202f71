"""The reply of the engine: its deltas with text, tool calls and endings, and its usage."""

import asyncio
import queue
from typing import Any

import numpy as np
import pytest

from model.chat import Dialogue
from model.constraint import Constraint, GrammarCompiler
from model.engine.sequence import FinishReason, TokenLogprob
from model.errors import SchemaError
from model.prompt import Prompt
from model.sampling import SamplingParams
from model.schemas import ANY_OBJECT
from model.tools import Tool, ToolCall
from server.engine.token_stream import Abort, Inbox, TokenDelta, TokenStream, Usage
from server.turn.reply import EngineReply, ReplyDelta
from tests.helpers.engine_requests import make_group
from tests.helpers.fakes import byte_tokenizer

pytestmark = pytest.mark.anyio

TOKENIZER = byte_tokenizer()
LOOK = Tool("look")
CALL = ToolCall("look", '{"a": 1}')


def make_stream(inbox: Inbox | None = None, prompt: Prompt | None = None, **given: Any) -> TokenStream:
    dialogue = Dialogue(prompt or Prompt((1, 2, 3)), SamplingParams(**given), max_new_tokens=100)
    return TokenStream(dialogue, TOKENIZER, inbox or queue.SimpleQueue())


def make_token_delta(text: str, finish_reason: FinishReason | None = None, index: int = 0) -> TokenDelta:
    return TokenDelta(index, tuple(TOKENIZER.encode(text)), finish_reason=finish_reason)


async def read(
    stream: TokenStream, tools: tuple[Tool, ...], *texts: str, reason: FinishReason = "stop"
) -> list[ReplyDelta]:
    """Feed the texts and the end, and return the delta for each."""
    reply = EngineReply(stream, tools)
    deltas = []
    for text in texts:
        stream.feed([make_token_delta(text)])
        deltas.append(await anext(reply))
    stream.feed([make_token_delta("", reason)])
    return [*deltas, await anext(reply)]


async def test_text_without_tools_is_passed_on_unchanged() -> None:
    deltas = await read(make_stream(), (), "a ", "<tool_call> ")
    assert deltas == [ReplyDelta(0, "a "), ReplyDelta(0, "<tool_call> "), ReplyDelta(0, finish_reason="stop")]


async def test_a_call_is_returned_when_it_is_complete() -> None:
    half = len(CALL.text) // 2
    deltas = await read(make_stream(), (LOOK,), "so \n", CALL.text[:half], CALL.text[half:], "\n ")
    assert [delta.text for delta in deltas] == ["so", "", "", "", ""]
    assert [delta.tool_calls for delta in deltas] == [(), (), (CALL,), (), ()]
    assert deltas[-1].finish_reason == "tool_calls"


@pytest.mark.parametrize(
    ("reason", "ending", "text"),
    [("stop", "stop", "a <tool"), ("length", "length", "a"), ("repetition", "length", "a"), ("error", None, "a")],
)
async def test_finish_reasons_become_endings(reason: FinishReason, ending: str | None, text: str) -> None:
    deltas = await read(make_stream(), (LOOK,), "a <tool", reason=reason)
    assert "".join(delta.text for delta in deltas).rstrip() == text
    assert deltas[-1].finish_reason == ending


@pytest.mark.parametrize("reason", ["length", "stop"])
@pytest.mark.parametrize(
    ("cut", "calls"), [(20, ()), (30, (ToolCall("look", ""),)), (48, (ToolCall("look", '{"a": '),))]
)
async def test_a_call_that_is_cut_off_ends_with_length(
    reason: FinishReason, cut: int, calls: tuple[ToolCall, ...]
) -> None:
    deltas = await read(make_stream(), (LOOK,), CALL.text, CALL.text[:cut], reason=reason)
    assert deltas[0].tool_calls == (CALL,)
    assert (deltas[-1].text, deltas[-1].tool_calls, deltas[-1].finish_reason) == ("", calls, "length")


async def test_whole_answers_are_joined_and_in_order() -> None:
    stream = make_stream(n=2)
    reply = EngineReply(stream, (LOOK,))
    reading = asyncio.create_task(reply.read_answers())
    logprob = TokenLogprob(5, -1.0)
    await asyncio.sleep(0)
    stream.feed([make_token_delta("b", index=1), TokenDelta(0, tuple(TOKENIZER.encode("a")), (logprob,))])
    await asyncio.sleep(0)
    stream.feed([make_token_delta("c", "length", index=1), make_token_delta(CALL.text, "stop")])
    assert await reading == [
        ReplyDelta(0, "a", (CALL,), (logprob,), "tool_calls"),
        ReplyDelta(1, "bc", (), (), "length"),
    ]


async def test_usage_counts_pictures() -> None:
    stream = make_stream(prompt=Prompt(tuple(range(20)), image_bounds=((2, 6), (10, 18))))
    stream.group = make_group([1] * 20)
    stream.group.num_cached = 4
    stream.feed([make_token_delta("abc", "stop")])
    reply = EngineReply(stream)
    await reply.read_answers()
    assert reply.usage == Usage(num_prompt=20, num_cached=4, num_generated=3, num_image=12)


async def test_times_are_in_order() -> None:
    stream = make_stream()
    reply = EngineReply(stream)
    assert reply.began_s == reply.first_s == reply.ended_s
    await asyncio.sleep(0.002)
    stream.feed([make_token_delta("a")])
    await anext(reply)
    await asyncio.sleep(0.002)
    stream.feed([make_token_delta("b", "stop")])
    await anext(reply)
    assert reply.began_s < reply.first_s < reply.ended_s


async def test_closing_aborts_the_request() -> None:
    inbox: Inbox = queue.SimpleQueue()
    stream = make_stream(inbox)
    EngineReply(stream).close()
    assert inbox.get_nowait() == Abort(stream)


async def test_cancelling_read_answers_aborts_the_request() -> None:
    inbox: Inbox = queue.SimpleQueue()
    stream = make_stream(inbox)
    reading = asyncio.create_task(EngineReply(stream).read_answers())
    await asyncio.sleep(0)
    reading.cancel()
    await asyncio.gather(reading, return_exceptions=True)
    assert inbox.get_nowait() == Abort(stream)


async def test_a_grammar_that_cannot_be_followed_raises() -> None:
    mask = GrammarCompiler(TOKENIZER).compile(Constraint(ANY_OBJECT))
    assert np.count_nonzero(mask(TOKENIZER.encode("not JSON"))) == 2
    stream = make_stream()
    stream.feed([make_token_delta("{", "stop")])
    with pytest.raises(SchemaError):
        await anext(EngineReply(stream, (), mask))
