"""Calls of tools that are Python functions of the operator's, each in a thread of its own."""

import asyncio
import importlib
import inspect
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec

from server.tools.refusal import ToolRefused
from server.tools.result import ToolResult

MAX_THREADS = 16
"""How many calls of one function may run at once, those included that nobody waits for any more."""


@dataclass(frozen=True)
class EntryPoint:
    """A tool that is a function. It is called with keyword arguments, and its result has at most `max_bytes` of JSON.

    A thread cannot be ended: one that takes too long runs on, and its place stays taken until it returns.
    """

    function: Callable[..., Any]
    max_bytes: int
    places: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(MAX_THREADS), repr=False)

    async def call(self, arguments: Mapping[str, Any], limit_s: float, idempotency_key: str | None) -> ToolResult:
        """Call the function and return how it ended, within `limit_s` seconds.

        It is given the `idempotency_key` where it has a parameter of that name.
        """
        given = dict(arguments)
        if idempotency_key is not None and takes(self.function, "idempotency_key"):
            given["idempotency_key"] = idempotency_key
        if not self.places.acquire(blocking=False):
            return ToolResult("failed", error="too many calls of it are running")
        loop = asyncio.get_running_loop()
        result: asyncio.Future[ToolResult] = loop.create_future()
        threading.Thread(target=self._run, args=(given, loop, result), name="tool", daemon=True).start()
        try:
            async with asyncio.timeout(limit_s):
                return await result
        except TimeoutError:
            return ToolResult("unknown", error=f"it did not end within {limit_s:g} seconds")

    def _run(
        self, given: Mapping[str, Any], loop: asyncio.AbstractEventLoop, result: "asyncio.Future[ToolResult]"
    ) -> None:
        """Call the function in its thread. The loop may be closed by the time that it returns."""
        try:
            ended = self._call(given)
        finally:
            self.places.release()
        if not loop.is_closed():
            loop.call_soon_threadsafe(_set_result, result, ended)

    def _call(self, given: Mapping[str, Any]) -> ToolResult:
        """Return how the function ended; whatever it raises may have come after a change, unless it says otherwise."""
        try:
            data = self.function(**given)
            encoded = msgspec.json.encode(data)
            if len(encoded) > self.max_bytes:
                return ToolResult("unknown", error=f"its result is larger than {self.max_bytes:,} bytes")
            return ToolResult("done", msgspec.json.decode(encoded))
        except ToolRefused as error:
            return ToolResult("failed", error=str(error))
        except BaseException as error:
            return ToolResult("unknown", error=f"it raised {type(error).__name__}")


def load_function(path: str) -> Callable[..., Any]:
    """Return the function of a path such as `package.module:function`. Raises `ValueError`."""
    module, _, name = path.partition(":")
    try:
        function = getattr(importlib.import_module(module), name)
    except Exception as error:  # the operator's module may raise anything
        raise ValueError(f"{path} cannot be loaded: {type(error).__name__}: {error}") from error
    if not callable(function) or inspect.iscoroutinefunction(function):
        raise ValueError(f"{path} is no plain function")
    return function  # type: ignore[no-any-return]


def takes(function: Callable[..., Any], name: str) -> bool:
    """Whether a function has a parameter of that name, or takes any."""
    parameters = inspect.signature(function).parameters.values()
    kinds = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)
    return any(
        each.kind is inspect.Parameter.VAR_KEYWORD or (each.name == name and each.kind in kinds) for each in parameters
    )


def _set_result(result: "asyncio.Future[ToolResult]", ended: ToolResult) -> None:
    if not result.done():
        result.set_result(ended)
