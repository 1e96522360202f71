"""`POST /ask` for one question, and `POST /chat` for a turn of a stored session."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any, TypeGuard

import msgspec
from litestar import Response, post
from litestar.datastructures import State

from model.decode import decode_base64
from server.api.account import find_account
from server.api.error_response import AnyRequest
from server.api.media_types import JSON, SSE
from server.api.openapi.operation import CARD, MODEL_ERRORS, describe
from server.api.stage_options import StageOptionFields, StageOptionHeaders, read_stage_options, write_cache_header
from server.api.transport import EventStream, read_body, run_while_connected
from server.dialogue.conversations import Conversations, Question
from server.dialogue.stored_reply import StoredReply
from server.errors import EmptyQuestion, MissingFields
from server.pipeline.pipeline import Pipeline
from server.pipeline.stage import StageOptions, Trace
from server.turn.turn import Turn


class AskBody(StageOptionFields, forbid_unknown_fields=True):
    """A question. Pictures are base64, with or without the prefix of a data URL; `image` comes before `images`."""

    question: str | None = None
    image: str | None = None
    images: list[str] | None = None


class ChatBody(AskBody, forbid_unknown_fields=True):
    user_id: str | None = None
    stream: bool = False


class Piece(msgspec.Struct):
    """The next piece of an answer that is streamed."""

    piece: str


class Answer(msgspec.Struct, omit_defaults=True):
    """A whole answer, also the last event of a stream.

    The oldest `dropped_turns` of the session did not fit the prompt; they stay stored. `corrections` are the typing
    mistakes that were corrected in the question, `moderation` the hits of word lists.
    """

    answer: str
    dropped_turns: int = 0
    corrections: list[Mapping[str, Any]] = []
    moderation: list[Mapping[str, Any]] = []
    trace: list[dict[str, Any]] | None = None


@post(
    "/ask",
    status_code=200,
    opt=describe(
        "Answer one question and store nothing",
        body=AskBody,
        headers=StageOptionHeaders,
        answers={JSON: (Answer,)},
        errors=MODEL_ERRORS,
        example={"question": "What is this?", "image": CARD},
    ),
)
async def ask(request: AnyRequest, state: State) -> Response[Answer]:
    body = await read_body(request, AskBody)
    if not _has_text(body.question):
        raise EmptyQuestion
    pipeline: Pipeline = state.pipeline
    turn = Turn(((await _read_question(body.question, body)).message,))
    context = pipeline.build_context(
        turn, find_account(request), read_stage_options(request, state.profile, fields=body)
    )
    (answer,), _ = await run_while_connected(request, pipeline.answer(context))
    return Response(
        write_answer(answer.text, context.trace, context.stage_options), headers=write_cache_header(context.trace)
    )


@post(
    "/chat",
    status_code=200,
    opt=describe(
        "Answer the next turn of the session of `user_id`, and store it",
        body=ChatBody,
        headers=StageOptionHeaders,
        answers={JSON: (Answer,), SSE: (Piece, Answer)},
        errors=MODEL_ERRORS,
        example={"user_id": "ann", "question": "What is this?", "image": CARD},
    ),
)
async def chat(request: AnyRequest, state: State) -> Response[Any]:
    body = await read_body(request, ChatBody)
    if not _has_text(body.user_id) or not _has_text(body.question):
        raise MissingFields(*(name for name in ("user_id", "question") if not _has_text(getattr(body, name))))
    conversations: Conversations = state.conversations
    stage_options = read_stage_options(request, state.profile, fields=body)
    question = await _read_question(body.question, body)
    turn = find_account(request), body.user_id, question, stage_options
    if body.stream:
        stored_reply = await conversations.begin(*turn)
        events = _write_events(stored_reply, stage_options)
        return EventStream(request, events, stored_reply, headers=_write_headers(stored_reply))
    stored_reply = await run_while_connected(request, conversations.ask(*turn))
    return Response(_write_stored_answer(stored_reply, stage_options), headers=_write_headers(stored_reply))


async def _write_events(stored_reply: StoredReply, stage_options: StageOptions) -> AsyncIterator[Any]:
    """Yield the pieces, and at the end the whole answer as it is stored."""
    async for text in stored_reply:
        if text:
            yield Piece(text)
    yield _write_stored_answer(stored_reply, stage_options)


def _write_headers(stored_reply: StoredReply) -> dict[str, str]:
    return {**write_cache_header(stored_reply.trace), **stored_reply.headers}


def _write_stored_answer(stored_reply: StoredReply, stage_options: StageOptions) -> Answer:
    return write_answer(stored_reply.text, stored_reply.trace, stage_options, stored_reply.num_dropped)


def write_answer(text: str, trace: Trace, stage_options: StageOptions, num_dropped: int = 0) -> Answer:
    return Answer(
        text.strip(),
        num_dropped,
        list(trace.findings.corrections),
        list(trace.findings.moderation),
        trace.notes if stage_options.is_traced else None,
    )


def _has_text(text: str | None) -> TypeGuard[str]:
    return text is not None and bool(text.strip())


async def _read_question(text: str, body: AskBody) -> Question:
    images = [image for image in (body.image, *(body.images or [])) if image]
    # in a thread: a large picture takes tens of milliseconds, which would hold up the event loop
    return Question(text, await asyncio.to_thread(_decode_images, images))


def _decode_images(images: Sequence[str]) -> tuple[bytes, ...]:
    return tuple(map(decode_base64, images))
