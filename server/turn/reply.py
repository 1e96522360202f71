"""A turn that was admitted, and its answers as they grow: text, calls of tools, and what they cost."""

import time
from abc import ABC, abstractmethod
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Literal

from model.constraint import GrammarMask
from model.engine.sequence import FinishReason, TokenLogprob
from model.tools import Tool, ToolCall, ToolCallReader
from server.engine.token_stream import TextDelta, Timings, TokenStream, Usage

Ending = Literal["stop", "length", "tool_calls", "content_filter"]
"""In OpenAI's words; `content_filter` is an answer, or a question, that moderation has stopped."""


@dataclass(frozen=True)
class ReplyDelta:
    """What one of a turn's answers got: text and calls that are certain. Its last has a `finish_reason`."""

    index: int
    text: str = ""
    tool_calls: tuple[ToolCall, ...] = ()
    logprobs: tuple[TokenLogprob, ...] = ()
    finish_reason: Ending | None = None

    def joined(self, later: "ReplyDelta") -> "ReplyDelta":
        return replace(
            later,
            text=self.text + later.text,
            tool_calls=self.tool_calls + later.tool_calls,
            logprobs=self.logprobs + later.logprobs,
        )


class Reply(ABC):
    """An asynchronous iterator of `ReplyDelta`s. Close it, read or not, to free what it holds.

    `began_s`, `first_s` and `ended_s` are when the turn was admitted, and when its first and its last token came, of
    `time.perf_counter()`. `num_dropped` turns of the dialogue, the oldest, did not fit the prompt.
    """

    began_s: float
    first_s: float
    ended_s: float
    num_dropped: int = 0

    @property
    @abstractmethod
    def usage(self) -> Usage:
        """So far."""

    @property
    def timings(self) -> Timings:
        """So far, of the model's own work for it."""
        return Timings()

    @abstractmethod
    async def __anext__(self) -> ReplyDelta:
        """Raises what ended the turn early."""

    @abstractmethod
    def close(self) -> None:
        """Again, or after the end, is no error."""

    def __aiter__(self) -> "Reply":
        return self

    async def answers(self) -> list[ReplyDelta]:
        """The whole answers, in order."""
        answers: dict[int, ReplyDelta] = {}
        try:
            async for part in self:
                answers[part.index] = answers[part.index].joined(part) if part.index in answers else part
        finally:
            self.close()
        return [answers[index] for index in sorted(answers)]


class EngineReply(Reply):
    """What the model answers."""

    def __init__(self, stream: TokenStream, tools: tuple[Tool, ...] = (), mask: GrammarMask | None = None) -> None:
        names = {tool.name for tool in tools}
        num_answers = stream.dialogue.params.n
        self._stream = stream
        self._mask = mask
        self._readers = [ToolCallReader(names) for _ in range(num_answers)] if names else []
        self._has_called = [False] * num_answers
        self.began_s = self.first_s = self.ended_s = time.perf_counter()

    @property
    def usage(self) -> Usage:
        return self._stream.usage

    @property
    def timings(self) -> Timings:
        return self._stream.timings

    async def __anext__(self) -> ReplyDelta:
        """Raises what ended the turn early, `SchemaError` where a schema became too complex to follow."""
        piece = await anext(self._stream)
        self.ended_s = time.perf_counter()
        if self.first_s == self.began_s:
            self.first_s = self.ended_s
        if self._mask is not None and self._mask.error is not None:
            self.close()
            raise self._mask.error
        return self._part(piece)

    def _part(self, piece: TextDelta) -> ReplyDelta:
        items: list[str | ToolCall] = [piece.text]
        if self._readers:
            reader = self._readers[piece.index]
            items = reader.add(piece.text) + (reader.finish() if piece.finish_reason else [])
        calls = tuple(item for item in items if isinstance(item, ToolCall))
        self._has_called[piece.index] |= bool(calls)
        text = "".join(item for item in items if isinstance(item, str))
        return ReplyDelta(piece.index, text, calls, piece.logprobs, self._ending(piece.finish_reason, piece.index))

    def _ending(self, reason: FinishReason | None, index: int) -> Ending | None:
        if reason == "stop":
            return "tool_calls" if self._has_called[index] else "stop"
        if reason in ("length", "repetition"):  # one that repeats itself is cut off too
            return "length"
        return None  # an error is raised next

    def close(self) -> None:
        self._stream.close()


class ReplyWrapper(Reply):
    """Another reply, seen through a stage; the stage's own `__anext__` says how."""

    def __init__(self, inner: Reply) -> None:
        self.inner = inner
        self.began_s, self.first_s, self.ended_s = inner.began_s, inner.first_s, inner.ended_s
        self.num_dropped = inner.num_dropped

    @property
    def usage(self) -> Usage:
        return self.inner.usage

    @property
    def timings(self) -> Timings:
        return self.inner.timings

    async def __anext__(self) -> ReplyDelta:
        try:
            return await anext(self.inner)
        finally:
            self.first_s, self.ended_s = self.inner.first_s, self.inner.ended_s

    def close(self) -> None:
        self.inner.close()


class FixedReply(Reply):
    """Answers that are there already, in parts, at what they cost when they were made."""

    def __init__(self, parts: Iterable[ReplyDelta], usage: Usage) -> None:
        self.began_s = self.first_s = self.ended_s = time.perf_counter()
        self._parts = iter(parts)
        self._usage = usage

    @property
    def usage(self) -> Usage:
        return self._usage

    async def __anext__(self) -> ReplyDelta:
        part = next(self._parts, None)
        if part is None:
            raise StopAsyncIteration
        return part

    def close(self) -> None:
        self._parts = iter(())
