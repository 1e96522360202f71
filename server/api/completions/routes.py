"""`POST /v1/completions`: texts are continued as they are, without roles and system prompt.

Reference: https://platform.openai.com/docs/api-reference/completions
"""

import asyncio
from dataclasses import replace
from typing import Any

from litestar import Response, post
from litestar.datastructures import State

from server.api.account import find_account
from server.api.completions.batch import Batch, begin_batch, check_size
from server.api.completions.completion import Completion
from server.api.completions.request import CompletionRequest
from server.api.completions.response import TextCompletion
from server.api.completions.tokens import detokenize, show_tokenizer, show_version, tokenize
from server.api.completions.turn import build_turns
from server.api.error_response import AnyRequest
from server.api.media_types import JSON, SSE
from server.api.model_names import ModelNames
from server.api.openapi.operation import MODEL_ERRORS, describe
from server.api.stage_options import StageOptionHeaders, read_stage_options, write_cache_header
from server.api.transport import EventStream, read_body, run_while_connected
from server.api.turn_options import limit_new_tokens
from server.pipeline.pipeline import Pipeline
from server.pipeline.stage import TurnContext

EXAMPLE = {"model": "minicpm-v", "prompt": "The shop sells", "max_tokens": 8, "temperature": 0}


@post(
    "/v1/completions",
    status_code=200,
    opt=describe(
        "Continue texts, as a whole or as a stream",
        body=CompletionRequest,
        headers=StageOptionHeaders,
        answers={JSON: (TextCompletion,), SSE: (TextCompletion,)},
        errors=MODEL_ERRORS,
        example=EXAMPLE,
    ),
)
async def complete_text(request: AnyRequest, state: State) -> Response[Any]:
    body = await read_body(request, CompletionRequest)
    names: ModelNames = state.names
    model = names.choose(body.model)
    pipeline: Pipeline = state.pipeline
    contexts = await _build_contexts(request, pipeline, body)
    completion = Completion(body, model, contexts[0], pipeline.turns.engine.tokenizer)
    trace = contexts[0].trace
    if body.stream:
        batch = await begin_batch(pipeline, contexts)
        return EventStream(request, completion.write_chunks(batch), batch.reply, headers=write_cache_header(trace))
    written = await run_while_connected(request, _answer(pipeline, contexts, completion))
    return Response(written, headers=write_cache_header(trace))


async def _answer(pipeline: Pipeline, contexts: list[TurnContext], completion: Completion) -> TextCompletion:
    batch: Batch = await begin_batch(pipeline, contexts)
    answers = await batch.reply.read_answers()
    return await asyncio.to_thread(completion.write_whole, batch, answers)


async def _build_contexts(request: AnyRequest, pipeline: Pipeline, body: CompletionRequest) -> list[TurnContext]:
    """Return the turns of the prompts for the pipeline, which write one trace. Raises `FieldRefused`."""
    engine, limits = pipeline.turns.engine, pipeline.turns.limits
    account = find_account(request)
    turns = await asyncio.to_thread(build_turns, body, engine.tokenizer)
    check_size(turns, min(engine.limits.max_requests, account.max_streams))
    turns = [limit_new_tokens(request, turn, limits.max_new_tokens, "max_tokens") for turn in turns]
    stage_options = read_stage_options(request)
    contexts = [pipeline.build_context(turn, account, stage_options) for turn in turns]
    return [replace(context, trace=contexts[0].trace) for context in contexts]


ROUTES = (complete_text, tokenize, detokenize, show_tokenizer, show_version)
