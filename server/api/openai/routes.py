"""The routes of OpenAI's dialect: `/v1/chat/completions` and `/v1/models`.

Reference: https://platform.openai.com/docs/api-reference/chat
"""

from typing import Any

from litestar import Response, get, post
from litestar.datastructures import State
from litestar.params import FromPath

from server.api.account import find_account
from server.api.error_response import AnyRequest
from server.api.media_types import JSON, SSE
from server.api.model_names import ModelNames
from server.api.openai.completion import Completion
from server.api.openai.request import ChatRequest
from server.api.openai.response import ChatCompletion, ChatCompletionChunk, ModelEntry, ModelList
from server.api.openai.turn import build_turn
from server.api.openapi.operation import CARD, MODEL_ERRORS, describe
from server.api.stage_options import StageOptionHeaders, read_stage_options, write_cache_header
from server.api.transport import EventStream, read_body, run_while_connected
from server.pipeline.pipeline import Pipeline
from server.pipeline.stage import TurnContext

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
    opt=describe(
        "Answer a dialogue, as a whole or as a stream",
        body=ChatRequest,
        headers=StageOptionHeaders,
        answers={JSON: (ChatCompletion,), SSE: (ChatCompletionChunk,)},
        errors=MODEL_ERRORS,
        example=EXAMPLE,
    ),
)
async def complete_chat(request: AnyRequest, state: State) -> Response[Any]:
    body, context = await read_context(request, state)
    pipeline: Pipeline = state.pipeline
    completion = Completion(body, context, pipeline.turns.engine.tokenizer)
    if body.stream:
        reply = await pipeline.begin(context)
        return EventStream(request, completion.write_chunks(reply), reply, headers=write_cache_header(context.trace))
    answers, reply = await run_while_connected(request, pipeline.answer(context))
    return Response(completion.write_whole(answers, reply), headers=write_cache_header(context.trace))


async def read_context(request: AnyRequest, state: State) -> tuple[ChatRequest, TurnContext]:
    """Return the body of a request, and its turn for the pipeline. Raises `ServerError` for what cannot be answered."""
    body = await read_body(request, ChatRequest)
    names: ModelNames = state.names
    names.check(body.model)
    pipeline: Pipeline = state.pipeline
    return body, pipeline.build_context(build_turn(body), find_account(request), read_stage_options(request))


@get("/v1/models", opt=describe("List the names of the model", answers={JSON: (ModelList,)}))
async def list_models(state: State) -> ModelList:
    names: ModelNames = state.names
    return {"object": "list", "data": [_write_model(name) for name in names.all]}


@get(
    "/v1/models/{name:path}",
    opt=describe("Show the model by one of its names", answers={JSON: (ModelEntry,)}, errors=(404,)),
)
async def show_model(name: FromPath[str], state: State) -> ModelEntry:
    names: ModelNames = state.names
    names.check(name.removeprefix("/"))
    return _write_model(name.removeprefix("/"))


def _write_model(name: str) -> ModelEntry:
    return {"id": name, "object": "model", "created": 0, "owned_by": "openbmb"}


ROUTES = (complete_chat, list_models, show_model)
