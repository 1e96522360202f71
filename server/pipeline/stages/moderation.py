"""What word lists forbid is neither asked nor told."""

import asyncio
import json
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from io import StringIO
from typing import Any

from model.tools import ToolCall
from server.engine.token_stream import Usage
from server.errors import FieldRefused
from server.pipeline.moderation.matching import Hit
from server.pipeline.moderation.moderator import Moderator
from server.pipeline.moderation.refusals import ANSWER_REFUSED, QUESTION_REFUSED
from server.pipeline.moderation.stream import StreamFilter
from server.pipeline.moderation.word_lists import Action
from server.pipeline.reloading import Reloading
from server.pipeline.stage import CallNext, TurnContext
from server.turn.reply import FixedReply, Reply, ReplyDelta, ReplyWrapper
from server.turn.turn import Turn, TurnMessage

FREE = Usage(0, 0, 0)


class ModerationStage:
    """A question with a word to block is answered by a refusal; what was said before it is only masked."""

    name = "moderation"

    def __init__(self, moderators: Reloading[Moderator]) -> None:
        self._moderators = moderators

    async def handle(self, context: TurnContext, call_next: CallNext) -> Reply:
        if "logprobs" in context.turn.options:
            raise FieldRefused("logprobs", "moderation is on, and they would show the words that it hides")
        moderator, hits, turn = await asyncio.to_thread(self._look, context.turn)
        _note(context, hits, "question")
        if any(hit.category.action is Action.BLOCK for hit in hits):
            refusal = QUESTION_REFUSED[context.language]
            return FixedReply([_refused(index, refusal) for index in range(_num_answers(context.turn))], FREE)
        return ModeratedReply(await call_next(context.asking(turn)), moderator, context)

    def _look(self, turn: Turn) -> tuple[Moderator, Sequence[Hit], Turn]:
        """What the question holds, and the turn as it may go on; in a thread, for edited lists take a while to read."""
        moderator = self._moderators.current(time.monotonic())
        return moderator, _hits(turn.asked, moderator), _masked(turn, moderator)


class ModeratedReply(ReplyWrapper):
    """Each answer is masked as it comes, and ends with a refusal where a word to block begins."""

    def __init__(self, inner: Reply, moderator: Moderator, context: TurnContext) -> None:
        super().__init__(inner)
        self._moderator = moderator
        self._case = context
        self._stopped: set[int] = set()
        self._filters = [StreamFilter(moderator) for _ in range(_num_answers(context.turn))]

    async def __anext__(self) -> ReplyDelta:
        part = await super().__anext__()
        while part.index in self._stopped:
            part = await super().__anext__()
        screen = self._filters[part.index]
        text = screen.feed(part.text)
        if part.finish_reason is not None:
            text += screen.finish()
        in_calls = [hit for call in part.tool_calls for hit in _hits_in_call(call, self._moderator)]
        _note(self._case, in_calls, "answer")
        if screen.is_blocked or any(hit.category.action is not Action.FLAG for hit in in_calls):
            return self._stop(part, text, screen)
        if part.finish_reason is not None:
            _note(self._case, screen.verdict.hits, "answer")
        return replace(part, text=text)

    def _stop(self, part: ReplyDelta, text: str, screen: StreamFilter) -> ReplyDelta:
        """Nothing more of this answer is told; when that is so of all, the model need not go on."""
        self._stopped.add(part.index)
        verdict = screen.verdict
        _note(self._case, verdict.hits, "answer")
        if len(self._stopped) == len(self._filters):
            self.close()
        refusal = ANSWER_REFUSED[self._case.language]
        return _refused(part.index, f"{text}\n{refusal}" if verdict.text else refusal)


def _num_answers(turn: Turn) -> int:
    count: int = turn.options.get("n", 1)
    return count


def _refused(index: int, text: str) -> ReplyDelta:
    return ReplyDelta(index, text, finish_reason="content_filter")


def _hits(asked: TurnMessage | None, moderator: Moderator) -> Sequence[Hit]:
    return () if asked is None else moderator.check(_joined(asked)).hits


def _joined(message: TurnMessage) -> str:
    """As the model sees the texts of a message: a word may begin in one and end in the next."""
    return "\n".join(part for part in message.parts if isinstance(part, str))


def _hits_in_call(call: ToolCall, moderator: Moderator) -> list[Hit]:
    """As its receiver reads them, for in JSON a line end is written with a letter."""
    return [hit for text in _texts(json.loads(call.arguments)) for hit in moderator.check(text).hits]


def _texts(value: Any) -> Iterator[str]:
    """The names and values in it."""
    waiting = [value]
    while waiting:
        match waiting.pop():
            case dict(found):
                waiting += (*found, *found.values())
            case list(found):
                waiting += found
            case found:
                yield str(found)


def _note(context: TurnContext, hits: Sequence[Hit], where: str) -> None:
    if hits:
        context.trace.note(ModerationStage.name, hits=_told(hits, where))
        context.trace.rules += [hit.rule for hit in hits]


def _told(hits: Iterable[Hit], where: str) -> list[dict[str, Any]]:
    """Never the words."""
    return [{"where": where, "category": hit.category.name, "action": hit.category.action.value} for hit in hits]


def _masked(turn: Turn, moderator: Moderator) -> Turn:
    """All but what the operator and the request's system say."""
    return replace(turn, messages=tuple(_message(message, moderator) for message in turn.messages))


def _message(message: TurnMessage, moderator: Moderator) -> TurnMessage:
    if message.role == "system":
        return message
    shown = StringIO(moderator.check(_joined(message)).text)
    parts = (_next(shown, len(part)) if isinstance(part, str) else part for part in message.parts)
    return replace(message, parts=tuple(parts))


def _next(shown: StringIO, length: int) -> str:
    """A text of that length; what joins it to the one after it goes."""
    return shown.read(length + 1)[:length]
