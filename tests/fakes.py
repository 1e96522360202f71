"""Stand-ins with the behaviour that tests need, and none of the weights."""

import threading
import time
from collections.abc import Sequence
from typing import Any

from PIL import Image

from model.chat import ModelInfo
from model.errors import PromptTooLong

INFO = ModelInfo("fake", "cpu", "float32", "none", "sdpa", is_demo=False)


class FakeChatModel:
    """Answers with what it was asked: `pictures/questions: the last question`.

    A part counts one token; more than `max_tokens` of them are too long. `slow` takes `delay_s`, `fail` raises.
    """

    def __init__(self, max_tokens: int = 1000, delay_s: float = 0.0) -> None:
        self.info = INFO
        self.max_tokens = max_tokens
        self.delay_s = delay_s
        self.calls: list[list[dict[str, Any]]] = []
        self.threads: set[str] = set()
        self.options: dict[str, Any] = {}

    def chat(self, *, msgs: Sequence[Any], **options: Any) -> str:
        self.calls.append(list(msgs))
        self.threads.add(threading.current_thread().name)
        self.options = options
        parts = [
            part for msg in msgs for part in (msg["content"] if isinstance(msg["content"], list) else [msg["content"]])
        ]
        if len(parts) > self.max_tokens:
            raise PromptTooLong(len(parts), self.max_tokens)
        question = str(msgs[-1]["content"][-1])
        if "slow" in question:
            time.sleep(self.delay_s)
        if "fail" in question:
            raise RuntimeError("a secret of the inside")
        pictures = sum(isinstance(part, Image.Image) for part in parts)
        questions = sum(msg["role"] == "user" for msg in msgs)
        return f"{pictures}/{questions}: {question}"
