"""Typing mistakes of a question are corrected before the model sees it."""

import asyncio
import time
from dataclasses import replace
from pathlib import Path

from server.reply import Reply
from server.support.case import Ahead, Case
from server.support.reloading import Reloading
from server.support.typos.corrector import Corrector
from server.support.typos.dictionary import Dictionary, load
from server.turn import TurnMessage


class Correcting:
    """Earlier questions of the dialogue too: the model is to see the same dialogue in every turn.

    The shipped words, which take about a second to read, are read when the first question comes.
    """

    name = "typos"

    def __init__(self, own: Path | None, now: float) -> None:
        """`own` is a dictionary that may be edited. Raises `DictionaryError`."""
        self._own = None if own is None else Reloading(own, load, now)
        self._dictionary = Dictionary()
        self._corrector: Corrector | None = None
        self._opening = asyncio.Lock()

    async def handle(self, case: Case, ahead: Ahead) -> Reply:
        corrector = await self._current()
        if asked := case.turn.asked:
            texts = (part for part in asked.parts if isinstance(part, str))
            changes = [change for text in texts for change in corrector.correct(text).changes]
            if changes:
                told = [{"from": change.old, "to": change.new} for change in changes]
                case.trace.note(self.name, corrections=told)
        messages = tuple(_corrected(message, corrector) for message in case.turn.messages)
        return await ahead(case.asking(replace(case.turn, messages=messages)))

    async def _current(self) -> Corrector:
        dictionary = Dictionary() if self._own is None else self._own.current(time.monotonic())
        async with self._opening:
            if self._corrector is None:
                self._corrector = await asyncio.to_thread(Corrector.open)
            if dictionary != self._dictionary:
                self._corrector = self._corrector.with_own(dictionary)
                self._dictionary = dictionary
            return self._corrector


def _corrected(message: TurnMessage, corrector: Corrector) -> TurnMessage:
    if message.role != "user":
        return message
    parts = (corrector.correct(part).text if isinstance(part, str) else part for part in message.parts)
    return replace(message, parts=tuple(parts))
