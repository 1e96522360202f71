"""The customer-service routes: `POST /ask` for one question, `POST /chat` for a dialogue."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any, TypeGuard

import msgspec
from litestar import Request, Response, post
from litestar.datastructures import State

from model.decode import decode_base64
from server.api.account import account_of
from server.api.media_types import JSON, SSE
from server.api.openapi.operation import ASKING, CARD, described
from server.api.stage_options import StageOptionFields, StageOptionHeaders, headers_of, read_stage_options
from server.api.transport import EventStream, read_body, unless_gone
from server.dialogue.conversations import Conversations, Question
from server.dialogue.stored_reply import StoredReply
from server.errors import EmptyQuestion, MissingFields
from server.pipeline.pipeline import Pipeline
from server.pipeline.stage import StageOptions, Trace
from server.turn.turn import Turn


class AskBody(StageOptionFields, forbid_unknown_fields=True):
    """`image` is base64, with or without a data URL's prefix; it goes before those of `images`."""

    question: str | None = None
    image: str | None = None
    images: list[str] | None = None


class ChatBody(AskBody, forbid_unknown_fields=True):
    user_id: str | None = None
    stream: bool = False


class Piece(msgspec.Struct):
    """Of an answer that grows."""

    piece: str


class Answer(msgspec.Struct, omit_defaults=True):
    """`dropped_turns` of the dialogue, the oldest, no longer fit the prompt; they are not forgotten.

    `corrections` are what was taken for typing mistakes of the question, `moderation` what word lists had to say.
    """

    answer: str
    dropped_turns: int = 0
    corrections: list[Mapping[str, Any]] = []
    moderation: list[Mapping[str, Any]] = []
    trace: list[dict[str, Any]] | None = None


@post(
    "/ask",
    status_code=200,
    opt=described(
        "Answer one question; nothing is remembered",
        body=AskBody,
        headers=StageOptionHeaders,
        answers={JSON: (Answer,)},
        refuses=ASKING,
        example={"question": "What is this?", "image": CARD},
    ),
)
async def ask(request: Request[Any, Any, State], state: State) -> Response[Answer]:
    body = await read_body(request, AskBody)
    if not _is_given(body.question):
        raise EmptyQuestion
    pipeline: Pipeline = state.pipeline
    turn = Turn(((await _question(body.question, body)).message,))
    context = pipeline.context(turn, account_of(request), read_stage_options(request, state.profile, fields=body))
    (answer,), _ = await unless_gone(request, pipeline.answer(context))
    return Response(answer_of(answer.text, context.trace, context.stage_options), headers=headers_of(context.trace))


@post(
    "/chat",
    status_code=200,
    opt=described(
        "Answer a turn of the dialogue of `user_id`, which is remembered",
        body=ChatBody,
        headers=StageOptionHeaders,
        answers={JSON: (Answer,), SSE: (Piece, Answer)},
        refuses=ASKING,
        example={"user_id": "ann", "question": "What is this?", "image": CARD},
    ),
)
async def chat(request: Request[Any, Any, State], state: State) -> Response[Any]:
    body = await read_body(request, ChatBody)
    if not _is_given(body.user_id) or not _is_given(body.question):
        raise MissingFields(*(name for name in ("user_id", "question") if not _is_given(getattr(body, name))))
    conversations: Conversations = state.conversations
    stage_options = read_stage_options(request, state.profile, fields=body)
    asked = account_of(request), body.user_id, await _question(body.question, body), stage_options
    if body.stream:
        stored_reply = await conversations.begin(*asked)
        return EventStream(request, _events(stored_reply, stage_options), stored_reply, headers=_headers(stored_reply))
    stored_reply = await unless_gone(request, conversations.ask(*asked))
    return Response(_told(stored_reply, stage_options), headers=_headers(stored_reply))


async def _events(stored_reply: StoredReply, stage_options: StageOptions) -> AsyncIterator[Any]:
    """Pieces, and at the end the whole as it is remembered."""
    async for text in stored_reply:
        if text:
            yield Piece(text)
    yield _told(stored_reply, stage_options)


def _headers(stored_reply: StoredReply) -> dict[str, str]:
    return {**headers_of(stored_reply.trace), **stored_reply.headers}


def _told(stored_reply: StoredReply, stage_options: StageOptions) -> Answer:
    return answer_of(stored_reply.text, stored_reply.trace, stage_options, stored_reply.num_dropped)


def answer_of(text: str, trace: Trace, stage_options: StageOptions, num_dropped: int = 0) -> Answer:
    return Answer(
        text.strip(),
        num_dropped,
        list(trace.findings.corrections),
        list(trace.findings.moderation),
        trace.notes if stage_options.is_traced else None,
    )


def _is_given(text: str | None) -> TypeGuard[str]:
    return text is not None and bool(text.strip())


async def _question(text: str, body: AskBody) -> Question:
    images = [image for image in (body.image, *(body.images or [])) if image]
    return Question(text, await asyncio.to_thread(_decoded, images))


def _decoded(images: Sequence[str]) -> tuple[bytes, ...]:
    """A large picture takes tens of milliseconds, which would hold up the event loop."""
    return tuple(map(decode_base64, images))
