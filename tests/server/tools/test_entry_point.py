"""Calls of Python functions."""

import asyncio
import threading
import time
from typing import Any

import pytest

from server.tools.entry_point import MAX_THREADS, EntryPoint, load_function, takes
from server.tools.refusal import ToolRefused
from server.tools.result import ToolResult

pytestmark = pytest.mark.anyio


def add(first: int, second: int = 1) -> dict[str, int]:
    return {"sum": first + second}


def keep_key(order: str, idempotency_key: str) -> str:
    return f"{order} {idempotency_key}"


async def ask_later() -> None: ...


async def call(function: Any, limit_s: float = 5.0, max_bytes: int = 100, **arguments: Any) -> ToolResult:
    return await EntryPoint(function, max_bytes).call(arguments, limit_s, None)


async def test_a_function_is_called_with_keywords_in_a_thread() -> None:
    threads: list[threading.Thread] = []

    def look(order: str) -> str:
        threads.append(threading.current_thread())
        return order

    assert await call(look, order="AB123456") == ToolResult("done", "AB123456")
    assert threads[0] is not threading.main_thread()
    assert await call(add, first=2) == ToolResult("done", {"sum": 3})


async def test_the_loop_goes_on_meanwhile() -> None:
    released = threading.Event()
    task = asyncio.create_task(call(lambda: released.wait(5)))
    await asyncio.sleep(0.01)
    released.set()
    assert (await task).data is True


async def test_a_function_gets_the_key_where_it_takes_one() -> None:
    assert (await EntryPoint(keep_key, 100).call({"order": "A"}, 5, "k1")).data == "A k1"
    assert (await EntryPoint(add, 100).call({"first": 1}, 5, "k1")).data == {"sum": 2}


async def test_a_function_that_takes_too_long_is_not_waited_for() -> None:
    released = threading.Event()
    began_s = time.monotonic()
    result = await call(lambda: released.wait(5), limit_s=0.1)
    released.set()
    assert (result.state, result.error) == ("unknown", "it did not end within 0.1 seconds")
    assert time.monotonic() - began_s < 2


async def test_stuck_threads_are_limited_together() -> None:
    released = threading.Event()
    entry = EntryPoint(lambda: released.wait(10), 100)
    stuck = await asyncio.gather(*(entry.call({}, 0.1, None) for _ in range(MAX_THREADS)))
    assert {result.state for result in stuck} == {"unknown"}
    refused = await entry.call({}, 0.1, None)
    assert (refused.state, refused.error) == ("failed", "too many calls of it are running")
    released.set()
    for _ in range(500):
        if (await entry.call({}, 5, None)).state == "done":
            return
        await asyncio.sleep(0.01)
    raise AssertionError("the places of threads that ended were not given back")


async def test_what_a_function_raises_may_have_come_after_a_change() -> None:
    def fail() -> None:
        raise RuntimeError("the password is hush")

    def leave() -> None:
        raise SystemExit

    def refuse() -> None:
        raise ToolRefused("there is no such order")

    result = await call(fail)
    assert (result.state, result.error) == ("unknown", "it raised RuntimeError")
    assert (await call(leave)).state == "unknown"
    assert await call(refuse) == ToolResult("failed", error="there is no such order")


async def test_results_are_json_of_a_limited_size() -> None:
    assert "larger than 100 bytes" in ((await call(lambda: "a" * 200)).error or "")
    assert "TypeError" in ((await call(lambda: object())).error or "")
    assert (await call(lambda: (1, 2))).data == [1, 2]


def test_functions_are_loaded_by_their_path() -> None:
    assert load_function("tests.server.tools.test_entry_point:add") is add
    for path, error in (
        ("no.such.module:x", "cannot be loaded"),
        ("tests.server.tools.test_entry_point:nothing", "cannot be loaded"),
        ("tests.server.tools.test_entry_point:MAX_THREADS", "no plain function"),
        ("tests.server.tools.test_entry_point:ask_later", "no plain function"),
    ):
        with pytest.raises(ValueError, match=error):
            load_function(path)


def test_parameters_are_found() -> None:
    assert takes(add, "second")
    assert not takes(add, "third")
    assert takes(lambda **given: given, "third")
    assert not takes(lambda first, /: first, "first")
