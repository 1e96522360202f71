"""The routes of OpenAI's dialect: chat completions, models, and those of `embeddings.py` and `responses/`.

Reference: https://platform.openai.com/docs/api-reference/chat
"""

from dataclasses import replace
from typing import Any

from litestar import Response, get, post
from litestar.datastructures import State
from litestar.params import FromPath

from server.api.account import find_account
from server.api.attachments import attach_while_connected, begin_while_connected
from server.api.clips import prepare_clips, write_video_header
from server.api.embedding import list_embedding_names
from server.api.error_response import AnyRequest
from server.api.media_types import JSON, SSE
from server.api.model_names import ModelNames
from server.api.openai.completion import Completion
from server.api.openai.embeddings import embed_input
from server.api.openai.request import ChatRequest
from server.api.openai.response import ChatCompletion, ChatCompletionChunk, ModelEntry, ModelList
from server.api.openai.responses.routes import RESPONSE_ROUTES
from server.api.openai.turn import build_turn, list_clips, list_idle_fields, name_max_tokens, read_clip_source
from server.api.openapi.operation import CARD, MODEL_ERRORS, describe
from server.api.stage_options import StageOptionHeaders, read_stage_options, write_cache_header
from server.api.transport import EventStream, read_body, run_while_connected
from server.api.turn_options import limit_new_tokens, note_idle_keywords
from server.api.unknown_fields import note_ignored
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
        reply = await begin_while_connected(request, pipeline, context)
        return EventStream(request, completion.write_chunks(reply), reply, headers=_write_headers(context))
    answers, reply = await run_while_connected(request, pipeline.answer(context))
    return Response(completion.write_whole(answers, reply), headers=_write_headers(context))


def _write_headers(context: TurnContext) -> dict[str, str]:
    return {**write_cache_header(context.trace), **write_video_header(context.trace)}


async def read_context(request: AnyRequest, state: State) -> tuple[ChatRequest, TurnContext]:
    """Return the body of a request, and its turn for the pipeline. Raises `ServerError` for what cannot be answered."""
    body = await read_body(request, ChatRequest)
    names: ModelNames = state.names
    body.model = names.choose(body.model)
    pipeline: Pipeline = state.pipeline
    turn = limit_new_tokens(request, build_turn(body), pipeline.turns.limits.max_new_tokens, name_max_tokens(body))
    parts = list_clips(body)
    clips = await prepare_clips(request, state, list(map(read_clip_source, parts)), turn)
    frames = {id(part): clip.pictures for part, clip in zip(parts, clips, strict=True)}
    turn = replace(turn, messages=build_turn(body, frames).messages)
    note_ignored(request, *list_idle_fields(body))
    note_idle_keywords(request, turn, "response_format.json_schema.schema", "tools[].function.parameters")
    account, library = find_account(request), state.library
    turn = await attach_while_connected(request, turn, account, pipeline, library)
    context = pipeline.build_context(turn, account, read_stage_options(request))
    context.trace.note_clips(clips)
    return body, context


@get("/v1/models", opt=describe("List the names of the model", answers={JSON: (ModelList,)}))
async def list_models(state: State) -> ModelList:
    names: ModelNames = state.names
    listed = [_write_model(name) for name in names.all]
    return {"object": "list", "data": listed + [_write_model(name, "user") for name in list_embedding_names(state)]}


@get(
    "/v1/models/{name:path}",
    opt=describe("Show the model by one of its names", answers={JSON: (ModelEntry,)}, errors=(404,)),
)
async def show_model(name: FromPath[str], state: State) -> ModelEntry:
    names: ModelNames = state.names
    name = name.removeprefix("/")
    if name in list_embedding_names(state):
        return _write_model(name, "user")
    names.check(name)
    return _write_model(name)


def _write_model(name: str, owner: str = "openbmb") -> ModelEntry:
    return {"id": name, "object": "model", "created": 0, "owned_by": owner}


ROUTES = (complete_chat, embed_input, list_models, show_model, *RESPONSE_ROUTES)
