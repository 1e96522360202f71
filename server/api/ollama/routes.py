"""The routes of Ollama's dialect: `/api/generate` and `/api/chat`, and those of `models.py` and `embed.py`.

Reference: https://github.com/ollama/ollama/blob/main/docs/api.md
"""

import asyncio
from typing import Any

from litestar import Response, post
from litestar.datastructures import State

from server.api.error_response import AnyRequest
from server.api.media_types import JSON, NDJSON
from server.api.ollama.answer import ChatAnswer, GenerateAnswer
from server.api.ollama.embed import embed, embed_prompt
from server.api.ollama.models import list_loaded_models, list_models, pull_model, show_model, show_version
from server.api.ollama.request import ChatRequest, GenerateRequest
from server.api.ollama.response import ChatLine, GeneratedLine
from server.api.ollama.turn import build_chat_turn, build_generate_turn
from server.api.openapi.operation import CARD, MODEL_ERRORS, describe
from server.api.stage_options import StageOptionHeaders
from server.api.transport import read_body


@post(
    "/api/generate",
    status_code=200,
    opt=describe(
        "Answer a prompt, as a stream or as a whole",
        body=GenerateRequest,
        headers=StageOptionHeaders,
        answers={JSON: (GeneratedLine,), NDJSON: (GeneratedLine,)},
        errors=MODEL_ERRORS,
        example={"model": "minicpm-v", "prompt": "What is this?", "images": [CARD], "stream": False},
    ),
)
async def generate(request: AnyRequest, state: State) -> Response[Any]:
    body = await read_body(request, GenerateRequest)
    answer = GenerateAnswer(body, state)
    if not body.prompt and not body.images:
        return answer.respond_loaded()
    turns = answer.turns
    turn = await asyncio.to_thread(build_generate_turn, body, turns.limits, turns.engine.tokenizer)
    return await answer.respond(request, turn)


@post(
    "/api/chat",
    status_code=200,
    opt=describe(
        "Answer a dialogue, as a stream or as a whole",
        body=ChatRequest,
        headers=StageOptionHeaders,
        answers={JSON: (ChatLine,), NDJSON: (ChatLine,)},
        errors=MODEL_ERRORS,
        example={"model": "minicpm-v", "messages": [{"role": "user", "content": "What is this?", "images": [CARD]}]},
    ),
)
async def chat(request: AnyRequest, state: State) -> Response[Any]:
    body = await read_body(request, ChatRequest)
    answer = ChatAnswer(body, state)
    if not body.messages:
        return answer.respond_loaded()
    return await answer.respond(request, build_chat_turn(body, answer.turns.limits))


ROUTES = (
    generate,
    chat,
    embed,
    embed_prompt,
    list_models,
    show_model,
    pull_model,
    list_loaded_models,
    show_version,
)
