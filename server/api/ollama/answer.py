"""The answer to `POST /api/generate` and `POST /api/chat`, written whole or as lines of JSON.

Reference: https://github.com/ollama/ollama/blob/main/docs/api.md
"""

import asyncio
import json
import time
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

from litestar import Response
from litestar.datastructures import State

from model.tools import ToolCall
from server.api.account import find_account
from server.api.error_response import AnyRequest
from server.api.logprobs import write_logprobs
from server.api.media_types import NDJSON
from server.api.model_names import ModelNames
from server.api.ollama.context import write_context
from server.api.ollama.request import Request
from server.api.stage_options import read_stage_options, write_cache_header, write_trace
from server.api.transport import EventStream, run_while_connected
from server.api.turn_options import limit_new_tokens, note_idle_keywords
from server.api.unknown_fields import note_ignored
from server.pipeline.pipeline import Pipeline
from server.pipeline.stage import TurnContext
from server.turn.reply import Reply, ReplyDelta
from server.turn.turn import Turn, TurnMessage


class Answer(ABC):
    """The answer to one request; making one raises `UnknownModel`."""

    def __init__(self, request: Request, state: State) -> None:
        names: ModelNames = state.names
        names.check(request.model)
        self._pipeline: Pipeline = state.pipeline
        self.turns = self._pipeline.turns
        self._request = request
        self._began_s = time.perf_counter()

    @abstractmethod
    def write_content(self, delta: ReplyDelta) -> dict[str, Any]:
        """Return the fields of a line in which the two routes differ: the text, and calls of tools."""

    @abstractmethod
    async def write_last(self, turn: Turn, text: str) -> dict[str, Any]:
        """Return the fields that only the last line of a route has. `text` is the whole answer."""

    async def respond(self, request: AnyRequest, turn: Turn) -> Response[Any]:
        """Respond with the answer to a turn. Raises `FieldRefused` for fields without effect where that is asked."""
        turn = limit_new_tokens(request, turn, self.turns.limits.max_new_tokens, "options.num_predict")
        note_idle_keywords(request, turn, "format", "tools[].function.parameters")
        if self._request.think:
            note_ignored(request, "think")
        context = self._pipeline.build_context(turn, find_account(request), read_stage_options(request))
        if self._request.stream is not False:
            reply = await self._pipeline.begin(context)
            lines = self._write_lines(reply, context, turn)
            return EventStream(request, lines, reply, NDJSON, write_cache_header(context.trace))
        (answer,), reply = await run_while_connected(request, self._pipeline.answer(context))
        end = {**self._write_end(answer, reply), **await self.write_last(turn, answer.text)}
        whole = {**self._write_line(answer), **end, **write_trace(context)}
        return Response(whole, headers=write_cache_header(context.trace))

    def respond_loaded(self) -> Response[Any]:
        """Respond to a request without a question, which asks Ollama to load or unload the model. It stays loaded."""
        reason = "unload" if self._request.keep_alive in (0, "0", "0s") else "load"
        return Response({**self._write_line(ReplyDelta(0)), "done": True, "done_reason": reason})

    async def _write_lines(self, reply: Reply, context: TurnContext, turn: Turn) -> AsyncIterator[dict[str, Any]]:
        """Yield the lines of a stream. `turn` is as the client asked it, before any stage."""
        texts: list[str] = []
        async for delta in reply:
            texts.append(delta.text)
            if delta.text or delta.tool_calls or (delta.logprobs and self._request.logprobs):
                yield self._write_line(delta)
            if delta.finish_reason is not None:
                end = {**self._write_end(delta, reply), **await self.write_last(turn, "".join(texts))}
                yield {**self._write_line(ReplyDelta(0)), **end, **write_trace(context)}

    def _write_line(self, delta: ReplyDelta) -> dict[str, Any]:
        logprobs = write_logprobs(self.turns.engine.tokenizer, delta.logprobs) if self._request.logprobs else []
        return {
            "model": self._request.model,
            "created_at": datetime.now(UTC).isoformat().replace("+00:00", "Z"),
            **self.write_content(delta),
            "done": False,
            **({"logprobs": logprobs} if logprobs else {}),
        }

    def _write_end(self, delta: ReplyDelta, reply: Reply) -> dict[str, Any]:
        """Return the fields of the last line. `load_duration` is what came before the engine: pictures and prompt."""
        usage = reply.usage
        return {
            "done": True,
            "done_reason": "length" if delta.finish_reason == "length" else "stop",
            "total_duration": _to_ns(reply.ended_s - self._began_s),
            "load_duration": _to_ns(reply.began_s - self._began_s),
            "prompt_eval_count": usage.num_prompt,
            "prompt_eval_duration": _to_ns(reply.first_s - reply.began_s),
            "eval_count": usage.num_generated,
            "eval_duration": _to_ns(reply.ended_s - reply.first_s),
        }


class GenerateAnswer(Answer):
    def write_content(self, delta: ReplyDelta) -> dict[str, Any]:
        return {"response": delta.text}

    async def write_last(self, turn: Turn, text: str) -> dict[str, Any]:
        """Return `context`, which a raw prompt has not: nobody knows where its messages begin."""
        if turn.options.get("raw"):
            return {}
        messages = (*turn.messages, TurnMessage("assistant", (text,)))
        return {"context": await asyncio.to_thread(write_context, self.turns.engine.tokenizer, messages)}


class ChatAnswer(Answer):
    def write_content(self, delta: ReplyDelta) -> dict[str, Any]:
        calls = [_write_call(call) for call in delta.tool_calls if call.is_complete]  # arguments are objects here
        message = {"role": "assistant", "content": delta.text}
        return {"message": {**message, "tool_calls": calls} if calls else message}

    async def write_last(self, _turn: Turn, _text: str) -> dict[str, Any]:
        return {}


def _write_call(call: ToolCall) -> dict[str, Any]:
    return {"function": {"name": call.name, "arguments": json.loads(call.arguments)}}


def _to_ns(seconds: float) -> int:
    return round(seconds * 1e9)
