"""Many requests to the model behind all ordinary turns, and what they take together."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import replace

from server.engine.token_stream import Usage
from server.errors import QueueFull, RequestTimedOut
from server.turn.reply import Reply
from server.turn.turn import Turn
from server.turn.turns import Turns

NUM_AHEAD = 4
"""How many requests more than the engine computes at once are prepared meanwhile."""

WAIT_S = 0.1
"""How long a request waits before it asks again for room."""


def add_usage(first: Usage, second: Usage) -> Usage:
    return Usage(
        first.num_prompt + second.num_prompt,
        first.num_cached + second.num_cached,
        first.num_generated + second.num_generated,
        first.num_image + second.num_image,
    )


class MapRequests:
    """Asks the model many things, several at once, after all others; `usage` is what that has taken so far."""

    def __init__(self, turns: Turns) -> None:
        self._turns = turns
        self._running: set[Reply] = set()
        self._spent = Usage(0, 0, 0)

    @property
    def usage(self) -> Usage:
        usage = self._spent
        for reply in self._running:
            usage = add_usage(usage, reply.usage)
        return usage

    @property
    def num_workers(self) -> int:
        """How many requests are under way at once: enough for the engine, and never what others need to be admitted."""
        engine = self._turns.engine
        most = engine.core.scheduler.limits.max_num_seqs + NUM_AHEAD
        return max(1, min(most, engine.limits.max_requests // 2))

    async def ask(self, turn: Turn) -> str:
        """Return the answer to one turn."""
        reply = await self._begin(turn)
        self._running.add(reply)
        try:
            (answer,) = await reply.read_answers()
        finally:
            self._running.discard(reply)
            self._spent = add_usage(self._spent, reply.usage)
        return answer.text

    async def ask_all(self, turns: Sequence[Turn]) -> list[str]:
        """Return the answers to turns in their order. Raises what one of them fails with."""
        places, answers = iter(range(len(turns))), [""] * len(turns)

        async def work() -> None:
            for place in places:
                answers[place] = await self.ask(turns[place])

        async with asyncio.TaskGroup() as group:
            for _ in range(min(self.num_workers, len(turns))):
                group.create_task(work())
        return answers

    async def _begin(self, turn: Turn) -> Reply:
        limit = self._turns.limits.max_new_tokens
        options = {**turn.options, "max_new_tokens": min(turn.options.get("max_new_tokens", limit), limit)}
        begun = replace(turn, options=options, is_background=True)
        return await self.wait_for_room(lambda: self._turns.begin(begun), turn.owner)

    async def wait_for_room(self, begin: Callable[[], Awaitable[Reply]], owner: str) -> Reply:
        """Return the reply that `begin` admits, as soon as there is room.

        Raises `RequestTimedOut` where that takes as long as a request may.
        """
        limit_s = self._turns.engine.limits.max_request_s
        ends_s = time.monotonic() + limit_s
        while time.monotonic() < ends_s:
            with suppress(QueueFull):
                self._turns.engine.check_room(owner)
                return await begin()
            await asyncio.sleep(WAIT_S)
        raise RequestTimedOut(limit_s)
