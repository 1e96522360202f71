"""Reading of an answer in any of the dialects."""

import json
from dataclasses import dataclass
from typing import Any


class Broken(Exception):
    """An answer ended in an error after it had begun."""


@dataclass
class Reading:
    """What has been read of an answer, streamed or whole. `is_ended` once it is complete."""

    text: str = ""
    num_tokens: int = 0
    is_ended: bool = False

    def take(self, line: str) -> None:
        """Read a line of the answer. Raises `Broken` if it reports an error."""
        data = line.removeprefix("data: ")
        if data == "[DONE]":
            self.is_ended = True
        elif data and not data.startswith(":"):
            self._read_event(json.loads(data))

    def _read_event(self, event: dict[str, Any]) -> None:
        if "error" in event:
            raise Broken(str(event["error"]))
        if "choices" in event:
            self._read_openai(event)
        elif "message" in event:
            self._read_ollama(event)
        elif "answer" in event:
            self.text, self.is_ended = event["answer"], True
        else:
            self.text += event["piece"]

    def _read_openai(self, chunk: dict[str, Any]) -> None:
        for choice in chunk["choices"]:
            self.text += choice["delta"].get("content") or ""
        self.num_tokens = (chunk.get("usage") or {}).get("completion_tokens", self.num_tokens)

    def _read_ollama(self, line: dict[str, Any]) -> None:
        self.text += line["message"]["content"]
        self.num_tokens = line.get("eval_count", self.num_tokens)
        self.is_ended = line["done"]
