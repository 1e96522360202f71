"""What a reader gets of one answer, piece by piece."""

import asyncio
import queue
from typing import Any

import pytest

from model.chat import Dialogue
from model.engine.sequence import FinishReason, TokenLogprob
from model.prompt import Prompt
from model.sampling import SamplingParams
from server.engine.token_stream import Abort, Inbox, Stop, TextDelta, Timings, TokenDelta, TokenStream, Usage
from tests.helpers.engine_requests import make_group
from tests.helpers.fakes import byte_tokenizer

pytestmark = pytest.mark.anyio

TOKENIZER = byte_tokenizer()


def stream_of(inbox: Inbox | None = None, **given: Any) -> TokenStream:
    dialogue = Dialogue(Prompt((1, 2, 3)), SamplingParams(**given), max_new_tokens=100)
    return TokenStream(dialogue, TOKENIZER, inbox or queue.SimpleQueue())


def delta(text: str, finish_reason: FinishReason | None = None, index: int = 0) -> TokenDelta:
    return TokenDelta(index, tuple(TOKENIZER.encode(text)), finish_reason=finish_reason)


async def read(stream: TokenStream) -> list[TextDelta]:
    return [piece async for piece in stream]


async def test_a_reader_waits_for_what_comes() -> None:
    stream = stream_of()
    first = asyncio.create_task(anext(stream))
    await asyncio.sleep(0)
    assert not first.done()
    stream.feed([delta("hi")])
    assert await first == TextDelta(0, "hi", 2)
    stream.feed([delta("!", "stop")])
    assert await read(stream) == [TextDelta(0, "!", 1, (), "stop")]
    assert stream.usage == Usage(3, 0, 3)


async def test_times_of_a_request() -> None:
    stream = stream_of(n=2)
    assert stream.timings == Timings()
    stream.group = group = make_group([1, 2, 3])
    group.arrival_s, group.admitted_s = 10.0, 10.5
    assert stream.timings == Timings(queue_s=0.5)
    group.first_token_s = group.last_token_s = 12.0
    stream.feed([delta("a"), delta("b", index=1)])
    assert stream.timings == Timings(0.5, 2.0, 0.0)
    group.last_token_s = 16.0
    stream.feed([delta("cd", "stop"), delta("e", "length", index=1)])
    assert stream.timings == Timings(0.5, 2.0, 4.0, tokens_per_second=3 / 4)


async def test_what_is_not_read_is_joined() -> None:
    stream = stream_of()
    logprob = TokenLogprob(7, -1.0)
    stream.feed([TokenDelta(0, (TOKENIZER.encode("a")[0],), (logprob,))])
    stream.feed([TokenDelta(0, (TOKENIZER.encode("b")[0],), (logprob,), "length")])
    assert await read(stream) == [TextDelta(0, "ab", 2, (logprob, logprob), "length")]


async def test_no_piece_ends_within_a_character() -> None:
    stream = stream_of()
    texts = []
    for token_id in TOKENIZER.encode("价格🙂"):
        stream.feed([TokenDelta(0, (token_id,))])
        texts.append((await anext(stream)).text)
    assert "".join(texts) == "价格🙂"
    assert "�" not in "".join(texts)


async def test_an_answer_ends_before_its_stop_string_and_the_engine_is_told() -> None:
    inbox: Inbox = queue.SimpleQueue()
    stream = stream_of(inbox, stop=("END",))
    for part in ("well E", "ND", " more", " and more"):
        stream.feed([delta(part)])
    stream.feed([delta("", "abort")])
    (piece,) = await read(stream)
    assert (piece.text, piece.finish_reason) == ("well ", "stop")
    assert inbox.get_nowait() == Stop(stream, 0)
    assert inbox.empty()


async def test_samples_end_each_for_itself() -> None:
    stream = stream_of(n=2)
    stream.feed([delta("a", "stop", index=1), delta("b", index=0)])
    stream.feed([delta("c", "length", index=0)])
    assert stream.is_finished
    assert {(piece.index, piece.text, piece.finish_reason) for piece in await read(stream)} == {
        (0, "bc", "length"),
        (1, "a", "stop"),
    }


async def test_an_error_comes_after_what_was_said() -> None:
    stream = stream_of()
    stream.feed([delta("so far")])
    stream.fail(RuntimeError("lost"))
    stream.fail(RuntimeError("a later one"))
    assert (await anext(stream)).text == "so far"
    with pytest.raises(RuntimeError, match="lost"):
        await anext(stream)


async def test_closing_tells_the_engine_once_and_only_when_something_runs() -> None:
    inbox: Inbox = queue.SimpleQueue()
    stream = stream_of(inbox)
    stream.close()
    stream.close()
    assert inbox.get_nowait() == Abort(stream)
    assert inbox.empty()
    stream.feed([delta("late")])
    assert await read(stream) == []
    done = stream_of(inbox)
    done.feed([delta("a", "stop")])
    done.close()
    assert inbox.empty()


async def test_closing_wakes_a_reader() -> None:
    stream = stream_of()
    reading = asyncio.create_task(read(stream))
    await asyncio.sleep(0)
    stream.close()
    assert await asyncio.wait_for(reading, timeout=30) == []
