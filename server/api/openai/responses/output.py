"""The answer as items, and the events by which they grow.

Reference: https://platform.openai.com/docs/api-reference/responses-streaming
"""

import json
import secrets
from collections.abc import Callable, Sequence
from typing import Any

from model.engine.sequence import TokenLogprob
from model.tools import ToolCall
from server.turn.reply import ReplyDelta

Event = dict[str, Any]
WriteLogprobs = Callable[[Sequence[TokenLogprob]], list[dict[str, Any]]]
WriteAnnotations = Callable[[str], list[dict[str, Any]]]
WriteId = Callable[[str, int], str]


class Output:
    """The items of an answer. Texts in a row are one message, and a call of a function ends it.

    `write_id(type, index)` makes the id of an item, `write_annotations(text)` says what the marks in a text point to.
    A message is open, that is its text may grow, until the next item.
    """

    def __init__(self, write_id: WriteId, write_logprobs: WriteLogprobs, write_annotations: WriteAnnotations) -> None:
        self.items: list[dict[str, Any]] = []
        self._write_id = write_id
        self._write_logprobs = write_logprobs
        self._write_annotations = write_annotations
        self._texts: list[str] = []
        self._logprobs: list[dict[str, Any]] = []
        self._held: list[dict[str, Any]] = []
        """Log-probabilities of tokens whose text is still to come."""
        self._is_open = False

    def add(self, delta: ReplyDelta) -> list[Event]:
        """Add to the answer, and return what tells of it. After the last delta, `finish()` has to be called."""
        self._held += self._write_logprobs(delta.logprobs)
        events = self._add_text(delta.text) if delta.text else []
        for call in delta.tool_calls:
            events += [*self._close(), *self._add_call(call)]
        return events

    def finish(self, is_complete: bool = True) -> list[Event]:
        """End the last item, and return what tells of it. An answer without any item gets an empty message."""
        opening = [] if self.items else self._open()
        return [*opening, *self._close("completed" if is_complete else "incomplete")]

    def write_plain_items(self) -> list[dict[str, Any]]:
        """Return the items without log-probabilities."""
        return [
            {**item, "content": [{**part, "logprobs": []} for part in item["content"]]} if "content" in item else item
            for item in self.items
        ]

    def _add_text(self, text: str) -> list[Event]:
        events = [] if self._is_open else self._open()
        logprobs, self._held = self._held, []
        self._texts.append(text)
        self._logprobs += logprobs
        return [*events, self._write_part_event("output_text.delta", delta=text, logprobs=logprobs)]

    def _open(self) -> list[Event]:
        self._is_open, self._texts, self._logprobs = True, [], []
        item = {"id": self._write_id("message", len(self.items)), "type": "message", "status": "in_progress"}
        self.items.append({**item, "role": "assistant", "content": []})
        added = self._write_item_event("output_item.added")
        return [added, self._write_part_event("content_part.added", part=_write_part("", [], []))]

    def _close(self, status: str = "completed") -> list[Event]:
        if not self._is_open:
            return []
        self._is_open = False
        text = "".join(self._texts)
        annotations = self._write_annotations(text)
        part = _write_part(text, self._logprobs, annotations)
        self.items[-1] |= {"status": status, "content": [part]}
        return [
            *(
                self._write_part_event("output_text.annotation.added", annotation_index=index, annotation=annotation)
                for index, annotation in enumerate(annotations)
            ),
            self._write_part_event("output_text.done", text=part["text"], logprobs=part["logprobs"]),
            self._write_part_event("content_part.done", part=part),
            self._write_item_event("output_item.done"),
        ]

    def _add_call(self, call: ToolCall) -> list[Event]:
        item_id = self._write_id("function_call", len(self.items))
        item = {
            "id": item_id,
            "type": "function_call",
            "status": "in_progress",
            "call_id": f"call_{secrets.token_hex(12)}",
        }
        self.items.append({**item, "name": call.name, "arguments": ""})
        added = self._write_item_event("output_item.added")
        status = "completed" if _is_json(call.arguments) else "incomplete"
        self.items[-1] |= {"status": status, "arguments": call.arguments}
        place = {"item_id": item_id, "output_index": len(self.items) - 1}
        delta = {"type": "response.function_call_arguments.delta", **place, "delta": call.arguments}
        done = {"type": "response.function_call_arguments.done", **place, "name": call.name}
        return [added, delta, {**done, "arguments": call.arguments}, self._write_item_event("output_item.done")]

    def _write_item_event(self, name: str) -> Event:
        return {"type": f"response.{name}", "output_index": len(self.items) - 1, "item": {**self.items[-1]}}

    def _write_part_event(self, name: str, **what: Any) -> Event:
        place = {"item_id": self.items[-1]["id"], "output_index": len(self.items) - 1, "content_index": 0}
        return {"type": f"response.{name}", **place, **what}


def _write_part(text: str, logprobs: list[dict[str, Any]], annotations: list[dict[str, Any]]) -> dict[str, Any]:
    return {"type": "output_text", "text": text, "annotations": annotations, "logprobs": logprobs}


def _is_json(text: str) -> bool:
    """Whether the arguments of a call are whole: the limit of tokens may have cut them off."""
    try:
        json.loads(text)
    except ValueError:
        return False
    return True
