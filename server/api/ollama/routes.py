"""Ollama's dialect: `/api/generate` and `/api/chat`, as lines of JSON while an answer comes, or whole.

Reference: https://github.com/ollama/ollama/blob/main/docs/api.md
"""

import json
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

from litestar import Request, Response, post
from litestar.datastructures import State

from model.tools import ToolCall
from server.api.account import account_of
from server.api.logprobs import token_logprobs
from server.api.media_types import JSON, NDJSON
from server.api.model_names import ModelNames
from server.api.ollama import request as wire
from server.api.ollama.models import list_loaded_models, list_models, show_model, show_version
from server.api.ollama.response import ChatLine, GeneratedLine
from server.api.ollama.turn import turn_of_chat, turn_of_generate
from server.api.openapi.operation import ASKING, CARD, described
from server.api.stage_options import StageOptionHeaders, headers_of, read_stage_options, traced
from server.api.transport import EventStream, read_body, unless_gone
from server.pipeline.pipeline import Pipeline
from server.pipeline.stage import TurnContext
from server.turn.reply import Reply, ReplyDelta
from server.turn.turn import Turn


@post(
    "/api/generate",
    status_code=200,
    opt=described(
        "Answer a prompt, in lines or whole",
        body=wire.GenerateRequest,
        headers=StageOptionHeaders,
        answers={JSON: (GeneratedLine,), NDJSON: (GeneratedLine,)},
        refuses=ASKING,
        example={"model": "minicpm-v", "prompt": "What is this?", "images": [CARD], "stream": False},
    ),
)
async def generate(request: Request[Any, Any, State], state: State) -> Response[Any]:
    body = await read_body(request, wire.GenerateRequest)
    answering = Generating(body, state)
    if not body.prompt and not body.images:
        return answering.loaded()
    return await answering.answer(request, turn_of_generate(body, answering.turns.limits))


@post(
    "/api/chat",
    status_code=200,
    opt=described(
        "Answer a dialogue, in lines or whole",
        body=wire.ChatRequest,
        headers=StageOptionHeaders,
        answers={JSON: (ChatLine,), NDJSON: (ChatLine,)},
        refuses=ASKING,
        example={"model": "minicpm-v", "messages": [{"role": "user", "content": "What is this?", "images": [CARD]}]},
    ),
)
async def chat(request: Request[Any, Any, State], state: State) -> Response[Any]:
    body = await read_body(request, wire.ChatRequest)
    answering = Chatting(body, state)
    if not body.messages:
        return answering.loaded()
    return await answering.answer(request, turn_of_chat(body, answering.turns.limits))


class Answering:
    """One request's answer in Ollama's words. Raises `UnknownModel`."""

    def __init__(self, request: wire.Request, state: State) -> None:
        names: ModelNames = state.names
        names.check(request.model)
        self._pipeline: Pipeline = state.pipeline
        self.turns = self._pipeline.turns
        self._request = request
        self._began_s = time.perf_counter()

    async def answer(self, request: Request[Any, Any, State], turn: Turn) -> Response[Any]:
        context = self._pipeline.context(turn, account_of(request), read_stage_options(request))
        if self._request.stream is not False:
            reply = await self._pipeline.begin(context)
            return EventStream(request, self._lines(reply, context), reply, NDJSON, headers_of(context.trace))
        (answer,), reply = await unless_gone(request, self._pipeline.answer(context))
        whole = {**self._line(answer), **self._end(answer, reply), **traced(context)}
        return Response(whole, headers=headers_of(context.trace))

    def loaded(self) -> Response[Any]:
        """A request without a question asks for the model to be loaded, or unloaded. It is loaded, and stays."""
        reason = "unload" if self._request.keep_alive in (0, "0", "0s") else "load"
        return Response({**self._line(ReplyDelta(0)), "done": True, "done_reason": reason})

    def said(self, part: ReplyDelta) -> dict[str, Any]:
        """What was said, where the two ways of asking differ."""
        raise NotImplementedError

    async def _lines(self, reply: Reply, context: TurnContext) -> AsyncIterator[dict[str, Any]]:
        async for part in reply:
            if part.text or part.tool_calls or (part.logprobs and self._request.logprobs):
                yield self._line(part)
            if part.finish_reason is not None:
                yield {**self._line(ReplyDelta(0)), **self._end(part, reply), **traced(context)}

    def _line(self, part: ReplyDelta) -> dict[str, Any]:
        logprobs = token_logprobs(self.turns.engine.tokenizer, part.logprobs) if self._request.logprobs else []
        return {
            "model": self._request.model,
            "created_at": datetime.now(UTC).isoformat().replace("+00:00", "Z"),
            **self.said(part),
            "done": False,
            **({"logprobs": logprobs} if logprobs else {}),
        }

    def _end(self, part: ReplyDelta, reply: Reply) -> dict[str, Any]:
        """Loading is what came before the engine: the picture, the prompt, the grammar."""
        usage = reply.usage
        return {
            "done": True,
            "done_reason": "length" if part.finish_reason == "length" else "stop",
            "total_duration": _ns(reply.ended_s - self._began_s),
            "load_duration": _ns(reply.began_s - self._began_s),
            "prompt_eval_count": usage.num_prompt,
            "prompt_eval_duration": _ns(reply.first_s - reply.began_s),
            "eval_count": usage.num_generated,
            "eval_duration": _ns(reply.ended_s - reply.first_s),
        }


class Generating(Answering):
    def said(self, part: ReplyDelta) -> dict[str, Any]:
        return {"response": part.text}


class Chatting(Answering):
    def said(self, part: ReplyDelta) -> dict[str, Any]:
        message = {"role": "assistant", "content": part.text}
        return {"message": {**message, "tool_calls": list(map(_call, part.tool_calls))} if part.tool_calls else message}


def _call(call: ToolCall) -> dict[str, Any]:
    return {"function": {"name": call.name, "arguments": json.loads(call.arguments)}}


def _ns(seconds: float) -> int:
    return round(seconds * 1e9)


ROUTES = (generate, chat, list_models, show_model, list_loaded_models, show_version)
