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
from server.api.openai.request import ChatRequest, StreamOptions
from server.api.openai.response import TokenUsage
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
                "message": {**_write_message(answer), **write_citations(self.context)},
                "logprobs": self._write_logprobs(answer),
                "finish_reason": answer.finish_reason,
            }
            for answer in answers
        ]
        head = self._write_head("chat.completion")
        return {**head, "choices": choices, "usage": write_usage(reply), **self._write_extras()}

    async def write_chunks(self, reply: Reply) -> AsyncIterator[dict[str, Any] | str]:
        """Yield the events of a stream, `[DONE]` last."""
        for index in range(self.context.turn.options.get("n", 1)):
            yield self._write_chunk(index, {"role": "assistant", "content": ""}) | self._write_usage_so_far(reply)
        async for delta in reply:
            for chunk in self._write_delta(delta):
                yield chunk | self._write_usage_so_far(reply)
        if self._options.include_usage:
            yield {**self._write_head("chat.completion.chunk"), "choices": [], "usage": write_usage(reply)}
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
            last = self._write_chunk(delta.index, write_citations(self.context), finish_reason=delta.finish_reason)
            chunks.append({**last, **self._write_extras()})
        return chunks

    def _write_extras(self) -> dict[str, Any]:
        """Return the fields that OpenAI does not have: what was shown of clips, and the trace."""
        shown = self.context.trace.video
        return {**({} if shown is None else {"video": shown}), **write_trace(self.context)}

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
        return {**self._write_head("chat.completion.chunk"), "choices": [choice]}

    def _write_usage_so_far(self, reply: Reply) -> dict[str, Any]:
        """Return the field `usage` of a chunk before the last: OpenAI's has no value there, vLLM's may."""
        if self._options.continuous_usage_stats:
            return {"usage": write_usage(reply)}
        return {"usage": None} if self._options.include_usage else {}

    @property
    def _options(self) -> StreamOptions:
        return self.request.stream_options or StreamOptions()

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


def write_citations(context: TurnContext) -> dict[str, Any]:
    """Return the field `citations` of a message that was answered from documents, or nothing.

    OpenAI's own `annotations` of a chat completion are of web pages alone, and clients check that.
    """
    has_sources = bool(context.turn.documents) or context.trace.has_sources
    return {"citations": list(context.trace.findings.citations)} if has_sources else {}


def _new_call_id() -> str:
    return f"call_{secrets.token_hex(12)}"


def _write_function(call: ToolCall) -> dict[str, Any]:
    return {"type": "function", "function": {"name": call.name, "arguments": call.arguments}}


def write_usage(reply: Reply) -> TokenUsage:
    usage = reply.usage
    return {
        "prompt_tokens": usage.num_prompt,
        "completion_tokens": usage.num_generated,
        "total_tokens": usage.num_prompt + usage.num_generated,
        "prompt_tokens_details": {"cached_tokens": usage.num_cached, "image_tokens": usage.num_image},
        "timings": reply.timings,
    }
