"""The engine behind asyncio: one device thread computes its steps, and the event loop only passes messages.

`submit()` admits or refuses a request at once, before a byte of its reply. Every stream it returns ends exactly once.
"""

import asyncio
import logging
import math
import queue
import sys
import threading
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Literal, Protocol, TypeVar

from model.chat import Dialogue, ModelInfo
from model.constraint import Constraint, GrammarCompiler, GrammarMask
from model.engine.engine import Engine
from model.engine.sequence import Priority
from model.images import ImageProcessor
from model.messages import Message, PromptOptions
from model.prompt import Prompt, PromptBuilder
from model.sampling import TokenMask
from model.tokenizer import Tokenizer
from server.engine.delivery import call_soon, deliver
from server.engine.device_worker import DeviceWorker, StreamUpdate
from server.engine.fair_budget import FairBudget
from server.engine.room import has_room
from server.engine.step_clock import StepClock
from server.engine.token_stream import Inbox, Submit, TokenStream
from server.errors import EngineStopped, QueueFull, RequestTimedOut

NUM_PREPARERS = 4
"""Threads that cut pictures into views and tokenise, so that the device never waits for that."""

JOIN_S = 10.0
"""How long `close()` waits for the current step."""

DRAIN_POLL_S = 0.02

UnreadyReason = Literal["draining", "engine stopped", "engine stuck"]
"""Why no request is admitted."""

Result = TypeVar("Result")

logger = logging.getLogger("server")


class ServedModel(Protocol):
    """What the server needs of a model. `model.chat.ChatModel` has it, and so has the tests' fake."""

    @property
    def info(self) -> ModelInfo: ...

    @property
    def engine(self) -> Engine: ...

    @property
    def builder(self) -> PromptBuilder: ...

    def prepare(self, msgs: Any, *, sampling: bool = True, **given: Any) -> Dialogue: ...


@dataclass(frozen=True)
class RequestLimits:
    """The bounds on requests; what is not given is unbounded.

    `max_requests` may be admitted and unfinished at once, and a few more of owners that hold little, each for
    `max_request_s`. A step that takes longer than `step_timeout_s` counts as stuck.
    """

    max_requests: int = sys.maxsize
    max_request_s: float = math.inf
    step_timeout_s: float = math.inf


