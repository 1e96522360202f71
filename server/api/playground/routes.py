"""The routes of the playground: the generation parameters, the prompt of a request, and those of `runs.py`."""

import asyncio

from litestar import get, post
from litestar.datastructures import State
from msgspec import structs

from server.api.error_response import AnyRequest
from server.api.media_types import JSON
from server.api.openai.request import ChatRequest
from server.api.openai.routes import EXAMPLE, read_context
from server.api.openapi.operation import MODEL_ERRORS, describe
from server.api.playground import runs
from server.api.playground.parameters import Parameters, describe_parameters
from server.api.playground.prompt import WrittenPrompt, write_prompt
from server.api.stage_options import StageOptionHeaders, write_trace
from server.api.transport import run_while_connected
from server.pipeline.pipeline import Pipeline


@get(
    "/playground/parameters",
    opt=describe("List the generation parameters with their defaults and meanings", answers={JSON: (Parameters,)}),
)
async def list_parameters(state: State) -> Parameters:
    pipeline: Pipeline = state.pipeline
    return await describe_parameters(pipeline.turns.engine, pipeline.turns.limits.max_new_tokens)


@post(
    "/playground/prompt",
    status_code=200,
    opt=describe(
        "Show the prompt that `/v1/chat/completions` would send to the model",
        body=ChatRequest,
        headers=StageOptionHeaders,
        answers={JSON: (WrittenPrompt,)},
        errors=MODEL_ERRORS,
        example=EXAMPLE,
    ),
)
async def show_prompt(request: AnyRequest, state: State) -> WrittenPrompt:
    _, context = await read_context(request, state)
    pipeline: Pipeline = state.pipeline
    dialogue = await run_while_connected(request, pipeline.prepare(context))
    shown = await asyncio.to_thread(write_prompt, dialogue, pipeline.turns.engine.tokenizer)
    return structs.replace(shown, **write_trace(context))


ROUTES = (list_parameters, show_prompt, *runs.ROUTES)
