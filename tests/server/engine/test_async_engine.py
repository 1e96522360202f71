"""The event loop never waits for the device thread, and each stream ends once."""

import asyncio
import threading
from typing import Any

import pytest

from model.chat import Dialogue
from model.constraint import Constraint
from model.engine.sequence import Priority
from model.errors import CacheTooSmall, PromptTooLong
from server.engine.async_engine import AsyncEngine, RequestLimits
from server.engine.token_stream import TextDelta, TokenStream
from server.errors import EngineStopped, QueueFull, RequestTimedOut
from tests.helpers.fakes import FakeChatModel

pytestmark = pytest.mark.anyio


def question(text: str) -> list[dict[str, object]]:
    return [{"role": "user", "content": [text]}]


async def dialogue(engine: AsyncEngine, text: str, **options: Any) -> Dialogue:
    return await engine.prepare(question(text), **options)


async def read(stream: TokenStream) -> list[TextDelta]:
    return [delta async for delta in stream]


async def answer(engine: AsyncEngine, text: str, **options: Any) -> str:
    stream = engine.submit(await dialogue(engine, text, **options))
    try:
        return "".join([delta.text async for delta in stream])
    finally:
        stream.close()


def read_unready_reason(engine: AsyncEngine) -> str | None:
    return engine.unready_reason


async def becomes_idle(fake: FakeChatModel) -> bool:
    """Wait up to 20 seconds for the engine to be idle."""
    for _ in range(2000):
        if fake.engine.is_idle:
            return True
        await asyncio.sleep(0.01)
    return False


async def test_a_requests_options_take_precedence_over_the_servers() -> None:
    fake = FakeChatModel()
    engine = AsyncEngine(fake, {"max_new_tokens": 70, "top_k": 3})
    assert await answer(engine, "hello", top_k=5) == "0/1: hello"
    assert fake.options == {"max_new_tokens": 70, "top_k": 5}
    await engine.close()


async def test_many_concurrent_requests_get_their_own_answers() -> None:
    engine = AsyncEngine(FakeChatModel(), {})
    answers = await asyncio.gather(*(answer(engine, f"number {i}") for i in range(100)))
    assert answers == [f"0/1: number {i}" for i in range(100)]
    await engine.close()


async def test_concurrent_requests_share_steps() -> None:
    fake = FakeChatModel(delay_s=0.02)
    engine = AsyncEngine(fake, {})
    dialogues = [await dialogue(engine, f"slow {i}") for i in range(20)]
    await asyncio.gather(*(read(engine.submit(each)) for each in dialogues))
    runner: Any = fake.engine.runner
    assert runner.num_steps < 20 * len("0/1: slow 0") / 4
    await engine.close()


async def test_a_stream_gives_text_as_it_comes_and_a_finish_reason() -> None:
    engine = AsyncEngine(FakeChatModel(delay_s=0.01), {})
    stream = engine.submit(await dialogue(engine, "slow 慢慢说"))
    deltas = await read(stream)
    assert "".join(delta.text for delta in deltas) == "0/1: slow 慢慢说"
    assert len(deltas) > 5
    assert [delta.finish_reason for delta in deltas if delta.finish_reason] == ["stop"]
    assert deltas[-1].finish_reason == "stop"
    assert stream.usage.num_prompt == len("0/1: slow 慢慢说".encode())
    assert stream.usage.num_generated == stream.usage.num_prompt + 1
    assert await read(stream) == [], "it ends once"
    await engine.close()


async def test_the_event_loop_runs_on_during_an_answer() -> None:
    engine = AsyncEngine(FakeChatModel(delay_s=0.05), {})
    answering = asyncio.create_task(answer(engine, "slow"))
    num_wakes = 0
    while not answering.done():
        await asyncio.sleep(0.01)
        num_wakes += 1
    assert num_wakes > 1  # a blocked loop would run once
    await engine.close()


