"""What happens in the device thread: messages in, a step, and what it brought to each stream."""

import time
from dataclasses import dataclass, field

from model.engine.engine import Engine
from model.engine.sequence import Group
from server.engine.token_stream import Abort, Inbox, Message, Stop, Submit, TokenDelta, TokenStream


@dataclass(frozen=True)
class Delivery:
    """What a step brought to a stream."""

    stream: TokenStream
    deltas: list[TokenDelta]
    group: Group
    is_last: bool


@dataclass
class _Sent:
    """A stream's group, and how much of each answer was delivered."""

    group: Group
    num_tokens: dict[int, int] = field(default_factory=dict)
    finished: set[int] = field(default_factory=set)


class DeviceWorker:
    """Everything that happens in the device thread: messages in, a step, what it brought out."""

    def __init__(self, engine: Engine, inbox: Inbox) -> None:
        self._engine = engine
        self._inbox = inbox
        self._running: dict[TokenStream, _Sent] = {}
        self._is_over = False
        self._step_began_s: float | None = None

    @property
    def step_s(self) -> float:
        """How long the step that runs now has taken. May be read in any thread."""
        began_s = self._step_began_s
        return 0.0 if began_s is None else time.monotonic() - began_s

    def work(self) -> list[Delivery] | None:
        """One turn; None when all is over."""
        self._receive()
        if self._is_over:
            for sent in self._running.values():
                self._engine.abort(sent.group)
            return None
        self._step_began_s = time.monotonic()
        self._engine.step()
        self._step_began_s = None
        return self._collect()

    def _receive(self) -> None:
        """All messages; waits for one when there is nothing else to do."""
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
                args = (dialogue.prompt, dialogue.params, stream.priority, stream.mask, stream.submitted_s)
                self._running[stream] = _Sent(self._engine.add(*args))
            case Stop(stream, index):
                if stream in self._running:
                    group = self._running[stream].group
                    self._engine.stop(group, group.sequences[0 if group.beams else index])
            case Abort(stream):
                if stream in self._running:
                    self._engine.abort(self._running[stream].group)

    def _collect(self) -> list[Delivery]:
        deliveries = []
        for stream, sent in list(self._running.items()):
            deltas = list(_deltas(sent))
            group = sent.group
            if group.is_finished:
                del self._running[stream]
            if deltas or group.is_finished:
                deliveries.append(Delivery(stream, deltas, group, group.is_finished))
        return deliveries


def _deltas(sent: _Sent) -> list[TokenDelta]:
    """What each answer has new. Beams change until the end, so only the best is told, then."""
    group = sent.group
    if group.beams is not None and not group.is_finished:
        return []
    deltas = []
    for index, sequence in enumerate(group.sequences[: group.params.n]):
        start = sent.num_tokens.get(index, 0)
        new = sequence.token_ids[sequence.num_prompt_tokens + start :]
        if index in sent.finished or not (new or sequence.finish_reason):
            continue
        sent.num_tokens[index] = start + len(new)
        if sequence.finish_reason is not None:
            sent.finished.add(index)
        deltas.append(TokenDelta(index, tuple(new), tuple(sequence.logprobs[start:]), sequence.finish_reason))
    return deltas
