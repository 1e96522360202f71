"""Running tools."""

import asyncio
from typing import Any

import pytest

from server.tools.result import ToolResult
from server.tools.runner import ToolRunner
from tests.helpers.tools import ANN, KeptCall, make_runner, make_tool

pytestmark = pytest.mark.anyio

GOOD = {"order": "AB123456"}
MINE = {"customer": "sub"}


def make(call: KeptCall, **given: Any) -> ToolRunner:
    limits = {name: given.pop(name) for name in ("max_calls", "max_s") if name in given}
    return make_runner(make_tool(call=call, **given), **limits)


async def test_a_tool_runs_with_the_identity_of_who_asks() -> None:
    call = KeptCall()
    result = await make(call, identity=MINE).run("get_order", GOOD, ANN, "key1")
    assert result == ToolResult("done", {"order": "AB123456", "state": "shipped"})
    assert call.calls == [({"order": "AB123456", "customer": "ann"}, "key1")]


async def test_the_model_cannot_write_the_identity() -> None:
    call = KeptCall()
    runner = make(call, identity=MINE)
    assert (await runner.run("get_order", {**GOOD, "customer": "bo"}, ANN)).state == "failed"
    assert call.calls == []
    opened = make(call, identity=MINE, arguments={"type": "object", "additionalProperties": True})
    assert (await opened.run("get_order", {"customer": "bo"}, ANN)).state == "done"
    assert call.calls == [({"customer": "ann"}, None)]


async def test_nobody_runs_a_tool_that_needs_an_identity() -> None:
    call = KeptCall()
    result = await make(call, identity=MINE).run("get_order", GOOD, None)
    assert (result.state, result.error) == ("failed", "it is not known who asks")
    assert call.calls == []


@pytest.mark.parametrize(
    "arguments",
    [{}, {"order": 7}, {"order": "ab123456"}, {"order": "AB123456'; DROP"}, {**GOOD, "more": 1}, {"order": "\ud800"}],
)
async def test_arguments_that_do_not_fit_are_not_sent(arguments: dict[str, Any]) -> None:
    call = KeptCall()
    result = await make(call).run("get_order", arguments, None)
    assert result.state == "failed"
    assert "arguments" in (result.error or "")
    assert call.calls == []


async def test_an_unknown_tool_fails() -> None:
    assert (await make_runner().run("get_order", GOOD, ANN)).error == "there is no tool get_order"


async def test_only_a_change_can_end_unknown() -> None:
    broken = KeptCall(ToolResult("unknown", error="no answer"))
    assert await make(broken).run("get_order", GOOD, ANN) == ToolResult("failed", error="no answer")
    changing = make(broken, changes=True)
    assert await changing.run("get_order", GOOD, ANN) == ToolResult("unknown", error="no answer")


async def test_calls_of_all_turns_share_their_places() -> None:
    call = KeptCall(gate=asyncio.Event())
    runner = make(call, max_calls=2)
    running = [asyncio.create_task(runner.run("get_order", GOOD, ANN)) for _ in range(5)]
    await asyncio.sleep(0.05)
    assert call.num_running == 2
    assert call.gate is not None
    call.gate.set()
    assert {(await each).state for each in running} == {"done"}
    assert call.most == 2


async def test_a_call_waits_only_so_long_for_its_place() -> None:
    call = KeptCall(gate=asyncio.Event())
    runner = make(call, max_calls=1, max_s=0.1)
    first = asyncio.create_task(runner.run("get_order", GOOD, ANN))
    await asyncio.sleep(0)
    second = await runner.run("get_order", GOOD, ANN)
    assert (second.state, second.error) == ("failed", "too many calls are running")
    first.cancel()
    await asyncio.gather(first, return_exceptions=True)
    assert call.was_cancelled
    call.gate = None
    assert (await runner.run("get_order", GOOD, ANN)).state == "done"  # the place was given back


async def test_tools_are_read_anew_for_each_call() -> None:
    tools = {"get_order": make_tool(call=KeptCall())}
    runner = ToolRunner(lambda _: tools, make_runner()._limits)
    assert (await runner.run("get_order", GOOD, ANN)).state == "done"
    tools = {}
    assert (await runner.run("get_order", GOOD, ANN)).state == "failed"


def test_sentences_of_declarations_are_found() -> None:
    runner = make(KeptCall(), changes=True, done={"zh": "已退货", "en": "Returned"})
    assert runner.find_text("get_order", "confirm", "en") == "Return {order}"
    assert runner.find_text("get_order", "done", "zh") == "已退货"
    assert make(KeptCall()).find_text("get_order", "confirm", "en") is None
    assert runner.find_text("nothing", "confirm", "en") is None
