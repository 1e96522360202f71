"""One reply on its way to its reader: tokens come in from the device thread, text goes out."""

import asyncio
import queue
import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from model.chat import Dialogue
from model.engine.sequence import FinishReason, Group, Priority, TokenLogprob
from model.sampling import TokenMask
from model.tokenizer import Tokenizer


@dataclass(frozen=True)
class TokenDelta:
    """The new tokens of answer number `index` of a request. The last one of an answer has a `finish_reason`."""

    index: int
    token_ids: tuple[int, ...]
    logprobs: tuple[TokenLogprob, ...] = ()
    finish_reason: FinishReason | None = None


@dataclass(frozen=True)
class TextDelta:
    """The new text of answer number `index`: whole characters, and nothing that may still become a stop string.

    The last one of an answer has a `finish_reason`.
    """

    index: int
    text: str = ""
    num_tokens: int = 0
    logprobs: tuple[TokenLogprob, ...] = ()
    finish_reason: FinishReason | None = None
    stop_string: str | None = None
    """What ended it, of the strings in `SamplingParams.stop`."""

    def join(self, later: "TextDelta") -> "TextDelta":
        """Return one delta that stands for this and the next one of the same answer."""
        return replace(
            later,
            text=self.text + later.text,
            num_tokens=self.num_tokens + later.num_tokens,
            logprobs=self.logprobs + later.logprobs,
        )


@dataclass(frozen=True)
class Usage:
    """Counts of tokens. Of the prompt's, `num_cached` were in the KV cache, and `num_image` stand for pictures."""

    num_prompt: int
    num_cached: int
    num_generated: int
    num_image: int = 0


@dataclass(frozen=True)
class Timings:
    """Times of a request, each None while it is unknown, and for an answer from the reply cache.

    `queue_s` and `time_to_first_token_s` begin with its admission. `decode_s` is from the first token to the last, and
    `tokens_per_second` is the rate of all its answers together in that time.
    """

    queue_s: float | None = None
    time_to_first_token_s: float | None = None
    decode_s: float | None = None
    tokens_per_second: float | None = None


@dataclass(frozen=True)
class Submit:
    """A new request for the device thread."""

    stream: "TokenStream"


@dataclass(frozen=True)
class Stop:
    """A stop string has come in answer number `index`."""

    stream: "TokenStream"
    index: int


@dataclass(frozen=True)
class Abort:
    """The reader of a request is gone."""

    stream: "TokenStream"


Message = Submit | Stop | Abort
Inbox = queue.SimpleQueue[Message | None]
"""The messages to the device thread. None ends the thread."""


@dataclass(eq=False)
class TokenStream:
    """An asynchronous iterator of `TextDelta`s, which ends once: by itself, by an error, or because it was closed.

    A slow reader holds up nobody: the deltas that wait for it are joined.
    """

    dialogue: Dialogue
    tokenizer: Tokenizer
    inbox: Inbox
    priority: Priority = Priority.LOW
    mask: TokenMask | None = None
    owner: str = ""
    submitted_s: float = field(default_factory=time.monotonic)
    group: Group | None = None
    """The request's group in the engine, once a step has brought something. Only what no step changes may be read."""
    error: BaseException | None = None
    is_finished: bool = False
    """Whether everything has come, read or not."""
    _num_generated: int = 0
    _unread: dict[int, TextDelta] = field(default_factory=dict)
    _ready: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        count = self.dialogue.params.n
        self._readers = {index: self.dialogue.make_reader(self.tokenizer) for index in range(count)}
        self._token_ids: dict[int, list[int]] = {index: [] for index in range(count)}

    @property
    def usage(self) -> Usage:
        prompt = self.dialogue.prompt
        num_image = sum(end - start for start, end in prompt.image_bounds)
        num_cached = 0 if self.group is None else self.group.num_cached
        return Usage(len(prompt.input_ids), num_cached, self._num_generated, num_image)

    @property
    def prompt_logprobs(self) -> Sequence[TokenLogprob]:
        """Those of the prompt's tokens from the second on, if they were asked for: complete with the first delta."""
        return () if self.group is None else self.group.prompt_logprobs

    @property
    def timings(self) -> Timings:
        group = self.group
        if group is None:
            return Timings()
        decode_s = _subtract(group.last_token_s, group.first_token_s)
        num_decoded = self._num_generated - self.dialogue.params.n  # the first of each comes with the prompt
        return Timings(
            _subtract(group.admitted_s, group.arrival_s),
            _subtract(group.first_token_s, group.arrival_s),
            decode_s,
            num_decoded / decode_s if decode_s and num_decoded > 0 else None,
        )

    def feed(self, deltas: Sequence[TokenDelta]) -> None:
        """Take the new tokens of a step. Called in the event loop."""
        for delta in deltas:
            if delta.index in self._readers:
                self._add(delta)
        self.is_finished = not self._readers
        self._ready.set()

    def _add(self, delta: TokenDelta) -> None:
        reader, token_ids = self._readers[delta.index], self._token_ids[delta.index]
        num_old = self._count_old(token_ids)
        token_ids += delta.token_ids
        num_old = self._count_old(token_ids) - num_old  # tokens of the continued text among the new ones
        num_new = len(delta.token_ids) - num_old
        self._num_generated += num_new
        text = reader.read(token_ids, delta.finish_reason is not None)
        finish_reason = delta.finish_reason
        if reader.is_stopped:
            finish_reason = "stop"
            self.inbox.put(Stop(self, delta.index))
        if finish_reason is not None:
            del self._readers[delta.index]
        new = TextDelta(delta.index, text, num_new, delta.logprobs[num_old:], finish_reason, reader.stop_string)
        unread = self._unread.get(delta.index)
        self._unread[delta.index] = new if unread is None else unread.join(new)

    def _count_old(self, token_ids: Sequence[int]) -> int:
        """Return how many of the first tokens of an answer only write the end of the prompt's text anew."""
        healing = self.dialogue.prompt.healing
        return 0 if healing is None else healing.count_rewritten(token_ids)

    def fail(self, error: BaseException) -> None:
        """End the stream with an error, which the reader gets after what came before it."""
        self.error = self.error or error
        self.is_finished = True
        self._ready.set()

    def close(self) -> None:
        """End the stream, and free what the request holds. Closing twice, or after the end, is allowed."""
        if not self.is_finished:
            self.inbox.put(Abort(self))
            self.is_finished = True
            self._readers.clear()
            self._ready.set()

    def __aiter__(self) -> "TokenStream":
        return self

    async def __anext__(self) -> TextDelta:
        while not self._unread:
            if self.is_finished:
                if self.error is not None:
                    raise self.error
                raise StopAsyncIteration
            self._ready.clear()
            await self._ready.wait()
        return self._unread.pop(next(iter(self._unread)))


def _subtract(end_s: float | None, start_s: float | None) -> float | None:
    return None if end_s is None or start_s is None else end_s - start_s
