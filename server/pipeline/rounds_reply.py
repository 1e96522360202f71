"""The reply to a turn whose model may call tools: the rounds of the turn, as one answer."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import replace

from model.tools import ToolCall
from server.engine.token_stream import Timings, Usage
from server.errors import RequestTimedOut
from server.library.asking.map_requests import add_usage
from server.pipeline.tool_rounds import ToolRounds
from server.turn.reply import FixedReply, Reply, ReplyDelta, ScoredPrompt

FREE = Usage(0, 0, 0)


class RoundsReply(Reply):
    """The answer of the last round, as it streams; of those before it, what the model wrote beside its calls.

    `limit_s` is how long all rounds may take together, in seconds.
    """

    def __init__(self, first: Reply, rounds: ToolRounds, limit_s: float) -> None:
        self._reply = first
        self._rounds = rounds
        self._limit_s = limit_s
        self._spent = Usage(0, 0, 0)
        self._calls: list[ToolCall] = []
        self._running: asyncio.Task[str | None] | None = None
        self._is_over = False
        self.began_s, self.first_s, self.ended_s = first.began_s, first.first_s, first.ended_s
        self.num_dropped = first.num_dropped

    @property
    def usage(self) -> Usage:
        return add_usage(self._spent, self._reply.usage)

    @property
    def timings(self) -> Timings:
        return self._reply.timings

    @property
    def prompt(self) -> ScoredPrompt:
        return self._reply.prompt

    async def __anext__(self) -> ReplyDelta:
        while not self._is_over:
            delta = await anext(self._reply)
            self._calls += (call for call in delta.tool_calls if call.is_complete)
            shown = self._show(delta)
            self._note_times()
            if delta.finish_reason == "tool_calls" and self._calls:
                shown = await self._end_round(shown)
            if shown.text or shown.progress or shown.finish_reason:
                return shown
        raise StopAsyncIteration

    def _show(self, delta: ReplyDelta) -> ReplyDelta:
        """Return a delta without its calls; the text is held back while a sentence may have to take its place."""
        shown = replace(delta, tool_calls=())
        sentence = None if self._rounds.num_rounds else self._rounds.context.not_found
        if sentence is None:
            return shown
        if delta.finish_reason is None or self._calls:
            return replace(shown, text="")
        return replace(shown, text=sentence, finish_reason="stop")

    async def _end_round(self, last: ReplyDelta) -> ReplyDelta:
        """Run the calls of a round and begin the next, or end the turn; return what is shown of that."""
        calls, self._calls = self._calls, []
        await self._leave_round()
        asked = await self._run(calls)
        if asked is not None:
            self._is_over = True
            return replace(
                last, text=f"{last.text}\n\n{asked}" if last.text else asked, finish_reason="stop", is_fixed=True
            )
        if time.perf_counter() - self.began_s > self._limit_s:
            raise RequestTimedOut(self._limit_s)
        self._reply = await self._rounds.go_on(self._spent.num_generated)
        self.num_dropped = max(self.num_dropped, self._reply.num_dropped)
        if self._is_over:  # closed meanwhile
            self._reply.close()
        return replace(last, finish_reason=None)

    async def _leave_round(self) -> None:
        """Read a round to its end and free what it holds, but not what it took."""
        await anext(self._reply, None)
        self._reply.close()
        self._spent, self._reply = self.usage, FixedReply((), FREE)

    async def _run(self, calls: Sequence[ToolCall]) -> str | None:
        """Run calls until they have ended, or the reply is closed. Whoever is cancelled here stops them."""
        self._running = asyncio.create_task(self._rounds.answer_calls(calls))
        try:
            return await self._running
        except asyncio.CancelledError:
            if self._is_over and not _is_being_cancelled():
                raise StopAsyncIteration from None
            raise

    def _note_times(self) -> None:
        self.ended_s = self._reply.ended_s
        if self.first_s == self.began_s:
            self.first_s = self._reply.first_s

    def close(self) -> None:
        self._is_over = True
        self._reply.close()
        if self._running is not None:
            self._running.cancel()


def _is_being_cancelled() -> bool:
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0
