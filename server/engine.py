"""The model behind asyncio: one thread owns it, and the event loop only waits."""

import asyncio
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Protocol

from model.chat import ModelInfo


class Chat(Protocol):
    """What the server needs of a model; `model.chat.ChatModel` is one, the tests' fake another."""

    @property
    def info(self) -> ModelInfo: ...

    def chat(self, *, msgs: Sequence[Any], **options: Any) -> Any: ...


class AsyncModel:
    """Requests queue for the model's thread, first come, first served."""

    def __init__(self, model: Chat, options: Mapping[str, Any]) -> None:
        self.info = model.info
        self._model = model
        self._options = dict(options)
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="model")

    async def answer(self, msgs: Sequence[Any]) -> str:
        """Raises what the model raises: `model.errors.InputError`, or a fault of its own."""
        loop = asyncio.get_running_loop()
        return str(await loop.run_in_executor(self._thread, self._answer, msgs))

    def _answer(self, msgs: Sequence[Any]) -> str:
        return str(self._model.chat(msgs=msgs, **self._options))

    async def close(self) -> None:
        """Lets the running answer finish; those still queued are cancelled."""
        await asyncio.to_thread(self._thread.shutdown, wait=True, cancel_futures=True)
