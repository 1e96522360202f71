"""OpenAI's dialect: `/v1/chat/completions` and `/v1/models`.

Reference: https://platform.openai.com/docs/api-reference/chat
"""

import secrets
import time
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from litestar import Request, Response, get, post
from litestar.datastructures import State
from litestar.params import FromPath

from model.tokenizer import Tokenizer
from model.tools import ToolCall
from server.api.account import account_of
from server.api.error_response import AnyRequest
from server.api.logprobs import token_logprobs
from server.api.media_types import JSON, SSE
from server.api.model_names import ModelNames
from server.api.openai.request import ChatRequest
from server.api.openai.response import ChatCompletion, ChatCompletionChunk, ModelEntry, ModelList
from server.api.openai.turn import turn_of
from server.api.openapi.operation import ASKING, CARD, described
from server.api.stage_options import StageOptionHeaders, headers_of, read_stage_options, traced
from server.api.transport import EventStream, read_body, unless_gone
from server.pipeline.pipeline import Pipeline
from server.pipeline.stage import TurnContext
from server.turn.reply import Reply, ReplyDelta

EXAMPLE = {
    "model": "minicpm-v",
    "messages": [
        {
            "role": "user",
            "content": [
                {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{CARD}"}},
                {"type": "text", "text": "What is this?"},
            ],
        }
    ],
    "temperature": 0,
}


@post(
    "/v1/chat/completions",
    status_code=200,
    opt=described(
        "Answer a dialogue, whole or streamed",
        body=ChatRequest,
        headers=StageOptionHeaders,
        answers={JSON: (ChatCompletion,), SSE: (ChatCompletionChunk,)},
        refuses=ASKING,
        example=EXAMPLE,
    ),
)
async def complete_chat(request: Request[Any, Any, State], state: State) -> Response[Any]:
    body, context = await read_context(request, state)
    pipeline: Pipeline = state.pipeline
    completion = Completion(body, context, pipeline.turns.engine.tokenizer)
    if not body.stream:
        whole = completion.whole(*await unless_gone(request, pipeline.answer(context)))
        return Response(whole, headers=headers_of(context.trace))
    reply = await pipeline.begin(context)
    return EventStream(request, completion.chunks(reply), reply, headers=headers_of(context.trace))


async def read_context(request: AnyRequest, state: State) -> tuple[ChatRequest, TurnContext]:
    """A body, and what it asks of the desk. Raises `ServerError`."""
    body = await read_body(request, ChatRequest)
    names: ModelNames = state.names
    names.check(body.model)
    pipeline: Pipeline = state.pipeline
    return body, pipeline.context(turn_of(body), account_of(request), read_stage_options(request))


@get("/v1/models", opt=described("List the names of the model", answers={JSON: (ModelList,)}))
async def list_models(state: State) -> ModelList:
    names: ModelNames = state.names
    return {"object": "list", "data": [_model(name) for name in names.all]}


@get("/v1/models/{name:path}", opt=described("Look a name up", answers={JSON: (ModelEntry,)}, refuses=(404,)))
async def show_model(name: FromPath[str], state: State) -> ModelEntry:
    """Names of the Hub hold a slash."""
    names: ModelNames = state.names
    names.check(name.removeprefix("/"))
    return _model(name.removeprefix("/"))


def _model(name: str) -> ModelEntry:
    return {"id": name, "object": "model", "created": 0, "owned_by": "openbmb"}


ROUTES = (complete_chat, list_models, show_model)


@dataclass
class Completion:
    """One request's answers in OpenAI's words, whole or in chunks."""

    request: ChatRequest
    context: TurnContext
    tokenizer: Tokenizer
    id: str = field(default_factory=lambda: f"chatcmpl-{secrets.token_hex(12)}")
    created: int = field(default_factory=lambda: int(time.time()))
    num_calls: dict[int, int] = field(default_factory=dict)
    """So many calls were told of each answer."""

    def whole(self, answers: Sequence[ReplyDelta], reply: Reply) -> dict[str, Any]:
        choices = [
            {
                "index": answer.index,
                "message": self._message(answer),
                "logprobs": self._logprobs(answer),
                "finish_reason": answer.finish_reason,
            }
            for answer in answers
        ]
        return {
            **self._head("chat.completion"),
            "choices": choices,
            "usage": _usage(reply),
            **traced(self.context),
        }

    def _message(self, answer: ReplyDelta) -> dict[str, Any]:
        calls = [{"id": _call_id(), **_function(call)} for call in answer.tool_calls]
        content = None if calls and not answer.text else answer.text
        message = {"role": "assistant", "content": content, "refusal": None}
        return {**message, "tool_calls": calls} if calls else message

    async def chunks(self, reply: Reply) -> AsyncIterator[dict[str, Any] | str]:
        for index in range(self.request.n or 1):
            yield self._chunk(index, {"role": "assistant", "content": ""})
        async for part in reply:
            for chunk in self._part(part):
                yield chunk
        if self._has_usage:
            yield {**self._head("chat.completion.chunk"), "choices": [], "usage": _usage(reply)}
        yield "[DONE]"

    def _part(self, part: ReplyDelta) -> list[dict[str, Any]]:
        deltas: list[dict[str, Any]] = []
        logprobs = self._logprobs(part)
        if part.text or (logprobs and logprobs["content"]):
            deltas.append(self._chunk(part.index, {"content": part.text}, logprobs))
        for call in part.tool_calls:
            deltas += [self._chunk(part.index, {"tool_calls": [delta]}) for delta in self._call(part.index, call)]
        if part.finish_reason is not None:
            deltas.append({**self._chunk(part.index, {}, finish_reason=part.finish_reason), **traced(self.context)})
        return deltas

    def _call(self, index: int, call: ToolCall) -> list[dict[str, Any]]:
        """First its name, then its arguments: clients join those."""
        place = self.num_calls.get(index, 0)
        self.num_calls[index] = place + 1
        opening = {"index": place, "id": _call_id(), **_function(ToolCall(call.name, ""))}
        return [opening, {"index": place, "function": {"arguments": call.arguments}}]

    def _chunk(
        self, index: int, delta: dict[str, Any], logprobs: Any = None, finish_reason: str | None = None
    ) -> dict[str, Any]:
        choice = {"index": index, "delta": delta, "logprobs": logprobs, "finish_reason": finish_reason}
        usage = {"usage": None} if self._has_usage else {}
        return {**self._head("chat.completion.chunk"), "choices": [choice], **usage}

    @property
    def _has_usage(self) -> bool:
        options = self.request.stream_options
        return options is not None and options.include_usage

    def _head(self, kind: str) -> dict[str, Any]:
        return {"id": self.id, "object": kind, "created": self.created, "model": self.request.model}

    def _logprobs(self, part: ReplyDelta) -> dict[str, Any] | None:
        if not self.request.logprobs:
            return None
        return {"content": token_logprobs(self.tokenizer, part.logprobs), "refusal": None}


def _call_id() -> str:
    return f"call_{secrets.token_hex(12)}"


def _function(call: ToolCall) -> dict[str, Any]:
    return {"type": "function", "function": {"name": call.name, "arguments": call.arguments}}


def _usage(reply: Reply) -> dict[str, Any]:
    usage = reply.usage
    return {
        "prompt_tokens": usage.num_prompt,
        "completion_tokens": usage.num_generated,
        "total_tokens": usage.num_prompt + usage.num_generated,
        "prompt_tokens_details": {"cached_tokens": usage.num_cached, "image_tokens": usage.num_image},
        "timings": reply.timings,
    }
