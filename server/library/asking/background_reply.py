"""A reply that a task of its own works for, which ends when the reply is closed."""

import asyncio
import time
from abc import abstractmethod

from server.turn.reply import Reply, ReplyDelta


class BackgroundReply(Reply):
    """A reply whose deltas are sent by `work()`, which begins when the first is asked for."""

    def __init__(self) -> None:
        self.began_s = self.first_s = self.ended_s = time.perf_counter()
        self._sent: asyncio.Queue[ReplyDelta | Exception | None] = asyncio.Queue()
        self._task: asyncio.Task[None] | None = None
        self._is_closed = False

    @abstractmethod
    async def work(self) -> None:
        """Send all deltas. Whatever it raises ends the reply."""

    def send(self, delta: ReplyDelta) -> None:
        """Give the reader a delta."""
        self.ended_s = time.perf_counter()
        if self.first_s == self.began_s and delta.progress is None:
            self.first_s = self.ended_s
        self._sent.put_nowait(delta)

    async def __anext__(self) -> ReplyDelta:
        if self._task is None and not self._is_closed:
            self._task = asyncio.create_task(self._run())
        if self._is_closed and self._sent.empty():
            raise StopAsyncIteration
        found = await self._sent.get()
        if isinstance(found, ReplyDelta):
            return found
        self.close()
        if found is not None:
            raise found
        raise StopAsyncIteration

    async def _run(self) -> None:
        try:
            await self.work()
            self._sent.put_nowait(None)
        except* Exception as group:
            self._sent.put_nowait(_find_first(group))

    def close(self) -> None:
        if not self._is_closed:
            self._is_closed = True
            if self._task is not None:
                self._task.cancel()
            self._sent.put_nowait(None)  # whoever waits for a delta learns that none will come


def _find_first(error: BaseException) -> Exception:
    """Return the first exception of a group that is no group."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    assert isinstance(error, Exception), "others are not caught"
    return error
