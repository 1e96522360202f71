"""The stage that corrects misspelt questions before the model sees them."""

import asyncio
import time
from dataclasses import replace

from server.pipeline.reloading import Reloadable
from server.pipeline.stage import CallNext, TurnContext, is_own_text
from server.pipeline.typos.change import Change
from server.pipeline.typos.corrector import Corrector
from server.pipeline.typos.dictionary import Dictionary
from server.turn.reply import Reply
from server.turn.turn import Turn, TurnMessage


class TypoStage:
    """Corrects all questions of the dialogue, so that the model sees the same dialogue in every turn.

    A raw prompt is no question, and stays as it is.
    The shipped words take about a second to read, so they are read when the first question comes.
    """

    name = "typos"

    def __init__(self, own_words: Reloadable[Dictionary] | None = None) -> None:
        """`own_words` is the operator's dictionary, which may be edited at any time."""
        self._own_words = own_words
        self._dictionary = Dictionary()
        self._corrector: Corrector | None = None
        self._opening = asyncio.Lock()

    async def handle(self, context: TurnContext, call_next: CallNext) -> Reply:
        if context.turn.is_raw:
            return await call_next(context)
        # in a thread: a long dialogue takes tens of milliseconds
        turn, changes = await asyncio.to_thread(_correct_turn, context.turn, await self._load_corrector())
        if changes:
            context.trace.note(self.name, corrections=[{"from": change.old, "to": change.new} for change in changes])
        return await call_next(context.with_turn(turn))

    async def _load_corrector(self) -> Corrector:
        dictionary = Dictionary() if self._own_words is None else self._own_words.current(time.monotonic())
        async with self._opening:
            if self._corrector is None:
                self._corrector = await asyncio.to_thread(Corrector.open)
            if dictionary != self._dictionary:
                self._corrector = self._corrector.with_dictionary(dictionary)
                self._dictionary = dictionary
            return self._corrector


def _correct_turn(turn: Turn, corrector: Corrector) -> tuple[Turn, list[Change]]:
    """Return the turn with its questions corrected, and the changes of the last question."""
    question = () if turn.question is None else turn.question.parts
    changes = [change for part in question if is_own_text(part) for change in corrector.correct(part).changes]
    return replace(turn, messages=tuple(_correct_message(message, corrector) for message in turn.messages)), changes


def _correct_message(message: TurnMessage, corrector: Corrector) -> TurnMessage:
    if message.role != "user":
        return message
    parts = (corrector.correct(part).text if is_own_text(part) else part for part in message.parts)
    return replace(message, parts=tuple(parts))
