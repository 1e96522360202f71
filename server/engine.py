"""The engine behind asyncio: one device thread steps it, the event loop only passes messages.

`submit()` admits or refuses at once, before a byte of any reply, and every stream that it gives ends exactly once.
"""

import asyncio
import logging
import queue
import threading
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, Protocol

from model.chat import Dialogue, ModelInfo
from model.constraint import Constraint, GrammarCompiler, GrammarMask
from model.engine.engine import Engine
from model.engine.sequence import Group, Priority
from model.prompt import PromptBuilder
from model.sampling import TokenMask
from model.tokenizer import Tokenizer
from server.errors import EngineStopped, QueueFull, RequestTimedOut
from server.streams import Abort, Delta, Inbox, Message, Stop, Submit, TokenStream

NUM_PREPARERS = 4
"""Threads that decode pictures and tokenise, so that the device never waits for that."""

logger = logging.getLogger("server")


class Chat(Protocol):
    """What the server needs of a model; `model.chat.ChatModel` is one, the tests' fake another."""

    @property
    def info(self) -> ModelInfo: ...

    @property
    def engine(self) -> Engine: ...

    @property
    def builder(self) -> PromptBuilder: ...

    def prepare(self, msgs: Any, *, sampling: bool = True, **given: Any) -> Dialogue: ...


@dataclass(frozen=True)
class RequestLimits:
    """`max_requests` are admitted and not yet finished; `max_request_s` is from admission to the end."""

    max_requests: int = 256
    max_request_s: float = 600.0


class AsyncEngine:
    """`options` are the server's own for every request; a request's go before them."""

    def __init__(self, model: Chat, options: Mapping[str, Any], limits: RequestLimits | None = None) -> None:
        self.info = model.info
        self._model = model
        self._options = dict(options)
        self._limits = limits or RequestLimits()
        self._inbox: Inbox = queue.SimpleQueue()
        self._streams: dict[TokenStream, asyncio.TimerHandle] = {}
        self._preparers = ThreadPoolExecutor(NUM_PREPARERS, thread_name_prefix="prepare")
        self._grammars = GrammarCompiler(model.builder.tokenizer)
        self._thread: threading.Thread | None = None
        self._is_closed = False

    async def prepare(self, msgs: Sequence[Any], **options: Any) -> Dialogue:
        """Raises what the model refuses: `model.errors.InputError`."""

        def build() -> Dialogue:
            return self._model.prepare(msgs, **{**self._options, **options})

        return await asyncio.get_running_loop().run_in_executor(self._preparers, build)

    async def compile(self, constraint: Constraint) -> GrammarMask:
        """Raises `SchemaError`."""
        return await asyncio.get_running_loop().run_in_executor(self._preparers, self._grammars.compile, constraint)

    def check_room(self) -> None:
        """Raises `QueueFull` or `EngineStopped` where `submit()` would now, before work is spent on a request."""
        if self._is_closed:
            raise EngineStopped
        if len(self._streams) >= self._limits.max_requests:
            raise QueueFull(self._limits.max_requests)

    def check_size(self, dialogue: Dialogue) -> None:
        """Raises `PromptTooLong`, and `CacheTooSmall` where the KV cache could not hold the request even alone."""
        self._model.engine.check(dialogue.prompt, dialogue.params)

    def submit(
        self, dialogue: Dialogue, priority: Priority = Priority.LOW, mask: TokenMask | None = None
    ) -> TokenStream:
        """Admit a request. Raises `QueueFull`, `EngineStopped`, and what the engine refuses (`InputError`)."""
        self.check_room()
        self.check_size(dialogue)
        stream = TokenStream(dialogue, self._model.builder.tokenizer, self._inbox, priority, mask)
        loop = asyncio.get_running_loop()
        self._streams[stream] = loop.call_later(self._limits.max_request_s, self._expire, stream)
        self._start(loop)
        self._inbox.put(Submit(stream))
        return stream

    @property
    def tokenizer(self) -> Tokenizer:
        return self._model.builder.tokenizer

    async def answer(self, msgs: Sequence[Any], **options: Any) -> str:
        """One whole answer, as `chat()` gives it."""
        stream = self.submit(await self.prepare(msgs, **options))
        try:
            return "".join([piece.text async for piece in stream]).strip()
        finally:
            stream.close()

    async def close(self) -> None:
        """Admits nothing more, ends what still runs, and waits for the device thread."""
        self._end_all()
        if self._thread is not None:
            self._inbox.put(None)
            await asyncio.to_thread(self._thread.join)
        self._preparers.shutdown()

    def _start(self, loop: asyncio.AbstractEventLoop) -> None:
        if self._thread is None:
            worker = _DeviceWorker(self._model.engine, self._inbox)
            self._thread = threading.Thread(target=self._run, args=(worker, loop), name="device", daemon=True)
            self._thread.start()

    def _run(self, worker: "_DeviceWorker", loop: asyncio.AbstractEventLoop) -> None:
        """In the device thread."""
        try:
            while (delivery := worker.work()) is not None:
                if delivery:
                    loop.call_soon_threadsafe(self._deliver, delivery)
        except BaseException:
            logger.exception("the device thread has ended")
            loop.call_soon_threadsafe(self._end_all)

    def _deliver(self, delivery: "list[_Delivery]") -> None:
        for item in delivery:
            item.stream.num_cached = item.num_cached
            item.stream.feed(item.deltas)
            if item.error is not None:
                item.stream.fail(item.error)
            if item.is_last and (timer := self._streams.pop(item.stream, None)) is not None:
                timer.cancel()

    def _expire(self, stream: TokenStream) -> None:
        if not stream.is_finished:
            stream.close()
            stream.fail(RequestTimedOut(self._limits.max_request_s))

    def _end_all(self) -> None:
        self._is_closed = True
        for stream, timer in self._streams.items():
            timer.cancel()
            stream.fail(EngineStopped())
        self._streams.clear()


