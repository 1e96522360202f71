"""A stream turns the tokens of a request into the text that its reader gets."""

import asyncio
import queue
from typing import Any

import pytest

from model.chat import Dialogue
from model.engine.sequence import FinishReason, TokenLogprob
from model.prompt import Prompt
from model.sampling import SamplingParams
from model.token_healing import TokenHealing, TokenIndex
from server.engine.token_stream import Abort, Inbox, Stop, TextDelta, Timings, TokenDelta, TokenStream, Usage
from tests.helpers.engine_requests import make_group
from tests.helpers.fakes import byte_tokenizer

pytestmark = pytest.mark.anyio

TOKENIZER = byte_tokenizer()


def make_stream(inbox: Inbox | None = None, **given: Any) -> TokenStream:
    dialogue = Dialogue(Prompt((1, 2, 3)), SamplingParams(**given), max_new_tokens=100)
    return TokenStream(dialogue, TOKENIZER, inbox or queue.SimpleQueue())


def make_delta(text: str, finish_reason: FinishReason | None = None, index: int = 0) -> TokenDelta:
    return TokenDelta(index, tuple(TOKENIZER.encode(text)), finish_reason=finish_reason)


async def read(stream: TokenStream) -> list[TextDelta]:
    return [delta async for delta in stream]


async def test_a_reader_waits_for_the_next_delta() -> None:
    stream = make_stream()
    first = asyncio.create_task(anext(stream))
    await asyncio.sleep(0)
    assert not first.done()
    stream.feed([make_delta("hi")])
    assert await first == TextDelta(0, "hi", 2)
    stream.feed([make_delta("!", "stop")])
    assert await read(stream) == [TextDelta(0, "!", 1, (), "stop")]
    assert stream.usage == Usage(3, 0, 3)


async def test_timings_are_known_once_they_happen() -> None:
    stream = make_stream(n=2)
    assert stream.timings == Timings()
    stream.group = group = make_group([1, 2, 3])
    group.arrival_s, group.admitted_s = 10.0, 10.5
    assert stream.timings == Timings(queue_s=0.5)
    group.first_token_s = group.last_token_s = 12.0
    stream.feed([make_delta("a"), make_delta("b", index=1)])
    assert stream.timings == Timings(0.5, 2.0, 0.0)
    group.last_token_s = 16.0
    stream.feed([make_delta("cd", "stop"), make_delta("e", "length", index=1)])
    assert stream.timings == Timings(0.5, 2.0, 4.0, tokens_per_second=3 / 4)


async def test_unread_deltas_are_joined() -> None:
    stream = make_stream()
    logprob = TokenLogprob(7, -1.0)
    stream.feed([TokenDelta(0, (TOKENIZER.encode("a")[0],), (logprob,))])
    stream.feed([TokenDelta(0, (TOKENIZER.encode("b")[0],), (logprob,), "length")])
    assert await read(stream) == [TextDelta(0, "ab", 2, (logprob, logprob), "length")]


async def test_no_delta_ends_within_a_character() -> None:
    stream = make_stream()
    texts = []
    for token_id in TOKENIZER.encode("价格🙂"):
        stream.feed([TokenDelta(0, (token_id,))])
        texts.append((await anext(stream)).text)
    assert "".join(texts) == "价格🙂"
    assert "�" not in "".join(texts)


async def test_an_answer_ends_before_its_stop_string_and_stops_the_engine() -> None:
    inbox: Inbox = queue.SimpleQueue()
    stream = make_stream(inbox, stop=("END",))
    for part in ("well E", "ND", " more", " and more"):
        stream.feed([make_delta(part)])
    stream.feed([make_delta("", "abort")])
    (delta,) = await read(stream)
    assert (delta.text, delta.finish_reason, delta.stop_string) == ("well ", "stop", "END")
    assert inbox.get_nowait() == Stop(stream, 0)
    assert inbox.empty()


async def test_each_sample_ends_for_itself() -> None:
    stream = make_stream(n=2)
    stream.feed([make_delta("a", "stop", index=1), make_delta("b", index=0)])
    stream.feed([make_delta("c", "length", index=0)])
    assert stream.is_finished
    assert {(delta.index, delta.text, delta.finish_reason) for delta in await read(stream)} == {
        (0, "bc", "length"),
        (1, "a", "stop"),
    }


async def test_an_error_comes_after_the_text_before_it() -> None:
    stream = make_stream()
    stream.feed([make_delta("so far")])
    stream.fail(RuntimeError("lost"))
    stream.fail(RuntimeError("a later one"))
    assert (await anext(stream)).text == "so far"
    with pytest.raises(RuntimeError, match="lost"):
        await anext(stream)


async def test_close_aborts_once_and_only_while_something_runs() -> None:
    inbox: Inbox = queue.SimpleQueue()
    stream = make_stream(inbox)
    stream.close()
    stream.close()
    assert inbox.get_nowait() == Abort(stream)
    assert inbox.empty()
    stream.feed([make_delta("late")])
    assert await read(stream) == []
    done = make_stream(inbox)
    done.feed([make_delta("a", "stop")])
    done.close()
    assert inbox.empty()


async def test_close_wakes_a_reader() -> None:
    stream = make_stream()
    reading = asyncio.create_task(read(stream))
    await asyncio.sleep(0)
    stream.close()
    assert await asyncio.wait_for(reading, timeout=30) == []


async def test_what_a_prompt_says_already_is_neither_shown_nor_counted() -> None:
    """The answer continues `abc`, whose last two characters it writes anew."""
    healing = TokenHealing(TokenIndex(TOKENIZER), b"bc", 2)
    prompt = Prompt((1, *TOKENIZER.encode("abc")), num_continued=3, healing=healing)
    dialogue = Dialogue(prompt, SamplingParams(logprobs=0), max_new_tokens=100)
    stream = TokenStream(dialogue, TOKENIZER, queue.SimpleQueue())
    scored = [TokenLogprob(token_id, -1.0) for token_id in TOKENIZER.encode("bcd")]
    stream.feed([TokenDelta(0, tuple(TOKENIZER.encode("b")), tuple(scored[:1]))])
    assert await anext(stream) == TextDelta(0)
    stream.feed([TokenDelta(0, tuple(TOKENIZER.encode("cd")), tuple(scored[1:]), "stop")])
    assert await anext(stream) == TextDelta(0, "d", 1, tuple(scored[2:]), "stop")
    assert stream.usage == Usage(num_prompt=4, num_cached=0, num_generated=1)
