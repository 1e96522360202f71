"""A reply that ends at once where a person takes the session over."""

import asyncio
from typing import Any

from server.handover.watching import SessionWatch
from server.turn.reply import Reply, ReplyDelta, ReplyWrapper


class SilencedReply(ReplyWrapper):
    """Passes on a reply while the model may speak; before each piece that is checked again.

    While the session waits for a person, only words that no model wrote are passed on: a rule may have asked for the
    person and says so. Where a tool did, it was this reply's own, which ends with the words that say so. `is_silenced`
    tells whether the reply was ended before its own end.
    """

    def __init__(self, inner: Reply, watch: SessionWatch) -> None:
        super().__init__(inner)
        self.is_silenced = False
        self._has_ended = False
        self._watch = watch
        self._changing: asyncio.Task[bool] | None = None

    async def __anext__(self) -> ReplyDelta:
        reading = asyncio.ensure_future(super().__anext__())
        try:
            while not reading.done() and not self._must_stop:
                await self._wait_for(reading)
            if self._must_stop:
                self.is_silenced = True
                self.close()
                raise StopAsyncIteration
            delta = reading.result()
        finally:
            await _cancel(reading)
        self._has_ended = delta.finish_reason is not None
        return delta

    async def _wait_for(self, reading: "asyncio.Future[ReplyDelta]") -> None:
        """Wait for the next piece, or for a change of who answers."""
        if self._changing is None or self._changing.done():
            self._changing = asyncio.create_task(self._watch.wait())
        both: set[asyncio.Future[Any]] = {reading, self._changing}
        await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)

    @property
    def _must_stop(self) -> bool:
        handover = self._watch.handover
        if self._has_ended or handover is None:
            return False
        if self.is_silenced or handover.state == "person":
            return True
        return self._watch.is_silent and handover.reason != "tool" and self.usage.num_generated > 0

    def close(self) -> None:
        if self._changing is not None:
            self._changing.cancel()
        super().close()


async def _cancel(reading: "asyncio.Future[ReplyDelta]") -> None:
    """Cancel what nobody waits for any more, and take its error."""
    if not reading.done():
        reading.cancel()
        await asyncio.wait({reading})
    if not reading.cancelled():
        reading.exception()
