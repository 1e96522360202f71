"""For the playground: the generation parameters, and the prompt that a request becomes."""

import asyncio

from litestar import get, post
from litestar.datastructures import State
from msgspec import structs

from server.api.error_response import AnyRequest
from server.api.media_types import JSON
from server.api.openai.request import ChatRequest
from server.api.openai.routes import EXAMPLE, read_context
from server.api.openapi.operation import ASKING, described
from server.api.playground import runs
from server.api.playground.parameters import Parameters, parameters_of
from server.api.playground.prompt import WrittenPrompt, written
from server.api.stage_options import StageOptionHeaders, traced
from server.api.transport import unless_gone
from server.pipeline.pipeline import Pipeline


@get(
    "/playground/parameters",
    opt=described("Say what each generation parameter means, and its default", answers={JSON: (Parameters,)}),
)
async def list_parameters(state: State) -> Parameters:
    """Of `/v1/chat/completions`."""
    pipeline: Pipeline = state.pipeline
    return await parameters_of(pipeline.turns.engine, pipeline.turns.limits.max_new_tokens)


@post(
    "/playground/prompt",
    status_code=200,
    opt=described(
        "Write the prompt that `/v1/chat/completions` would answer, and answer nothing",
        body=ChatRequest,
        headers=StageOptionHeaders,
        answers={JSON: (WrittenPrompt,)},
        refuses=ASKING,
        example=EXAMPLE,
    ),
)
async def show_prompt(request: AnyRequest, state: State) -> WrittenPrompt:
    _, context = await read_context(request, state)
    pipeline: Pipeline = state.pipeline
    dialogue = await unless_gone(request, pipeline.prepare(context))
    shown = await asyncio.to_thread(written, dialogue, pipeline.turns.engine.tokenizer)
    return structs.replace(shown, **traced(context))


ROUTES = (list_parameters, show_prompt, *runs.ROUTES)
