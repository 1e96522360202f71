"""The reply to an admitted turn: its answers as they grow, with text, tool calls and token counts."""

import time
from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from model.constraint import GrammarMask
from model.engine.sequence import FinishReason, TokenLogprob
from model.tools import Tool, ToolCall, ToolCallReader
from server.engine.fair_budget import Lease
from server.engine.token_stream import TextDelta, Timings, TokenStream, Usage

Ending = Literal["stop", "length", "tool_calls", "content_filter"]
"""How an answer ended, as OpenAI names it; `content_filter` means that moderation stopped the question or answer."""


@dataclass(frozen=True)
class Progress:
    """How far a long document is read for an answer: `num_done` of `num_pages` pages."""

    num_done: int
    num_pages: int


@dataclass(frozen=True)
class ReplyDelta:
    """What is added to answer number `index`: text and tool calls.

    The last one has a `finish_reason`. A call that was cut off is an answer's last, and its arguments are not complete.
    One with `progress` adds nothing, but tells how far the answer is before its first text. The text is the server's
    own where it `is_fixed`: nothing is cited in it, and no mark is taken out.
    """

    index: int
    text: str = ""
    tool_calls: tuple[ToolCall, ...] = ()
    logprobs: tuple[TokenLogprob, ...] = ()
    finish_reason: Ending | None = None
    stop_string: str | None = None
    """What ended it, of the strings in the option `stop`."""
    progress: Progress | None = None
    is_fixed: bool = False

    def join(self, later: "ReplyDelta") -> "ReplyDelta":
        """Return one delta for this and a `later` one of the same answer."""
        return replace(
            later,
            text=self.text + later.text,
            tool_calls=self.tool_calls + later.tool_calls,
            logprobs=self.logprobs + later.logprobs,
        )


@dataclass(frozen=True)
class ScoredPrompt:
    """The ids of a prompt, and the log-probabilities of all but the first, if they were asked for.

    They are complete with the first delta of the reply.
    """

    ids: Sequence[int] = ()
    logprobs: Sequence[TokenLogprob] = ()


class Reply(ABC):
    """An asynchronous iterator of `ReplyDelta`s. It must be closed, read or not, to free what it holds.

    `began_s`, `first_s` and `ended_s` are times of `time.perf_counter()`: of the admission, of the first token, and of
    the last token so far. `num_dropped` is how many of the oldest turns did not fit the prompt.
    """

    began_s: float
    first_s: float
    ended_s: float
    num_dropped: int = 0

    @property
    @abstractmethod
    def usage(self) -> Usage:
        """The tokens used so far."""

    @property
    def timings(self) -> Timings:
        """How long the model has worked for this reply so far; zero where it did not."""
        return Timings()

    @property
    def prompt(self) -> ScoredPrompt:
        """The prompt that the model was given; empty where it was given none."""
        return ScoredPrompt()

    @abstractmethod
    async def __anext__(self) -> ReplyDelta:
        """Return the next delta. Raises what ended the turn early."""

    @abstractmethod
    def close(self) -> None:
        """Free what the reply holds. Closing twice, or after the end, is allowed."""

    def __aiter__(self) -> "Reply":
        return self

    async def read_answers(self) -> list[ReplyDelta]:
        """Read to the end, close, and return the whole answers by their index."""
        answers: dict[int, ReplyDelta] = {}
        try:
            async for delta in self:
                answers[delta.index] = answers[delta.index].join(delta) if delta.index in answers else delta
        finally:
            self.close()
        return [answers[index] for index in sorted(answers)]


class EngineReply(Reply):
    """A reply that the model generates, read from its token stream.

    With `tools`, calls of them are cut out of the text. `mask` is the grammar that the answers follow, if any. `lease`
    is the memory of the pictures, which is given back when the reply is closed, or has ended.
    """

    def __init__(
        self,
        stream: TokenStream,
        tools: tuple[Tool, ...] = (),
        mask: GrammarMask | None = None,
        lease: Lease | None = None,
    ) -> None:
        names = {tool.name for tool in tools}
        num_answers = stream.dialogue.params.n
        self._stream = stream
        self._mask = mask
        self._lease = lease
        self._readers = [ToolCallReader(names) for _ in range(num_answers)] if names else []
        self._has_called = [False] * num_answers
        self.began_s = self.first_s = self.ended_s = time.perf_counter()

    @property
    def usage(self) -> Usage:
        return self._stream.usage

    @property
    def timings(self) -> Timings:
        return self._stream.timings

    @property
    def prompt(self) -> ScoredPrompt:
        return ScoredPrompt(self._stream.dialogue.prompt.input_ids, self._stream.prompt_logprobs)

    async def __anext__(self) -> ReplyDelta:
        """Return the next delta. Raises what ended the turn early; `SchemaError` if a schema got too complex."""
        try:
            delta = await anext(self._stream)
        except Exception:  # the end too
            self._release()
            raise
        self.ended_s = time.perf_counter()
        if self.first_s == self.began_s:
            self.first_s = self.ended_s
        if self._mask is not None and self._mask.error is not None:
            self.close()
            raise self._mask.error
        return self._to_reply_delta(delta)

    def _to_reply_delta(self, delta: TextDelta) -> ReplyDelta:
        items: list[str | ToolCall] = [delta.text]
        if self._readers:
            reader = self._readers[delta.index]
            items = reader.add(delta.text)
            if delta.finish_reason is not None:
                items += reader.finish() if delta.finish_reason == "stop" else reader.cut_off()
        calls = tuple(item for item in items if isinstance(item, ToolCall))
        self._has_called[delta.index] |= bool(calls)
        text = "".join(item for item in items if isinstance(item, str))
        ending = self._to_ending(delta.finish_reason, delta.index)
        return ReplyDelta(delta.index, text, calls, delta.logprobs, ending, delta.stop_string)

    def _to_ending(self, reason: FinishReason | None, index: int) -> Ending | None:
        if reason == "stop" and self._readers and self._readers[index].is_cut_off:
            return "length"  # the model ended within a call, which is as incomplete as one that was cut off
        if reason == "stop":
            return "tool_calls" if self._has_called[index] else "stop"
        if reason in ("length", "repetition"):  # an answer that repeats itself is cut off as well
            return "length"
        return None  # the stream raises the error next

    def close(self) -> None:
        self._stream.close()
        self._release()

    def _release(self) -> None:
        if self._lease is not None:
            self._lease.release()


class ReplyWrapper(Reply):
    """A reply that passes on another one. A stage that changes replies overrides `__anext__`."""

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

    @property
    def prompt(self) -> ScoredPrompt:
        return self.inner.prompt

    async def __anext__(self) -> ReplyDelta:
        try:
            return await anext(self.inner)
        finally:
            self.first_s, self.ended_s = self.inner.first_s, self.inner.ended_s

    def close(self) -> None:
        self.inner.close()


class FixedReply(Reply):
    """A reply without the model: its deltas are known already, and `usage` is what is charged for them."""

    def __init__(self, deltas: Iterable[ReplyDelta], usage: Usage) -> None:
        self.began_s = self.first_s = self.ended_s = time.perf_counter()
        self._deltas = iter(deltas)
        self._usage = usage

    @property
    def usage(self) -> Usage:
        return self._usage

    async def __anext__(self) -> ReplyDelta:
        delta = next(self._deltas, None)
        if delta is None:
            raise StopAsyncIteration
        return delta

    def close(self) -> None:
        self._deltas = iter(())
