"""One reply for the turns of one request: their answers come as they grow, numbered over all of the turns."""

import asyncio
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import replace

from server.engine.token_stream import Usage
from server.turn.reply import Reply, ReplyDelta


class JoinedReply(Reply):
    """The replies to several turns with `num_answers` answers each: number `i` of turn `t` is `t * num_answers + i`.

    What ends one of them with an error ends all. `places` is what they hold together, which is given back at the end.
    """

    def __init__(self, replies: Sequence[Reply], num_answers: int, places: ExitStack) -> None:
        self._replies = tuple(replies)
        self._num_answers = num_answers
        self._places = places
        self._num_open = len(self._replies)
        self._readers: list[asyncio.Task[None]] = []
        self._next: asyncio.Queue[ReplyDelta | Exception | None] = asyncio.Queue(maxsize=1)
        """The next delta, or what ended a reply. Replies wait for their turn, and join their deltas meanwhile."""
        self.began_s = self.first_s = self.ended_s = replies[0].began_s

    @property
    def usage(self) -> Usage:
        counts = [reply.usage for reply in self._replies]
        return Usage(
            num_prompt=sum(usage.num_prompt for usage in counts),
            num_cached=sum(usage.num_cached for usage in counts),
            num_generated=sum(usage.num_generated for usage in counts),
            num_image=sum(usage.num_image for usage in counts),
        )

    async def __anext__(self) -> ReplyDelta:
        if self._num_open and not self._readers:
            self._readers = [asyncio.create_task(self._read(turn)) for turn in range(len(self._replies))]
        while self._num_open:
            found = await self._next.get()
            if isinstance(found, ReplyDelta):
                self.ended_s = time.perf_counter()
                if self.first_s == self.began_s:
                    self.first_s = self.ended_s
                return found
            if found is not None:
                self.close()
                raise found
            self._num_open -= bool(self._num_open)
        self.close()
        raise StopAsyncIteration

    async def _read(self, turn: int) -> None:
        try:
            async for delta in self._replies[turn]:
                await self._next.put(replace(delta, index=turn * self._num_answers + delta.index))
            await self._next.put(None)
        except Exception as error:
            await self._next.put(error)

    def close(self) -> None:
        self._num_open = 0
        for reader in self._readers:
            reader.cancel()
        for reply in self._replies:
            reply.close()
        self._places.close()
        if self._next.empty():  # whoever waits for a delta learns that none will come
            self._next.put_nowait(None)
