"""The answer to `POST /v1/chat/completions`, written whole or in chunks.

Reference: https://platform.openai.com/docs/api-reference/chat
"""

import secrets
import time
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from model.tokenizer import Tokenizer
from model.tools import ToolCall
from server.api.logprobs import write_logprobs
from server.api.openai.request import ChatRequest
from server.api.stage_options import write_trace
from server.pipeline.stage import TurnContext
from server.turn.reply import Reply, ReplyDelta


@dataclass
class Completion:
    """The answer to one request. `num_calls` are the tool calls written so far, by the index of the choice."""

    request: ChatRequest
    context: TurnContext
    tokenizer: Tokenizer
    id: str = field(default_factory=lambda: f"chatcmpl-{secrets.token_hex(12)}")
    created: int = field(default_factory=lambda: int(time.time()))
    num_calls: dict[int, int] = field(default_factory=dict)

    def write_whole(self, answers: Sequence[ReplyDelta], reply: Reply) -> dict[str, Any]:
        choices = [
            {
                "index": answer.index,
                "message": _write_message(answer),
                "logprobs": self._write_logprobs(answer),
                "finish_reason": answer.finish_reason,
            }
            for answer in answers
        ]
        head = self._write_head("chat.completion")
        return {**head, "choices": choices, "usage": _write_usage(reply), **write_trace(self.context)}

    async def write_chunks(self, reply: Reply) -> AsyncIterator[dict[str, Any] | str]:
        """Yield the events of a stream, `[DONE]` last."""
        for index in range(self.request.n or 1):
            yield self._write_chunk(index, {"role": "assistant", "content": ""})
        async for delta in reply:
            for chunk in self._write_delta(delta):
                yield chunk
        if self._has_usage:
            yield {**self._write_head("chat.completion.chunk"), "choices": [], "usage": _write_usage(reply)}
        yield "[DONE]"

    def _write_delta(self, delta: ReplyDelta) -> list[dict[str, Any]]:
        chunks: list[dict[str, Any]] = []
        logprobs = self._write_logprobs(delta)
        if delta.text or (logprobs and logprobs["content"]):
            chunks.append(self._write_chunk(delta.index, {"content": delta.text}, logprobs))
        for call in delta.tool_calls:
            parts = self._write_call(delta.index, call)
            chunks += [self._write_chunk(delta.index, {"tool_calls": [part]}) for part in parts]
        if delta.finish_reason is not None:
            last = self._write_chunk(delta.index, {}, finish_reason=delta.finish_reason)
            chunks.append({**last, **write_trace(self.context)})
        return chunks

    def _write_call(self, index: int, call: ToolCall) -> list[dict[str, Any]]:
        """Return the call in two parts: first its name, then its arguments, which clients append."""
        place = self.num_calls.get(index, 0)
        self.num_calls[index] = place + 1
        opening = {"index": place, "id": _new_call_id(), **_write_function(ToolCall(call.name, ""))}
        return [opening, {"index": place, "function": {"arguments": call.arguments}}]

    def _write_chunk(
        self, index: int, delta: dict[str, Any], logprobs: Any = None, finish_reason: str | None = None
    ) -> dict[str, Any]:
        choice = {"index": index, "delta": delta, "logprobs": logprobs, "finish_reason": finish_reason}
        usage = {"usage": None} if self._has_usage else {}
        return {**self._write_head("chat.completion.chunk"), "choices": [choice], **usage}

    @property
    def _has_usage(self) -> bool:
        options = self.request.stream_options
        return options is not None and options.include_usage

    def _write_head(self, kind: str) -> dict[str, Any]:
        return {"id": self.id, "object": kind, "created": self.created, "model": self.request.model}

    def _write_logprobs(self, delta: ReplyDelta) -> dict[str, Any] | None:
        if not self.request.logprobs:
            return None
        return {"content": write_logprobs(self.tokenizer, delta.logprobs), "refusal": None}


def _write_message(answer: ReplyDelta) -> dict[str, Any]:
    calls = [{"id": _new_call_id(), **_write_function(call)} for call in answer.tool_calls]
    content = None if calls and not answer.text else answer.text
    message = {"role": "assistant", "content": content, "refusal": None}
    return {**message, "tool_calls": calls} if calls else message


def _new_call_id() -> str:
    return f"call_{secrets.token_hex(12)}"


def _write_function(call: ToolCall) -> dict[str, Any]:
    return {"type": "function", "function": {"name": call.name, "arguments": call.arguments}}


def _write_usage(reply: Reply) -> dict[str, Any]:
    usage = reply.usage
    return {
        "prompt_tokens": usage.num_prompt,
        "completion_tokens": usage.num_generated,
        "total_tokens": usage.num_prompt + usage.num_generated,
        "prompt_tokens_details": {"cached_tokens": usage.num_cached, "image_tokens": usage.num_image},
        "timings": reply.timings,
    }
