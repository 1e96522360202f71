"""One answer that any number of askers wait for: it is computed once, and as long as anybody does."""

import asyncio
from collections.abc import Awaitable

from server.engine.token_stream import Timings, Usage
from server.turn.reply import Reply, ReplyDelta


class Computation:
    """Runs in a task of its own: the asker it was begun for may leave, the others stay."""

    def __init__(self, begin: Awaitable[Reply]) -> None:
        self.parts: list[ReplyDelta] = []
        self.error: BaseException | None = None
        self.is_over = False
        self.num_readers = 0
        self._changed = asyncio.Event()
        self._admitted: asyncio.Future[Reply] = asyncio.get_running_loop().create_future()
        self._admitted.add_done_callback(_seen)
        self._task = asyncio.create_task(self._run(begin))

    async def join(self) -> "SharedReply":
        """Once it is admitted. Raises what it is refused with."""
        self.num_readers += 1
        try:
            return SharedReply(self, await asyncio.shield(self._admitted))
        except BaseException:
            self.leave()
            raise

    def leave(self) -> None:
        """The last one to leave ends it; whoever asks from then on must begin another."""
        self.num_readers -= 1
        if self.num_readers == 0 and not self.is_over:
            self.is_over = True
            self._task.cancel()

    async def changed(self) -> None:
        await self._changed.wait()

    async def _run(self, begin: Awaitable[Reply]) -> None:
        try:
            reply = await begin
            try:
                self._admitted.set_result(reply)
                async for part in reply:
                    self.parts.append(part)
                    self._tell()
            finally:
                reply.close()
        except BaseException as error:
            self.error = error
            if not isinstance(error, Exception):
                self._admitted.cancel()
                raise
            if not self._admitted.done():
                self._admitted.set_exception(error)
        finally:
            self.is_over = True
            self._tell()

    def _tell(self) -> None:
        """Whoever waits now is woken; whoever looks later waits for the next change."""
        self._changed.set()
        self._changed = asyncio.Event()


def _seen(admitted: "asyncio.Future[Reply]") -> None:
    """An error that nobody is left to be told of is no surprise."""
    if not admitted.cancelled():
        admitted.exception()


class SharedReply(Reply):
    """One asker's view of a computation, from its beginning; `shared` is what all of them read."""

    def __init__(self, computation: Computation, reply: Reply) -> None:
        self.began_s, self.first_s, self.ended_s = reply.began_s, reply.first_s, reply.ended_s
        self.num_dropped = reply.num_dropped
        self.shared = reply
        self._computation = computation
        self._num_read = 0
        self._is_closed = False

    @property
    def usage(self) -> Usage:
        return self.shared.usage

    @property
    def timings(self) -> Timings:
        return self.shared.timings

    async def __anext__(self) -> ReplyDelta:
        computation = self._computation
        while self._num_read == len(computation.parts) or self._is_closed:
            if computation.is_over or self._is_closed:
                if computation.error is not None and not self._is_closed:
                    raise computation.error
                raise StopAsyncIteration
            await computation.changed()
        self._num_read += 1
        self.first_s, self.ended_s = self.shared.first_s, self.shared.ended_s
        return computation.parts[self._num_read - 1]

    def close(self) -> None:
        if not self._is_closed:
            self._is_closed = True
            self._computation.leave()