async def test_a_slow_reader_slows_nobody_and_gets_joined_text() -> None:
    engine = AsyncEngine(FakeChatModel(), {})
    lazy = engine.submit(await dialogue(engine, "first"))
    await asyncio.wait_for(answer(engine, "second"), timeout=30)
    while not lazy.is_finished:
        await asyncio.sleep(0.01)
    deltas = await read(lazy)
    assert [(delta.text, delta.num_tokens, delta.finish_reason) for delta in deltas] == [("0/1: first", 11, "stop")]
    await engine.close()


async def test_the_deltas_of_samples_have_their_index() -> None:
    engine = AsyncEngine(FakeChatModel(), {})
    deltas = await read(engine.submit(await dialogue(engine, "hi", n=3)))
    for index in range(3):
        assert "".join(delta.text for delta in deltas if delta.index == index) == "0/1: hi"
    assert sorted(delta.index for delta in deltas if delta.finish_reason) == [0, 1, 2]
    await engine.close()


async def test_a_stop_string_is_never_shown_and_ends_the_generation() -> None:
    fake = FakeChatModel(delay_s=0.005)
    engine = AsyncEngine(fake, {})
    stream = engine.submit(await dialogue(engine, f"slow hello END {'and more ' * 200}", stop=["END"]))
    deltas = await read(stream)
    assert "".join(delta.text for delta in deltas) == "0/1: slow hello "
    assert deltas[-1].finish_reason == "stop"
    assert await becomes_idle(fake)
    runner: Any = fake.engine.runner
    assert runner.num_steps < 1000
    await engine.close()


async def test_closing_a_stream_frees_what_it_held() -> None:
    fake = FakeChatModel(delay_s=0.01)
    engine = AsyncEngine(fake, {})
    stream = engine.submit(await dialogue(engine, "slow " * 100))
    await anext(stream)
    for _ in range(2):
        stream.close()
    assert await becomes_idle(fake)
    assert fake.engine.scheduler.pool.num_used == 0
    assert [delta.finish_reason for delta in await read(stream)] in ([], [None])
    await engine.close()


async def test_a_cancelled_answer_frees_what_it_held() -> None:
    fake = FakeChatModel(delay_s=0.01)
    engine = AsyncEngine(fake, {})
    task = asyncio.create_task(answer(engine, "slow " * 100))
    await asyncio.sleep(0.1)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await becomes_idle(fake)
    await engine.close()


async def test_an_error_ends_only_the_requests_of_its_step() -> None:
    engine = AsyncEngine(FakeChatModel(), {})
    with pytest.raises(RuntimeError, match="a secret of the inside"):
        await answer(engine, "fail")
    assert await answer(engine, "next") == "0/1: next"
    await engine.close()


async def test_a_request_that_cannot_run_is_refused_when_it_is_prepared() -> None:
    fake = FakeChatModel(max_tokens=1)
    engine = AsyncEngine(fake, {})
    with pytest.raises(PromptTooLong):
        await engine.prepare([*question("a"), *question("b")])
    with pytest.raises(PromptTooLong, match="the limit is 3999"):
        await dialogue(engine, "x" * 5000)
    with pytest.raises(CacheTooSmall):
        await dialogue(engine, "x" * 3000, n=16)
    assert fake.engine.is_idle
    await engine.close()


async def test_a_full_server_refuses_until_a_request_ends() -> None:
    engine = AsyncEngine(FakeChatModel(delay_s=0.01), {}, RequestLimits(max_requests=2))
    *dialogues, third = [await dialogue(engine, text) for text in ("slow 0", "slow 1", "third")]
    streams = [engine.submit(each) for each in dialogues]
    with pytest.raises(QueueFull):
        engine.submit(third)
    for stream in streams:
        await read(stream)
    assert "".join(delta.text for delta in await read(engine.submit(third))) == "0/1: third"
    await engine.close()


async def test_an_answer_that_takes_too_long_is_ended() -> None:
    fake = FakeChatModel(delay_s=0.02)
    engine = AsyncEngine(fake, {}, RequestLimits(max_request_s=1.0))
    with pytest.raises(RequestTimedOut):
        await answer(engine, "slow " * 100)
    assert await becomes_idle(fake)
    assert await answer(engine, "quick") == "0/1: quick"
    await engine.close()