class AsyncEngine:
    """The engine of a model, its device thread, and the streams of the requests in it.

    `options` hold for every request; those of a request take precedence over them. Unless `is_cache_shared`, no owner
    can tell from the caches what was asked by another.
    """

    def __init__(
        self,
        model: ServedModel,
        options: Mapping[str, Any],
        limits: RequestLimits | None = None,
        is_cache_shared: bool = False,
    ) -> None:
        self.info = model.info
        self._model = model
        self._options = dict(options)
        self.limits = limits or RequestLimits()
        self._inbox: Inbox = queue.SimpleQueue()
        self._streams: dict[TokenStream, asyncio.TimerHandle] = {}
        self._preparers = ThreadPoolExecutor(NUM_PREPARERS, thread_name_prefix="prepare")
        self._preparing = FairBudget(NUM_PREPARERS)
        self._grammars = GrammarCompiler(model.builder.tokenizer)
        self._worker = DeviceWorker(model.engine, self._inbox, is_cache_shared)
        self._clock = StepClock(self._worker)
        self._thread: threading.Thread | None = None
        self._is_draining = False
        self._is_closed = False

    @property
    def core(self) -> Engine:
        """The device thread's engine. Other threads may only read its counters."""
        return self._model.engine

    @property
    def num_requests(self) -> int:
        """The number of requests that are admitted and not yet finished."""
        return len(self._streams)

    @property
    def step_s(self) -> float:
        """How long the current step has taken, or 0 when there is none. Time in which the process stood is left out."""
        return self._clock.step_s

    @property
    def is_lost(self) -> bool:
        """Whether a step is stuck for so long that it will not return: twice `step_timeout_s`."""
        return self.step_s > 2 * self.limits.step_timeout_s

    @property
    def unready_reason(self) -> UnreadyReason | None:
        """Why no request is admitted now, or None."""
        if self._is_closed:
            return "engine stopped"
        if self.step_s > self.limits.step_timeout_s:
            return "engine stuck"
        return "draining" if self._is_draining else None

    async def prepare(self, msgs: Sequence[Any], owner: str = "", **options: Any) -> Dialogue:
        """Check a request and build its prompt. Raise `InputError` if it cannot be answered, or `EngineStopped`."""

        def build() -> Dialogue:
            return self._model.prepare(msgs, **{**self._options, **options})

        return await self._run_preparer(owner, build)

    async def tokenize(self, text: str, owner: str = "") -> tuple[int, ...]:
        """Return the ids of a raw prompt. Raise `PromptTooLong` beyond the model's context, or `EngineStopped`."""
        options = PromptOptions(raw=True, max_inp_length=self.core.max_model_len)
        message = Message("user", (text,))
        prompt = await self._run_preparer(owner, lambda: self._model.builder.build([message], options))
        return prompt.input_ids

    async def compile(self, constraint: Constraint, owner: str = "", prompt: Prompt | None = None) -> GrammarMask:
        """Compile the grammar of a constraint on the answer to a prompt. Raise `SchemaError`, or `EngineStopped`."""
        return await self._run_preparer(owner, lambda: self._grammars.compile(constraint, prompt))

    async def _run_preparer(self, owner: str, work: Callable[[], Result]) -> Result:
        """Run `work` in a preparing thread, which owners take in turns. There is none any more after `close()`."""
        with await self._preparing.acquire(1, owner):
            if self._is_closed:
                raise EngineStopped
            return await asyncio.get_running_loop().run_in_executor(self._preparers, work)

    def check_room(self, owner: str = "") -> None:
        """Raise `QueueFull` or `EngineStopped` if `submit()` would, before work is spent on a request of `owner`."""
        if self.unready_reason is not None:
            raise EngineStopped
        if not has_room(Counter(stream.owner for stream in self._streams), owner, self.limits.max_requests):
            raise QueueFull(self.limits.max_requests)

    def submit(
        self, dialogue: Dialogue, priority: Priority = Priority.LOW, mask: TokenMask | None = None, owner: str = ""
    ) -> TokenStream:
        """Admit a request of `owner` and return its stream. Raise `QueueFull` or `EngineStopped`."""
        self.check_room(owner)
        stream = TokenStream(dialogue, self._model.builder.tokenizer, self._inbox, priority, mask, owner)
        loop = asyncio.get_running_loop()
        self._start(loop)
        self._streams[stream] = loop.call_later(self.limits.max_request_s, self._expire, stream)
        self._inbox.put(Submit(stream))
        return stream

    @property
    def tokenizer(self) -> Tokenizer:
        return self._model.builder.tokenizer

    @property
    def processor(self) -> ImageProcessor:
        return self._model.builder.processor

    async def drain(self, grace_s: float) -> None:
        """Admit nothing more, and wait until all answers have ended. After `grace_s` the rest ends with an error."""
        self._is_draining = True
        try:
            async with asyncio.timeout(grace_s):
                while self._streams:
                    await asyncio.sleep(DRAIN_POLL_S)
        except TimeoutError:
            logger.warning("%d answers did not end within %g s", self.num_requests, grace_s)
        finally:
            self._end_all()

    async def close(self) -> None:
        """Admit nothing more, end what still runs, and wait for the device thread unless it is lost."""
        self._end_all()
        self._clock.stop()
        if self._thread is not None:
            self._inbox.put(None)
            await asyncio.to_thread(self._thread.join, 0 if self.is_lost else JOIN_S)
        self._preparers.shutdown()

    def _start(self, loop: asyncio.AbstractEventLoop) -> None:
        if self._thread is None:
            thread = threading.Thread(target=self._run, args=(loop,), name="device", daemon=True)
            thread.start()
            self._thread = thread
            self._clock.start(loop)

    def _run(self, loop: asyncio.AbstractEventLoop) -> None:
        """Work until the end. Called in the device thread."""
        try:
            while (updates := self._worker.work()) is not None:
                if updates:
                    call_soon(loop, self._apply, updates)
        except BaseException:
            logger.exception("the device thread has ended")
            call_soon(loop, self._end_all)

    def _apply(self, updates: list[StreamUpdate]) -> None:
        for update in updates:
            deliver(update)
            if update.is_last and (timer := self._streams.pop(update.stream, None)) is not None:
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
