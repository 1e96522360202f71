"""What a step brought is passed on to its stream, or ends that stream with an error."""

import asyncio
import queue
from typing import Any

import pytest

from server.engine.delivery import call_soon, deliver
from server.engine.device_worker import StreamUpdate
from server.engine.token_stream import Abort, TokenDelta, TokenStream
from tests.helpers.fakes import FakeChatModel


@pytest.fixture
def stream() -> TokenStream:
    fake = FakeChatModel()
    return TokenStream(fake.prepare([{"role": "user", "content": ["a"]}]), fake.builder.tokenizer, queue.SimpleQueue())


async def read(stream: TokenStream) -> list[str]:
    return [delta.text async for delta in stream]


@pytest.mark.anyio
async def test_tokens_become_text(stream: TokenStream) -> None:
    ids = tuple(stream.tokenizer.encode("abc"))
    deliver(StreamUpdate(stream, [TokenDelta(0, ids, (), "stop")], None, is_last=True))
    assert await read(stream) == ["abc"]


@pytest.mark.anyio
@pytest.mark.parametrize("error", [ZeroDivisionError("x"), BaseException("a panic")])
async def test_an_error_comes_after_the_text_before_it(stream: TokenStream, error: BaseException) -> None:
    ids = tuple(stream.tokenizer.encode("abc"))
    deliver(StreamUpdate(stream, [TokenDelta(0, ids)], None, is_last=True, error=error))
    assert (await anext(stream)).text == "abc"
    with pytest.raises((ZeroDivisionError, RuntimeError)) as raised:
        await read(stream)
    assert error in (raised.value, raised.value.__cause__)


@pytest.mark.anyio
async def test_a_stream_that_lost_text_takes_no_more(stream: TokenStream) -> None:
    broken: Any = (object(),)
    deliver(StreamUpdate(stream, [TokenDelta(0, broken)], None, is_last=False))
    deliver(StreamUpdate(stream, [TokenDelta(0, tuple(stream.tokenizer.encode("b")), (), "stop")], None, is_last=True))
    with pytest.raises(TypeError):
        await read(stream)
    message = stream.inbox.get_nowait()
    assert isinstance(message, Abort)
    assert message.stream is stream


def test_a_closed_event_loop_is_told_nothing() -> None:
    loop = asyncio.new_event_loop()
    calls: list[int] = []
    call_soon(loop, calls.append, 1)
    loop.run_until_complete(asyncio.sleep(0))
    loop.close()
    call_soon(loop, calls.append, 2)
    assert calls == [1]
