"""One thread for the model, and an event loop that never waits for it."""

import asyncio

import pytest

from server.engine import AsyncModel
from tests.fakes import FakeChatModel


def question(text: str) -> list[dict[str, object]]:
    return [{"role": "user", "content": [text]}]


@pytest.mark.anyio
async def test_options_reach_the_model() -> None:
    fake = FakeChatModel()
    model = AsyncModel(fake, {"max_new_tokens": 7})
    assert await model.answer(question("hello")) == "0/1: hello"
    assert fake.options == {"max_new_tokens": 7}
    await model.close()


@pytest.mark.anyio
async def test_all_requests_run_in_one_thread_in_order() -> None:
    fake = FakeChatModel(delay_s=0.01)
    model = AsyncModel(fake, {})
    answers = await asyncio.gather(*(model.answer(question(f"slow {i}")) for i in range(20)))
    assert answers == [f"0/1: slow {i}" for i in range(20)]
    assert len(fake.threads) == 1
    await model.close()


@pytest.mark.anyio
async def test_the_event_loop_runs_on_during_an_answer() -> None:
    model = AsyncModel(FakeChatModel(delay_s=0.3), {})
    answer = asyncio.create_task(model.answer(question("slow")))
    num_turns = 0
    while not answer.done():
        await asyncio.sleep(0.01)
        num_turns += 1
    assert num_turns > 1  # a blocked loop would turn once
    await model.close()


@pytest.mark.anyio
async def test_a_fault_ends_its_own_request_only() -> None:
    model = AsyncModel(FakeChatModel(), {})
    with pytest.raises(RuntimeError):
        await model.answer(question("fail"))
    assert await model.answer(question("next")) == "0/1: next"
    await model.close()


@pytest.mark.anyio
async def test_close_waits_for_the_running_answer() -> None:
    model = AsyncModel(FakeChatModel(delay_s=0.2), {})
    answer = asyncio.create_task(model.answer(question("slow")))
    await asyncio.sleep(0.05)
    await model.close()
    assert answer.done()
    assert await answer == "0/1: slow"
