"""Turns whose answers a test writes, in place of an engine."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

from server.engine.token_stream import Usage
from server.errors import QueueFull
from server.turn.reply import FixedReply, Reply, ReplyDelta
from server.turn.turn import Turn
from tests.helpers.fakes import byte_tokenizer
from tests.helpers.turns import make_limits

SPENT = Usage(10, 1, 2, 3)
"""What each turn takes."""


@dataclass
class ScriptedTurns:
    """Turns that `answer` answers, or raises for. `num_full` requests find no room; `gate` holds all others until set.

    `begun` are the turns that were admitted; `most` is how many were open at once.
    """

    answer: Callable[[Turn], str]
    num_full: int = 0
    gate: asyncio.Event | None = None
    max_num_seqs: int = 4
    max_requests: int = 100
    max_request_s: float = 5.0
    max_inp_length: int = 4000
    is_demo: bool = False
    begun: list[Turn] = field(default_factory=list)
    num_open: int = 0
    most: int = 0

    @property
    def engine(self) -> Any:
        scheduler = SimpleNamespace(limits=SimpleNamespace(max_num_seqs=self.max_num_seqs))
        limits = SimpleNamespace(max_requests=self.max_requests, max_request_s=self.max_request_s)
        core = SimpleNamespace(scheduler=scheduler, max_model_len=self.max_inp_length + 1000)
        info = SimpleNamespace(is_demo=self.is_demo)
        kept = {"tokenizer": byte_tokenizer(), "processor": SimpleNamespace(max_slice_nums=9)}
        return SimpleNamespace(core=core, limits=limits, info=info, check_room=self._check_room, **kept)

    @property
    def limits(self) -> Any:
        return make_limits(max_inp_length=self.max_inp_length)

    def _check_room(self, owner: str = "") -> None:  # noqa: ARG002
        if self.num_full:
            self.num_full -= 1
            raise QueueFull(self.max_requests)

    async def begin(self, turn: Turn) -> Reply:
        self.begun.append(turn)
        return ScriptedReply(self, turn)


class ScriptedReply(FixedReply):
    def __init__(self, turns: ScriptedTurns, turn: Turn) -> None:
        super().__init__((), SPENT)
        self._turns = turns
        self._turn: Turn | None = turn
        turns.num_open += 1
        turns.most = max(turns.most, turns.num_open)

    async def __anext__(self) -> ReplyDelta:
        turn, self._turn = self._turn, None
        if turn is None:
            raise StopAsyncIteration
        if self._turns.gate is not None:
            await self._turns.gate.wait()
        await asyncio.sleep(0)
        return ReplyDelta(0, self._turns.answer(turn), finish_reason="stop")

    def close(self) -> None:
        if self._turns is not None:
            self._turns.num_open -= 1
            self._turns = None  # type: ignore[assignment]


def last_text(turn: Turn) -> str:
    """Return the whole text of the last message of a turn."""
    return turn.messages[-1].text
