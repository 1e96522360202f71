"""The work of the device thread: read messages, compute a step, and collect what it brought to each stream."""

import hashlib
import logging
from contextlib import suppress
from dataclasses import dataclass, field

from model.engine.engine import Engine
from model.engine.sequence import Group
from server.engine.token_stream import Abort, Inbox, Message, Stop, Submit, TokenDelta, TokenStream

logger = logging.getLogger("server")


@dataclass(frozen=True)
class StreamUpdate:
    """What a step brought to a stream. There is no group where the engine did not take the request."""

    stream: TokenStream
    deltas: list[TokenDelta]
    group: Group | None
    is_last: bool
    error: BaseException | None = None


@dataclass
class _Progress:
    """A stream's group, and how much of each of its answers was collected."""

    group: Group
    num_tokens: dict[int, int] = field(default_factory=dict)
    finished: set[int] = field(default_factory=set)


class DeviceWorker:
    """The engine, and the streams of the requests in it.

    What goes wrong with one request ends its stream alone. Unless `is_cache_shared`, nobody finds in the caches what
    was computed for another owner.
    """

    def __init__(self, engine: Engine, inbox: Inbox, is_cache_shared: bool = False) -> None:
        self._engine = engine
        self._inbox = inbox
        self._is_cache_shared = is_cache_shared
        self._running: dict[TokenStream, _Progress] = {}
        self._failed: list[StreamUpdate] = []
        self._is_over = False
        self._num_steps = 0
        self.step_number: int | None = None
        """The number of the current step, or None when there is none. May be read in any thread."""

    def work(self) -> list[StreamUpdate] | None:
        """Read the messages and compute one step. Return what it brought, or None after the message to end."""
        self._receive()
        if self._is_over:
            for progress in self._running.values():
                self._engine.abort(progress.group)
            return None
        self._num_steps += 1
        self.step_number = self._num_steps
        self._engine.step()
        self.step_number = None
        return self._collect()

    def _receive(self) -> None:
        """Handle all messages, and wait for one when there is nothing else to do."""
        is_idle = self._engine.is_idle and not self._running
        while is_idle or not self._inbox.empty():
            message = self._inbox.get()
            if message is None:
                self._is_over = True
                return
            try:
                self._handle(message)
            except (KeyboardInterrupt, SystemExit):
                raise
            except BaseException as error:  # a panic of an extension in Rust is no Exception
                self._fail(message.stream, error)
            is_idle = False

    def _handle(self, message: Message) -> None:
        match message:
            case Submit(stream):
                self._running[stream] = _Progress(self._add(stream))
            case Stop(stream, index):
                if stream in self._running:
                    group = self._running[stream].group
                    self._engine.stop(group, group.sequences[0 if group.beams else index])
            case Abort(stream):
                if stream in self._running:
                    self._engine.abort(self._running[stream].group)

    def _add(self, stream: TokenStream) -> Group:
        return self._engine.add(
            stream.dialogue.prompt,
            stream.dialogue.params,
            stream.dialogue.max_new_tokens,
            stream.priority,
            stream.mask,
            stream.submitted_s,
            stream.owner,
            b"" if self._is_cache_shared else _make_salt(stream.owner),
        )

    def _fail(self, stream: TokenStream, error: BaseException) -> None:
        """End a stream with an error, and take its request out of the engine."""
        logger.error("a request has failed", exc_info=error)
        progress = self._running.pop(stream, None)
        group = None if progress is None else progress.group
        self._failed.append(StreamUpdate(stream, [], group, is_last=True, error=error))
        if group is not None:
            with suppress(Exception):  # where even this fails, the request ends by itself at last
                self._engine.abort(group, "error")

    def _collect(self) -> list[StreamUpdate]:
        updates = []
        for stream, progress in list(self._running.items()):
            try:
                deltas = _collect_deltas(progress)
            except (KeyboardInterrupt, SystemExit):
                raise
            except BaseException as error:
                self._fail(stream, error)
                continue
            group = progress.group
            if group.is_finished:
                del self._running[stream]
            if deltas or group.is_finished:
                updates.append(StreamUpdate(stream, deltas, group, group.is_finished, group.error))
        failed, self._failed = self._failed, []
        return updates + failed


def _make_salt(owner: str) -> bytes:
    """Return what keeps an owner's entries in the caches apart. Those without an owner share theirs."""
    return hashlib.blake2b(owner.encode("utf-8", "surrogatepass"), digest_size=16).digest() if owner else b""


def _collect_deltas(progress: _Progress) -> list[TokenDelta]:
    """Return the new tokens of each answer. Beams change until their end, when the best one is the answer."""
    group = progress.group
    if group.beams is not None and not group.is_finished:
        return []
    deltas = []
    for index, sequence in enumerate(group.sequences[: group.params.n]):
        start = progress.num_tokens.get(index, 0)
        new = sequence.token_ids[sequence.num_prompt_tokens + start :]
        if index in progress.finished or not (new or sequence.finish_reason):
            continue
        progress.num_tokens[index] = start + len(new)
        if sequence.finish_reason is not None:
            progress.finished.add(index)
        deltas.append(TokenDelta(index, tuple(new), tuple(sequence.logprobs[start:]), sequence.finish_reason))
    return deltas
