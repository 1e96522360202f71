"""One answer on its way to its reader: tokens come in from the device thread, text goes out."""

import asyncio
import queue
import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from model.chat import Dialogue
from model.engine.sequence import FinishReason, Group, Priority, TokenLogprob
from model.reader import AnswerReader
from model.sampling import TokenMask
from model.tokenizer import Tokenizer


@dataclass(frozen=True)
class TokenDelta:
    """What one of a request's answers got in a step."""

    index: int
    token_ids: tuple[int, ...]
    logprobs: tuple[TokenLogprob, ...] = ()
    finish_reason: FinishReason | None = None


@dataclass(frozen=True)
class TextDelta:
    """What a reader gets: text that is certain, of the answer `index`. The last of an answer has a `finish_reason`."""

    index: int
    text: str = ""
    num_tokens: int = 0
    logprobs: tuple[TokenLogprob, ...] = ()
    finish_reason: FinishReason | None = None

    def joined(self, later: "TextDelta") -> "TextDelta":
        return replace(
            later,
            text=self.text + later.text,
            num_tokens=self.num_tokens + later.num_tokens,
            logprobs=self.logprobs + later.logprobs,
        )


@dataclass(frozen=True)
class Usage:
    """In tokens; of the prompt's, `num_cached` were found in the KV cache, and `num_image` are pictures'."""

    num_prompt: int
    num_cached: int
    num_generated: int
    num_image: int = 0


@dataclass(frozen=True)
class Timings:
    """Of a request, from its admission on; None where there is nothing to know, as of an answer from the cache.

    It waits for `queue_s` until it runs. `decode_s` is from the first token to the last, and `tokens_per_second` is of
    that time, all of its answers together.
    """

    queue_s: float | None = None
    time_to_first_token_s: float | None = None
    decode_s: float | None = None
    tokens_per_second: float | None = None


@dataclass(frozen=True)
class Submit:
    stream: "TokenStream"


@dataclass(frozen=True)
class Stop:
    """A stop string has come in the answer `index`."""

    stream: "TokenStream"
    index: int


@dataclass(frozen=True)
class Abort:
    stream: "TokenStream"


Message = Submit | Stop | Abort
Inbox = queue.SimpleQueue[Message | None]
"""Of the device thread; None ends it."""


@dataclass(eq=False)
class TokenStream:
    """An asynchronous iterator of `TextDelta`s that ends once, by itself, by an error, or because its reader closed it.

    A slow reader holds up nobody: what waits for it is joined, so at most its own answer is kept.
    """

    dialogue: Dialogue
    tokenizer: Tokenizer
    inbox: Inbox
    priority: Priority = Priority.LOW
    mask: TokenMask | None = None
    submitted_s: float = field(default_factory=time.monotonic)
    group: Group | None = None
    """Of the device thread, once a step has brought something; its times and counts may be read."""
    error: BaseException | None = None
    is_finished: bool = False
    """All answers have come, whether they were read or not."""
    _num_generated: int = 0
    _pieces: dict[int, TextDelta] = field(default_factory=dict)
    _ready: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        stop, count = self.dialogue.params.stop, self.dialogue.params.n
        self._readers = {index: AnswerReader(self.tokenizer, stop) for index in range(count)}
        self._token_ids: dict[int, list[int]] = {index: [] for index in range(count)}

    @property
    def usage(self) -> Usage:
        prompt = self.dialogue.prompt
        num_image = sum(end - start for start, end in prompt.image_bounds)
        num_cached = 0 if self.group is None else self.group.num_cached
        return Usage(len(prompt.input_ids), num_cached, self._num_generated, num_image)

    @property
    def timings(self) -> Timings:
        group = self.group
        if group is None:
            return Timings()
        decode_s = _between(group.first_token_s, group.last_token_s)
        num_decoded = self._num_generated - self.dialogue.params.n  # the first of each comes with the prompt
        return Timings(
            _between(group.arrival_s, group.admitted_s),
            _between(group.arrival_s, group.first_token_s),
            decode_s,
            num_decoded / decode_s if decode_s and num_decoded > 0 else None,
        )

    def feed(self, deltas: Sequence[TokenDelta]) -> None:
        """Called in the event loop with what a step brought."""
        for delta in deltas:
            if delta.index in self._readers:
                self._take(delta)
        self.is_finished = not self._readers
        self._ready.set()

    def _take(self, delta: TokenDelta) -> None:
        reader, token_ids = self._readers[delta.index], self._token_ids[delta.index]
        token_ids += delta.token_ids
        self._num_generated += len(delta.token_ids)
        text = reader.read(token_ids, delta.finish_reason is not None)
        finish_reason = delta.finish_reason
        if reader.is_stopped:
            finish_reason = "stop"
            self.inbox.put(Stop(self, delta.index))
        if finish_reason is not None:
            del self._readers[delta.index]
        piece = TextDelta(delta.index, text, len(delta.token_ids), delta.logprobs, finish_reason)
        waiting = self._pieces.get(delta.index)
        self._pieces[delta.index] = piece if waiting is None else waiting.joined(piece)

    def fail(self, error: BaseException) -> None:
        """End with an error; what came before it is read first."""
        self.error = self.error or error
        self.is_finished = True
        self._ready.set()

    def close(self) -> None:
        """The reader wants no more: what the answer holds is freed. Again, or after the end, is no error."""
        if not self.is_finished:
            self.inbox.put(Abort(self))
            self.is_finished = True
            self._readers.clear()
            self._ready.set()

    def __aiter__(self) -> "TokenStream":
        return self

    async def __anext__(self) -> TextDelta:
        while not self._pieces:
            if self.is_finished:
                if self.error is not None:
                    raise self.error
                raise StopAsyncIteration
            self._ready.clear()
            await self._ready.wait()
        return self._pieces.pop(next(iter(self._pieces)))


def _between(began_s: float | None, ended_s: float | None) -> float | None:
    return None if began_s is None or ended_s is None else ended_s - began_s
