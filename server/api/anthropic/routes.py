"""The routes of Anthropic's dialect: `/v1/messages` and `/v1/messages/count_tokens`.

Reference: https://docs.anthropic.com/en/api/messages
"""

from http import HTTPStatus
from typing import Any

from litestar import Response, post
from litestar.datastructures import State

from server.api.account import find_account
from server.api.anthropic.message import Message
from server.api.anthropic.request import CountRequest, MessageRequest
from server.api.anthropic.response import AnsweredMessage, CountedTokens, MessageEvents
from server.api.anthropic.turn import build_turn
from server.api.attachments import attach_while_connected, begin_while_connected
from server.api.error_response import AnyRequest
from server.api.media_types import JSON, SSE
from server.api.model_names import ModelNames
from server.api.openapi.operation import CARD, MODEL_ERRORS, describe
from server.api.stage_options import StageOptionHeaders, read_stage_options, write_cache_header
from server.api.transport import EventStream, read_body, run_while_connected
from server.api.turn_options import limit_new_tokens, note_idle_keywords
from server.api.unknown_fields import note_ignored
from server.pipeline.pipeline import Pipeline
from server.pipeline.stage import TurnContext

COUNT_ERRORS = tuple(status for status in MODEL_ERRORS if status != HTTPStatus.GATEWAY_TIMEOUT)
"""Counting tokens does not wait for the model."""

MESSAGES = [
    {
        "role": "user",
        "content": [
            {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": CARD}},
            {"type": "text", "text": "What is this?"},
        ],
    }
]


@post(
    "/v1/messages",
    status_code=200,
    opt=describe(
        "Answer a dialogue, as a whole or as a stream",
        body=MessageRequest,
        headers=StageOptionHeaders,
        answers={JSON: (AnsweredMessage,), SSE: MessageEvents},
        errors=MODEL_ERRORS,
        example={"model": "minicpm-v", "max_tokens": 100, "messages": MESSAGES, "temperature": 0},
    ),
)
async def create_message(request: AnyRequest, state: State) -> Response[Any]:
    body = await read_body(request, MessageRequest)
    context = await build_context(request, state, body)
    pipeline: Pipeline = state.pipeline
    message = Message(request, body.model, context)
    if body.stream:
        reply = await begin_while_connected(request, pipeline, context)
        return EventStream(request, message.write_events(reply), reply, headers=write_cache_header(context.trace))
    (answer,), reply = await run_while_connected(request, pipeline.answer(context))
    return Response(message.write_whole(answer, reply), headers=write_cache_header(context.trace))


@post(
    "/v1/messages/count_tokens",
    status_code=200,
    opt=describe(
        "Count the tokens of a dialogue, with its pictures and tools",
        body=CountRequest,
        headers=StageOptionHeaders,
        answers={JSON: (CountedTokens,)},
        errors=COUNT_ERRORS,
        example={"model": "minicpm-v", "messages": MESSAGES},
    ),
)
async def count_tokens(request: AnyRequest, state: State) -> CountedTokens:
    """Return how many tokens the prompt of the dialogue would have."""
    body = await read_body(request, CountRequest)
    pipeline: Pipeline = state.pipeline
    context = await build_context(request, state, body)
    dialogue = await run_while_connected(request, pipeline.prepare(context))
    return {"input_tokens": len(dialogue.prompt.input_ids)}


async def build_context(request: AnyRequest, state: State, body: CountRequest) -> TurnContext:
    """Return the turn of a body for the pipeline. Raises `ServerError` for what cannot be answered."""
    names: ModelNames = state.names
    names.check(body.model)
    pipeline: Pipeline = state.pipeline
    turn = limit_new_tokens(request, build_turn(body), pipeline.turns.limits.max_new_tokens, "max_tokens")
    note_idle_keywords(request, turn, "output_config.format.schema", "tools[].input_schema")
    if body.thinking and body.thinking.get("type") != "disabled":
        note_ignored(request, "thinking")
    account = find_account(request)
    turn = await attach_while_connected(request, turn, account, pipeline, state.library)
    return pipeline.build_context(turn, account, read_stage_options(request))


ROUTES = (create_message, count_tokens)