async def test_high_priority_is_passed_on() -> None:
    fake = FakeChatModel()
    engine = AsyncEngine(fake, {})
    added: list[Any] = []
    add = fake.engine.add
    fake.engine.add = lambda *args: added.append(args[3]) or add(*args)  # type: ignore[method-assign, func-returns-value]
    await read(engine.submit(await dialogue(engine, "hi"), Priority.HIGH))
    assert added == [Priority.HIGH]
    await engine.close()


async def test_close_ends_what_runs_and_admits_nothing_more() -> None:
    before = set(threading.enumerate())
    engine = AsyncEngine(FakeChatModel(delay_s=0.02), {})
    running = asyncio.create_task(answer(engine, "slow " * 100))
    await asyncio.sleep(0.1)
    late = await dialogue(engine, "late")
    await engine.close()
    with pytest.raises(EngineStopped):
        await running
    with pytest.raises(EngineStopped):
        engine.submit(late)
    assert "device" not in {thread.name for thread in set(threading.enumerate()) - before}


async def test_a_device_thread_that_dies_ends_every_stream(monkeypatch: pytest.MonkeyPatch) -> None:
    fake = FakeChatModel()
    engine = AsyncEngine(fake, {})

    def broken() -> None:
        raise SystemError("broken beyond repair")

    monkeypatch.setattr(fake.engine, "step", broken)
    with pytest.raises(EngineStopped):
        await asyncio.wait_for(answer(engine, "hello"), timeout=30)
    with pytest.raises(EngineStopped):
        engine.submit(await dialogue(engine, "again"))
    await engine.close()


async def test_drain_lets_answers_finish_and_admits_nothing_more() -> None:
    engine = AsyncEngine(FakeChatModel(delay_s=0.02), {})
    late = await dialogue(engine, "late")
    running = asyncio.create_task(answer(engine, "slow"))
    while engine.num_requests == 0:
        await asyncio.sleep(0)
    draining = asyncio.create_task(engine.drain(60))
    await asyncio.sleep(0)
    assert read_unready_reason(engine) == "draining"
    with pytest.raises(EngineStopped):
        engine.submit(late)
    assert await running == "0/1: slow"
    await draining
    assert read_unready_reason(engine) == "engine stopped"
    await engine.close()


@pytest.mark.parametrize("is_cancelled", [False, True])
async def test_drain_ends_what_does_not_finish_in_time(is_cancelled: bool) -> None:
    engine = AsyncEngine(FakeChatModel(delay_s=0.02), {})
    stream = engine.submit(await dialogue(engine, "slow " * 100))
    draining = asyncio.create_task(engine.drain(60 if is_cancelled else 0.05))
    await asyncio.sleep(0.05)
    if is_cancelled:
        draining.cancel()
    with pytest.raises(EngineStopped):
        await read(stream)
    await asyncio.wait([draining])
    await engine.close()


async def test_nothing_is_admitted_during_a_stuck_step() -> None:
    engine = AsyncEngine(FakeChatModel(delay_s=1.0), {}, RequestLimits(step_timeout_s=0.1))
    late = await dialogue(engine, "late")
    stream = engine.submit(await dialogue(engine, "slow"))
    while read_unready_reason(engine) is None:
        await asyncio.sleep(0.01)
    assert read_unready_reason(engine) == "engine stuck"
    with pytest.raises(EngineStopped):
        engine.submit(late)
    stream.close()
    while read_unready_reason(engine) is not None:
        await asyncio.sleep(0.01)
    assert await answer(engine, "late") == "0/1: late"
    await engine.close()


async def test_a_closed_engine_prepares_nothing() -> None:
    engine = AsyncEngine(FakeChatModel(), {})
    await engine.close()
    with pytest.raises(EngineStopped):
        await dialogue(engine, "late")
    with pytest.raises(EngineStopped):
        await engine.compile(Constraint({"type": "object"}))