@dataclass(frozen=True)
class _Delivery:
    stream: TokenStream
    deltas: list[Delta]
    num_cached: int
    is_last: bool
    error: BaseException | None


@dataclass
class _Sent:
    """A stream's group, and how much of each answer was delivered."""

    group: Group
    num_tokens: dict[int, int] = field(default_factory=dict)
    finished: set[int] = field(default_factory=set)


class _DeviceWorker:
    """Everything that happens in the device thread: messages in, a step, what it brought out."""

    def __init__(self, engine: Engine, inbox: Inbox) -> None:
        self._engine = engine
        self._inbox = inbox
        self._running: dict[TokenStream, _Sent] = {}
        self._is_over = False

    def work(self) -> list[_Delivery] | None:
        """One turn; None when all is over."""
        self._receive()
        if self._is_over:
            for sent in self._running.values():
                self._engine.abort(sent.group)
            return None
        self._engine.step()
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
                group = self._engine.add(dialogue.prompt, dialogue.params, stream.priority, stream.mask)
                self._running[stream] = _Sent(group)
            case Stop(stream, index):
                if stream in self._running:
                    group = self._running[stream].group
                    self._engine.stop(group, group.sequences[0 if group.beams else index])
            case Abort(stream):
                if stream in self._running:
                    self._engine.abort(self._running[stream].group)

    def _collect(self) -> list[_Delivery]:
        deliveries = []
        for stream, sent in list(self._running.items()):
            deltas = list(_deltas(sent))
            group = sent.group
            if group.is_finished:
                del self._running[stream]
            if deltas or group.is_finished:
                deliveries.append(_Delivery(stream, deltas, group.num_cached, group.is_finished, group.error))
        return deliveries


def _deltas(sent: _Sent) -> "list[Delta]":
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
        deltas.append(Delta(index, tuple(new), tuple(sequence.logprobs[start:]), sequence.finish_reason))
    return deltas
