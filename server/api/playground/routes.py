"""For the playground: the generation parameters, and the prompt that a request becomes."""

import asyncio

from litestar import get, post
from litestar.datastructures import State
from msgspec import structs

from server.api.error_response import JSON, AnyRequest
from server.api.openai.routes import EXAMPLE, read_case
from server.api.openai.request import ChatRequest
from server.api.openapi.operation import ASKING, described
from server.api.playground.parameters import Parameters, parameters_of
from server.api.playground.prompt import WrittenPrompt, written
from server.api.transport import unless_gone
from server.api.stage_options import WishHeaders, traced
from server.pipeline.pipeline import Desk


@get(
    "/playground/parameters",
    opt=described("Say what each generation parameter means, and its default", answers={JSON: (Parameters,)}),
)
async def parameters(state: State) -> Parameters:
    """Of `/v1/chat/completions`."""
    desk: Desk = state.desk
    return await parameters_of(desk.turns.engine, desk.turns.limits.max_new_tokens)


@post(
    "/playground/prompt",
    status_code=200,
    opt=described(
        "Write the prompt that `/v1/chat/completions` would answer, and answer nothing",
        body=ChatRequest,
        headers=WishHeaders,
        answers={JSON: (WrittenPrompt,)},
        refuses=ASKING,
        example=EXAMPLE,
    ),
)
async def prompt(request: AnyRequest, state: State) -> WrittenPrompt:
    _, case = await read_case(request, state)
    desk: Desk = state.desk
    dialogue = await unless_gone(request, desk.prepare(case))
    shown = await asyncio.to_thread(written, dialogue, desk.turns.engine.tokenizer)
    return structs.replace(shown, **traced(case))
