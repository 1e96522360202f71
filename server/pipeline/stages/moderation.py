"""The stage that keeps the words of the operator's lists out of questions and answers."""

import asyncio
import json
import time
from collections.abc import Sequence
from dataclasses import replace

from model.tools import ToolCall
from server.engine.token_stream import Usage
from server.errors import FieldRefused
from server.pipeline.moderation.json_stream import JSONStreamFilter
from server.pipeline.moderation.matching import Hit
from server.pipeline.moderation.moderator import Moderator
from server.pipeline.moderation.refusals import ANSWER_REFUSED, QUESTION_REFUSED
from server.pipeline.moderation.stream import StreamFilter
from server.pipeline.moderation.turn_check import CheckedTurn, Masker, check_turn
from server.pipeline.moderation.word_lists import Action
from server.pipeline.reloading import Reloadable
from server.pipeline.stage import CallNext, TurnContext
from server.turn.reply import FixedReply, Reply, ReplyDelta, ReplyWrapper
from server.turn.turn import Turn

FREE = Usage(0, 0, 0)


class ModerationStage:
    """Refuses a question with a word to block; in earlier turns of the dialogue such words are only masked.

    With `moderates_instructions` this also holds for what else an account that is no operator's gives to the model.
    """

    name = "moderation"

    def __init__(self, moderators: Reloadable[Moderator], moderates_instructions: bool = True) -> None:
        self._moderators = moderators
        self._moderates_instructions = moderates_instructions

    async def handle(self, context: TurnContext, call_next: CallNext) -> Reply:
        if {"logprobs", "prompt_logprobs"} & context.turn.options.keys():
            raise FieldRefused(
                "logprobs",
                "moderation is on, and they would show the words that it hides",
                "已开启内容审核，而它会暴露被屏蔽的词",
            )
        moderator, checked = await asyncio.to_thread(self._check, context)
        _note_hits(context, checked.question_hits, "question")
        _note_hits(context, checked.instruction_hits, "instructions")
        if checked.is_refused:
            refusal = QUESTION_REFUSED[context.language]
            return FixedReply([_refuse(index, refusal) for index in range(_count_answers(context.turn))], FREE)
        context = context.with_turn(checked.turn)
        return ModeratedReply(await call_next(context), moderator, context)

    def _check(self, context: TurnContext) -> tuple[Moderator, CheckedTurn]:
        """Return the lists in force, and what they find. Runs in a thread: edited lists take a while to read."""
        moderator = self._moderators.current(time.monotonic())
        checks_instructions = self._moderates_instructions and not context.account.is_operator
        return moderator, check_turn(context.turn, moderator, context.preface, checks_instructions)


class ModeratedReply(ReplyWrapper):
    """A reply whose answers are masked as they stream; each ends with a refusal where a word to block begins.

    Where the answers continue a message, a word may begin in that message.
    """

    def __init__(self, inner: Reply, moderator: Moderator, context: TurnContext) -> None:
        super().__init__(inner)
        self._moderator = moderator
        self._context = context
        self._num_masked = 0
        self._blocked: set[int] = set()
        kind = JSONStreamFilter if _is_json(context.turn) else StreamFilter
        self._filters = [kind(moderator) for _ in range(_count_answers(context.turn))]
        before = "" if context.turn.continued is None else context.turn.continued.text
        self._num_hidden = [len(before) - len(each.feed(before)) for each in self._filters]

    async def __anext__(self) -> ReplyDelta:
        delta = await super().__anext__()
        while delta.index in self._blocked:
            delta = await super().__anext__()
        stream_filter = self._filters[delta.index]
        text = stream_filter.feed(delta.text)
        if delta.finish_reason is not None:
            text += stream_filter.finish()
        text = self._hide(delta.index, text)
        hits_in_calls = [hit for call in delta.tool_calls for hit in _find_hits_in_call(call, self._moderator)]
        _note_hits(self._context, hits_in_calls, "answer")
        if stream_filter.is_blocked or any(hit.category.action is not Action.FLAG for hit in hits_in_calls):
            return self._block(delta, text, stream_filter)
        if delta.finish_reason is not None:
            _note_hits(self._context, stream_filter.verdict.hits, "answer")
        self._mask_quotes()
        return replace(delta, text=text)

    def _mask_quotes(self) -> None:
        """Mask what citations quote, which is shown beside the answer; the places of the quotes stay."""
        for citation in self._context.trace.list_citations()[self._num_masked :]:
            citation["quote"] = self._moderator.check(citation["quote"]).text
            self._num_masked += 1

    def _hide(self, index: int, text: str) -> str:
        """Return the text without what of it belongs to the message before the answer."""
        num_hidden = min(self._num_hidden[index], len(text))
        self._num_hidden[index] -= num_hidden
        return text[num_hidden:]

    def _block(self, delta: ReplyDelta, text: str, stream_filter: StreamFilter | JSONStreamFilter) -> ReplyDelta:
        """Return the last delta of this answer, with a refusal. When all answers are blocked, the model is stopped."""
        self._blocked.add(delta.index)
        self._mask_quotes()
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


def _is_json(turn: Turn) -> bool:
    """Whether the text of the answer can only be JSON, or a call of a tool that was cut off."""
    return turn.schema is not None or bool(turn.must_call)


def _find_hits_in_call(call: ToolCall, moderator: Moderator) -> list[Hit]:
    """Look at the decoded arguments: in JSON a line end would be written with a letter."""
    masker = Masker(moderator)
    masker.mask(call.name)
    if call.is_complete:
        masker.mask_json(json.loads(call.arguments))
        return masker.hits
    arguments = JSONStreamFilter(moderator)
    arguments.feed(call.arguments)
    arguments.finish()
    return [*masker.hits, *arguments.verdict.hits]


def _note_hits(context: TurnContext, hits: Sequence[Hit], where: str) -> None:
    """Note the category and the action of each hit, but never the word itself."""
    if hits:
        notes = [{"where": where, "category": hit.category.name, "action": hit.category.action.value} for hit in hits]
        context.trace.note(ModerationStage.name, hits=notes)
        context.trace.rules += [hit.rule for hit in hits]
