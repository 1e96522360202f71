"""What came of an answer, in any of the dialects."""

import json
from dataclasses import dataclass
from typing import Any


class Broken(Exception):
    """An answer that had begun ended in a failure."""


@dataclass
class Reading:
    """Lines of an answer, of a stream or whole. `is_ended` when all of it has come."""

    text: str = ""
    num_tokens: int = 0
    is_ended: bool = False

    def take(self, line: str) -> None:
        """Raises `Broken`."""
        data = line.removeprefix("data: ")
        if data == "[DONE]":
            self.is_ended = True
        elif data and not data.startswith(":"):
            self._event(json.loads(data))

    def _event(self, event: dict[str, Any]) -> None:
        if "error" in event:
            raise Broken(str(event["error"]))
        if "choices" in event:
            self._openai(event)
        elif "message" in event:
            self._ollama(event)
        elif "answer" in event:
            self.text, self.is_ended = event["answer"], True
        else:
            self.text += event["piece"]

    def _openai(self, chunk: dict[str, Any]) -> None:
        for choice in chunk["choices"]:
            self.text += choice["delta"].get("content") or ""
        self.num_tokens = (chunk.get("usage") or {}).get("completion_tokens", self.num_tokens)

    def _ollama(self, line: dict[str, Any]) -> None:
        self.text += line["message"]["content"]
        self.num_tokens = line.get("eval_count", self.num_tokens)
        self.is_ended = line["done"]
