"""The work of the device thread: read messages, compute a step, and collect what it brought to each stream."""

import time
from dataclasses import dataclass, field

from model.engine.engine import Engine
from model.engine.sequence import Group
from server.engine.token_stream import Abort, Inbox, Message, Stop, Submit, TokenDelta, TokenStream


@dataclass(frozen=True)
class StreamUpdate:
    """What a step brought to a stream."""

    stream: TokenStream
    deltas: list[TokenDelta]
    group: Group
    is_last: bool


@dataclass
class _Progress:
    """A stream's group, and how much of each of its answers was collected."""

    group: Group
    num_tokens: dict[int, int] = field(default_factory=dict)
    finished: set[int] = field(default_factory=set)


class DeviceWorker:
    """The engine, and the streams of the requests in it."""

    def __init__(self, engine: Engine, inbox: Inbox) -> None:
        self._engine = engine
        self._inbox = inbox
        self._running: dict[TokenStream, _Progress] = {}
        self._is_over = False
        self._step_started_s: float | None = None

    @property
    def step_s(self) -> float:
        """How long the current step has taken, or 0 when there is none. May be read in any thread."""
        started_s = self._step_started_s
        return 0.0 if started_s is None else time.monotonic() - started_s

    def work(self) -> list[StreamUpdate] | None:
        """Read the messages and compute one step. Return what it brought, or None after the message to end."""
        self._receive()
        if self._is_over:
            for progress in self._running.values():
                self._engine.abort(progress.group)
            return None
        self._step_started_s = time.monotonic()
        self._engine.step()
        self._step_started_s = None
        return self._collect()

    def _receive(self) -> None:
        """Handle all messages, and wait for one when there is nothing else to do."""
        is_idle = self._engine.is_idle and not self._running
        while is_idle or not self._inbox.empty():
            message = self._inbox.get()
            if message is None:
                self._is_over = True
                return
            self._handle(message)
            is_idle = False

    def _handle(self, message: Message) -> None:
        match message:
            case Submit(stream):
                dialogue = stream.dialogue
                group = self._engine.add(
                    dialogue.prompt,
                    dialogue.params,
                    dialogue.max_new_tokens,
                    stream.priority,
                    stream.mask,
                    stream.submitted_s,
                )
                self._running[stream] = _Progress(group)
            case Stop(stream, index):
                if stream in self._running:
                    group = self._running[stream].group
                    self._engine.stop(group, group.sequences[0 if group.beams else index])
            case Abort(stream):
                if stream in self._running:
                    self._engine.abort(self._running[stream].group)

    def _collect(self) -> list[StreamUpdate]:
        updates = []
        for stream, progress in list(self._running.items()):
            deltas = _collect_deltas(progress)
            group = progress.group
            if group.is_finished:
                del self._running[stream]
            if deltas or group.is_finished:
                updates.append(StreamUpdate(stream, deltas, group, group.is_finished))
        return updates


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
