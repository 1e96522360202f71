"""The answer to `POST /v1/messages`, written whole or as events.

References: https://docs.anthropic.com/en/api/messages, https://docs.anthropic.com/en/api/messages-streaming
"""

import secrets
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec

from model.tools import ToolCall
from server.api.anthropic.response import MessageUsage, StopReason
from server.api.error_response import AnyRequest, translate_error, write_error_body
from server.api.stage_options import write_trace
from server.api.transport import NamedEvent
from server.pipeline.stage import TurnContext
from server.turn.reply import Ending, Reply, ReplyDelta

STOP_REASONS: Mapping[Ending, StopReason] = {
    "stop": "end_turn",
    "length": "max_tokens",
    "tool_calls": "tool_use",
    "content_filter": "refusal",
}


@dataclass
class Message:
    """The answer to one request. `index` is that of the block being written; `has_text_open` whether it is text."""

    request: AnyRequest
    model: str
    context: TurnContext
    id: str = field(default_factory=lambda: f"msg_{secrets.token_hex(12)}")
    index: int = 0
    has_text_open: bool = False

    def write_whole(self, answer: ReplyDelta, reply: Reply) -> dict[str, Any]:
        calls = (_write_call(call) for call in answer.tool_calls)
        content = [{"type": "text", "text": answer.text}] if answer.text else []
        content += [call for call in calls if call is not None]
        head = self._write_head(reply)
        return {
            **head,
            "content": content,
            **_write_end(answer),
            **self._write_citations(),
            **write_trace(self.context),
        }

    async def write_events(self, reply: Reply) -> AsyncIterator[NamedEvent]:
        """Yield the events of a stream. An exception becomes the last one, `error`."""
        try:
            yield _name("message_start", message=self._write_head(reply))
            yield _name("ping")
            async for delta in reply:
                for event in self._write_delta(delta):
                    yield event
                if delta.finish_reason is not None:
                    end = {"delta": _write_end(delta), "usage": _write_usage(reply), **self._write_citations()}
                    yield _name("message_delta", **end, **write_trace(self.context))
            yield _name("message_stop")
        except Exception as error:
            yield NamedEvent("error", write_error_body(self.request, translate_error(self.request, error)))

    def _write_delta(self, delta: ReplyDelta) -> Iterator[NamedEvent]:
        if delta.text:
            if not self.has_text_open:
                self.has_text_open = True
                yield self._name_block("content_block_start", content_block={"type": "text", "text": ""})
            yield self._name_block("content_block_delta", delta={"type": "text_delta", "text": delta.text})
        if self.has_text_open and (delta.tool_calls or delta.finish_reason is not None):
            yield self._close_block()
        for call in delta.tool_calls:
            yield from self._write_call_events(call)

    def _write_call_events(self, call: ToolCall) -> Iterator[NamedEvent]:
        """Yield the events of a call: first its name, then its arguments, which clients parse."""
        written = _write_call(call)
        if written is not None:
            yield self._name_block("content_block_start", content_block={**written, "input": {}})
            piece = {"type": "input_json_delta", "partial_json": call.arguments}
            yield self._name_block("content_block_delta", delta=piece)
            yield self._close_block()

    def _close_block(self) -> NamedEvent:
        event = self._name_block("content_block_stop")
        self.index += 1
        self.has_text_open = False
        return event

    def _name_block(self, name: str, **fields: Any) -> NamedEvent:
        return _name(name, index=self.index, **fields)

    def _write_citations(self) -> dict[str, Any]:
        """Return what the marks in an answer from documents point to."""
        trace = self.context.trace
        has_sources = bool(self.context.turn.documents) or trace.has_sources
        return {"citations": list(trace.findings.citations)} if has_sources else {}

    def _write_head(self, reply: Reply) -> dict[str, Any]:
        return {
            "id": self.id,
            "type": "message",
            "role": "assistant",
            "model": self.model,
            "content": [],
            "stop_reason": None,
            "stop_sequence": None,
            "usage": _write_usage(reply),
        }


def _name(name: str, **fields: Any) -> NamedEvent:
    return NamedEvent(name, {"type": name, **fields})


def _write_end(answer: ReplyDelta) -> dict[str, Any]:
    reason = None if answer.finish_reason is None else STOP_REASONS[answer.finish_reason]
    is_stopped = answer.stop_string is not None and reason == "end_turn"
    return {
        "stop_reason": "stop_sequence" if is_stopped else reason,
        "stop_sequence": answer.stop_string if is_stopped else None,
    }


def _write_call(call: ToolCall) -> dict[str, Any] | None:
    """Return the call; None for one that was cut off, as its arguments are no object yet."""
    try:
        arguments = msgspec.json.decode(call.arguments, type=dict[str, Any])
    except msgspec.DecodeError:
        return None
    return {"type": "tool_use", "id": f"toolu_{secrets.token_hex(12)}", "name": call.name, "input": arguments}


def _write_usage(reply: Reply) -> MessageUsage:
    usage = reply.usage
    return {
        "input_tokens": usage.num_prompt - usage.num_cached,
        "cache_creation_input_tokens": 0,
        "cache_read_input_tokens": usage.num_cached,
        "output_tokens": usage.num_generated,
    }
