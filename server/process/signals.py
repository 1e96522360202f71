"""The signals that ask the process to end or to read its files again, and waiting that they interrupt."""

import asyncio
import signal
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

Result = TypeVar("Result")


class Interrupted(Exception):
    """A signal has come before the work was done."""


class Signals:
    """SIGINT and SIGTERM: the first asks the process to end when answers have ended, a second to end at once.

    SIGHUP sets `hangup`, which whoever acts on it clears.
    """

    def __init__(self) -> None:
        self.first = asyncio.Event()
        self.second = asyncio.Event()
        self.hangup = asyncio.Event()

    @contextmanager
    def catch(self) -> Iterator[None]:
        loop = asyncio.get_running_loop()
        handlers = {
            signal.SIGINT: self._set_next,
            signal.SIGTERM: self._set_next,
            signal.SIGHUP: self.hangup.set,
        }
        for number, handler in handlers.items():
            loop.add_signal_handler(number, handler)
        try:
            yield
        finally:
            for number in handlers:
                loop.remove_signal_handler(number)

    def _set_next(self) -> None:
        (self.second if self.first.is_set() else self.first).set()

    async def interrupt(self, work: Coroutine[Any, Any, Result]) -> Result:
        """Return what `work` returns. Raises `Interrupted` where a signal comes first, and what `work` raises."""
        task = asyncio.ensure_future(work)
        if await wait_for_first(task, self.first.wait()) == 1:
            raise Interrupted
        return task.result()


async def wait_for_first(*works: Coroutine[Any, Any, Any] | asyncio.Future[Any]) -> int:
    """Return the index of the one that ends first, by an error too; the others are cancelled."""
    tasks = [asyncio.ensure_future(work) for work in works]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        return next(index for index, task in enumerate(tasks) if task in done)
    finally:
        unfinished = [task for task in tasks if not task.done()]
        for task in unfinished:
            task.cancel()
        await asyncio.gather(*unfinished, return_exceptions=True)
