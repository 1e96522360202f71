"""The stage that keeps the words of the operator's lists out of questions and answers."""

import asyncio
import json
import time
from collections.abc import Iterator, Sequence
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
from server.pipeline.reloading import Reloadable
from server.pipeline.stage import CallNext, TurnContext
from server.turn.reply import FixedReply, Reply, ReplyDelta, ReplyWrapper
from server.turn.turn import Turn, TurnMessage

FREE = Usage(0, 0, 0)


class ModerationStage:
    """Refuses a question with a word to block; in earlier messages of the dialogue such words are only masked."""

    name = "moderation"

    def __init__(self, moderators: Reloadable[Moderator]) -> None:
        self._moderators = moderators

    async def handle(self, context: TurnContext, call_next: CallNext) -> Reply:
        if "logprobs" in context.turn.options:
            raise FieldRefused(
                "logprobs",
                "moderation is on, and they would show the words that it hides",
                "已开启内容审核，而它会暴露被屏蔽的词",
            )
        moderator, hits, turn = await asyncio.to_thread(self._moderate, context.turn)
        _note_hits(context, hits, "question")
        if any(hit.category.action is Action.BLOCK for hit in hits):
            refusal = QUESTION_REFUSED[context.language]
            return FixedReply([_refuse(index, refusal) for index in range(_count_answers(context.turn))], FREE)
        return ModeratedReply(await call_next(context.with_turn(turn)), moderator, context)

    def _moderate(self, turn: Turn) -> tuple[Moderator, Sequence[Hit], Turn]:
        """Return the lists in force, the hits in the question, and the turn with its words masked.

        Runs in a thread: lists that were edited take a while to read.
        """
        moderator = self._moderators.current(time.monotonic())
        hits = () if turn.question is None else moderator.check(_join_texts(turn.question)).hits
        return moderator, hits, _mask_turn(turn, moderator)


class ModeratedReply(ReplyWrapper):
    """A reply whose answers are masked as they stream; each ends with a refusal where a word to block begins."""

    def __init__(self, inner: Reply, moderator: Moderator, context: TurnContext) -> None:
        super().__init__(inner)
        self._moderator = moderator
        self._context = context
        self._blocked: set[int] = set()
        self._filters = [StreamFilter(moderator) for _ in range(_count_answers(context.turn))]

    async def __anext__(self) -> ReplyDelta:
        delta = await super().__anext__()
        while delta.index in self._blocked:
            delta = await super().__anext__()
        stream_filter = self._filters[delta.index]
        text = stream_filter.feed(delta.text)
        if delta.finish_reason is not None:
            text += stream_filter.finish()
        hits_in_calls = [hit for call in delta.tool_calls for hit in _find_hits_in_call(call, self._moderator)]
        _note_hits(self._context, hits_in_calls, "answer")
        if stream_filter.is_blocked or any(hit.category.action is not Action.FLAG for hit in hits_in_calls):
            return self._block(delta, text, stream_filter)
        if delta.finish_reason is not None:
            _note_hits(self._context, stream_filter.verdict.hits, "answer")
        return replace(delta, text=text)

    def _block(self, delta: ReplyDelta, text: str, stream_filter: StreamFilter) -> ReplyDelta:
        """Return the last delta of this answer, with a refusal. When all answers are blocked, the model is stopped."""
        self._blocked.add(delta.index)
        verdict = stream_filter.verdict
        _note_hits(self._context, verdict.hits, "answer")
        if len(self._blocked) == len(self._filters):
            self.close()
        refusal = ANSWER_REFUSED[self._context.language]
        return _refuse(delta.index, f"{text}\n{refusal}" if verdict.text else refusal)


def _count_answers(turn: Turn) -> int:
    count: int = turn.options.get("n", 1)
    return count


def _refuse(index: int, text: str) -> ReplyDelta:
    return ReplyDelta(index, text, finish_reason="content_filter")


def _join_texts(message: TurnMessage) -> str:
    """Join all texts of a message as the model sees them: a word may begin in one and end in the next."""
    return "\n".join(part for part in message.parts if isinstance(part, str))


def _find_hits_in_call(call: ToolCall, moderator: Moderator) -> list[Hit]:
    """Look at the decoded arguments: in JSON a line end would be written with a letter."""
    return [hit for text in _find_texts(json.loads(call.arguments)) for hit in moderator.check(text).hits]


def _find_texts(value: Any) -> Iterator[str]:
    """Yield all names and values in a JSON value, without recursion: it may be nested deeply."""
    waiting = [value]
    while waiting:
        match waiting.pop():
            case dict(found):
                waiting += (*found, *found.values())
            case list(found):
                waiting += found
            case found:
                yield str(found)


def _note_hits(context: TurnContext, hits: Sequence[Hit], where: str) -> None:
    """Note the category and the action of each hit, but never the word itself."""
    if hits:
        notes = [{"where": where, "category": hit.category.name, "action": hit.category.action.value} for hit in hits]
        context.trace.note(ModerationStage.name, hits=notes)
        context.trace.rules += [hit.rule for hit in hits]


def _mask_turn(turn: Turn, moderator: Moderator) -> Turn:
    return replace(turn, messages=tuple(_mask_message(message, moderator) for message in turn.messages))


def _mask_message(message: TurnMessage, moderator: Moderator) -> TurnMessage:
    """Mask the message, unless it is a system message: that is the operator's or the client's own."""
    if message.role == "system":
        return message
    masked = StringIO(moderator.check(_join_texts(message)).text)
    parts = (_read_text(masked, len(part)) if isinstance(part, str) else part for part in message.parts)
    return replace(message, parts=tuple(parts))


def _read_text(masked: StringIO, length: int) -> str:
    """Read the next text of that length, and skip the line end that joins it to the one after it."""
    return masked.read(length + 1)[:length]
