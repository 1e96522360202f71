"""Typing mistakes of a question are corrected before the model sees it."""

import asyncio
import time
from dataclasses import replace

from server.pipeline.reloading import Reloading
from server.pipeline.stage import CallNext, TurnContext, is_said
from server.pipeline.typos.change import Change
from server.pipeline.typos.corrector import Corrector
from server.pipeline.typos.dictionary import Dictionary
from server.turn.reply import Reply
from server.turn.turn import Turn, TurnMessage


class TypoStage:
    """Earlier questions of the dialogue too: the model is to see the same dialogue in every turn.

    The shipped words, which take about a second to read, are read when the first question comes.
    """

    name = "typos"

    def __init__(self, own: Reloading[Dictionary] | None = None) -> None:
        """`own` is a dictionary that may be edited."""
        self._own = own
        self._dictionary = Dictionary()
        self._corrector: Corrector | None = None
        self._opening = asyncio.Lock()

    async def handle(self, context: TurnContext, call_next: CallNext) -> Reply:
        # in a thread, for a long dialogue takes tens of milliseconds
        turn, changes = await asyncio.to_thread(_corrected, context.turn, await self._current())
        if changes:
            context.trace.note(self.name, corrections=[{"from": change.old, "to": change.new} for change in changes])
        return await call_next(context.asking(turn))

    async def _current(self) -> Corrector:
        dictionary = Dictionary() if self._own is None else self._own.current(time.monotonic())
        async with self._opening:
            if self._corrector is None:
                self._corrector = await asyncio.to_thread(Corrector.open)
            if dictionary != self._dictionary:
                self._corrector = self._corrector.with_own(dictionary)
                self._dictionary = dictionary
            return self._corrector


def _corrected(turn: Turn, corrector: Corrector) -> tuple[Turn, list[Change]]:
    """And what was changed in the last question."""
    asked = () if turn.asked is None else turn.asked.parts
    changes = [change for part in asked if is_said(part) for change in corrector.correct(part).changes]
    return replace(turn, messages=tuple(_message(message, corrector) for message in turn.messages)), changes


def _message(message: TurnMessage, corrector: Corrector) -> TurnMessage:
    if message.role != "user":
        return message
    parts = (corrector.correct(part).text if is_said(part) else part for part in message.parts)
    return replace(message, parts=tuple(parts))
