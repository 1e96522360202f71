"""One reply for any number of readers: it is computed once, for as long as somebody reads it."""

import asyncio
from collections.abc import Awaitable

from server.turn.reply import Reply, ReplyDelta, ReplyWrapper


class Computation:
    """A reply computed in a task of its own, so that each reader, the first one too, may leave without the others.

    `begin` admits the turn.
    """

    def __init__(self, begin: Awaitable[Reply]) -> None:
        self.deltas: list[ReplyDelta] = []
        self.error: BaseException | None = None
        self.is_over = False
        self.num_readers = 0
        self._changed = asyncio.Event()
        self._admitted: asyncio.Future[Reply] = asyncio.get_running_loop().create_future()
        self._admitted.add_done_callback(_retrieve_error)
        self._task = asyncio.create_task(self._run(begin))

    async def join(self) -> "SharedReply":
        """Return a new reader's reply, once the turn is admitted. Raises what it is refused with."""
        self.num_readers += 1
        try:
            return SharedReply(self, await asyncio.shield(self._admitted))
        except BaseException:
            self.leave()
            raise

    def leave(self) -> None:
        """Count one reader less. When the last one leaves, the computation is over and cannot be joined any more."""
        self.num_readers -= 1
        if self.num_readers == 0 and not self.is_over:
            self.is_over = True
            self._task.cancel()

    async def wait_for_change(self) -> None:
        """Wait until there is a new delta, or the end."""
        await self._changed.wait()

    async def _run(self, begin: Awaitable[Reply]) -> None:
        try:
            reply = await begin
            try:
                self._admitted.set_result(reply)
                async for delta in reply:
                    self.deltas.append(delta)
                    self._wake_readers()
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
            self._wake_readers()

    def _wake_readers(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()  # for those that wait for the next change


def _retrieve_error(admitted: "asyncio.Future[Reply]") -> None:
    """Keep asyncio from logging an error that no reader is left to receive."""
    if not admitted.cancelled():
        admitted.exception()


class SharedReply(ReplyWrapper):
    """One reader's view of a computation, from its beginning. `inner` is the reply that all readers share."""

    def __init__(self, computation: Computation, inner: Reply) -> None:
        super().__init__(inner)
        self._computation = computation
        self._num_read = 0
        self._is_closed = False

    async def __anext__(self) -> ReplyDelta:
        computation = self._computation
        while self._num_read == len(computation.deltas) or self._is_closed:
            if computation.is_over or self._is_closed:
                if computation.error is not None and not self._is_closed:
                    raise computation.error
                raise StopAsyncIteration
            await computation.wait_for_change()
        self._num_read += 1
        self.first_s, self.ended_s = self.inner.first_s, self.inner.ended_s
        return computation.deltas[self._num_read - 1]

    def close(self) -> None:
        if not self._is_closed:
            self._is_closed = True
            self._computation.leave()
