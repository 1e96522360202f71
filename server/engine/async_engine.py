"""The engine behind asyncio: one device thread steps it, the event loop only passes messages.

`submit()` admits or refuses at once, before a byte of any reply, and every stream that it gives ends exactly once.
"""

import asyncio
import logging
import math
import queue
import threading
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from model.chat import Dialogue, ModelInfo
from model.constraint import Constraint, GrammarCompiler, GrammarMask
from model.engine.engine import Engine
from model.engine.sequence import Priority
from model.images import ImageProcessor
from model.prompt import PromptBuilder
from model.sampling import TokenMask
from model.tokenizer import Tokenizer
from server.engine.device_worker import Delivery, DeviceWorker
from server.engine.token_stream import Inbox, Submit, TokenStream
from server.errors import EngineStopped, QueueFull, RequestTimedOut

NUM_PREPARERS = 4
"""Threads that decode pictures and tokenise, so that the device never waits for that."""

JOIN_S = 10.0
"""How long the end waits for a step under way."""

DRAIN_TICK_S = 0.02

Problem = Literal["draining", "engine stopped", "engine stuck"]
"""Why nothing is admitted."""

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
    """`max_requests` are admitted and not yet finished; `max_request_s` is from admission to the end.

    A step that takes longer than `step_timeout_s` is stuck.
    """

    max_requests: int = 256
    max_request_s: float = 600.0
    step_timeout_s: float = math.inf


class AsyncEngine:
    """`options` are the server's own for every request; a request's go before them."""

    def __init__(self, model: Chat, options: Mapping[str, Any], limits: RequestLimits | None = None) -> None:
        self.info = model.info
        self._model = model
        self._options = dict(options)
        self.limits = limits or RequestLimits()
        self._inbox: Inbox = queue.SimpleQueue()
        self._streams: dict[TokenStream, asyncio.TimerHandle] = {}
        self._preparers = ThreadPoolExecutor(NUM_PREPARERS, thread_name_prefix="prepare")
        self._grammars = GrammarCompiler(model.builder.tokenizer)
        self._worker = DeviceWorker(model.engine, self._inbox)
        self._thread: threading.Thread | None = None
        self._is_draining = False
        self._is_closed = False

    @property
    def core(self) -> Engine:
        """The device thread's; others may read its counters."""
        return self._model.engine

    @property
    def num_requests(self) -> int:
        """Admitted and not yet finished."""
        return len(self._streams)

    @property
    def step_s(self) -> float:
        """How long the step that runs now has taken."""
        return self._worker.step_s

    @property
    def is_lost(self) -> bool:
        """A stuck step has had as long again to return."""
        return self.step_s > 2 * self.limits.step_timeout_s

    @property
    def problem(self) -> Problem | None:
        if self._is_closed:
            return "engine stopped"
        if self.step_s > self.limits.step_timeout_s:
            return "engine stuck"
        return "draining" if self._is_draining else None

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
        if self.problem is not None:
            raise EngineStopped
        if self.num_requests >= self.limits.max_requests:
            raise QueueFull(self.limits.max_requests)

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
        self._streams[stream] = loop.call_later(self.limits.max_request_s, self._expire, stream)
        self._start(loop)
        self._inbox.put(Submit(stream))
        return stream

    @property
    def tokenizer(self) -> Tokenizer:
        return self._model.builder.tokenizer

    @property
    def processor(self) -> ImageProcessor:
        return self._model.builder.processor

    async def drain(self, grace_s: float) -> None:
        """Admits nothing more, and waits until all answers have ended; those that take longer end with an error."""
        self._is_draining = True
        try:
            async with asyncio.timeout(grace_s):
                while self._streams:
                    await asyncio.sleep(DRAIN_TICK_S)
        except TimeoutError:
            logger.warning("%d answers did not end within %g s", self.num_requests, grace_s)
        finally:
            self._end_all()

    async def close(self) -> None:
        """Admits nothing more, ends what still runs, and waits for the device thread; not for one that is stuck."""
        self._end_all()
        if self._thread is not None:
            self._inbox.put(None)
            await asyncio.to_thread(self._thread.join, 0 if self.is_lost else JOIN_S)
        self._preparers.shutdown()

    def _start(self, loop: asyncio.AbstractEventLoop) -> None:
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, args=(loop,), name="device", daemon=True)
            self._thread.start()

    def _run(self, loop: asyncio.AbstractEventLoop) -> None:
        """In the device thread."""
        try:
            while (deliveries := self._worker.work()) is not None:
                if deliveries:
                    loop.call_soon_threadsafe(self._deliver, deliveries)
        except BaseException:
            logger.exception("the device thread has ended")
            loop.call_soon_threadsafe(self._end_all)

    def _deliver(self, deliveries: list[Delivery]) -> None:
        for item in deliveries:
            item.stream.group = item.group
            item.stream.feed(item.deltas)
            if item.group.error is not None:
                item.stream.fail(item.group.error)
            if item.is_last and (timer := self._streams.pop(item.stream, None)) is not None:
                timer.cancel()

    def _expire(self, stream: TokenStream) -> None:
        if not stream.is_finished:
            stream.close()
            stream.fail(RequestTimedOut(self.limits.max_request_s))

    def _end_all(self) -> None:
        self._is_closed = True
        for stream, timer in self._streams.items():
            timer.cancel()
            stream.fail(EngineStopped())
        self._streams.clear()
