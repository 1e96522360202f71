"""The customer-service routes: `POST /ask` for one question, `POST /chat` for a dialogue."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import Any, TypeGuard

import msgspec
from litestar import Request, Response, post
from litestar.datastructures import State

from model.decode import decode_base64
from server.api.owners import owner_of
from server.api.transport import EventStream, read_body, unless_gone
from server.conversations import Conversations, Question
from server.errors import EmptyQuestion, MissingFields
from server.telling import Telling


class AskBody(msgspec.Struct, forbid_unknown_fields=True):
    """`image` is base64, with or without a data URL's prefix; it goes before those of `images`."""

    question: str | None = None
    image: str | None = None
    images: list[str] | None = None


class ChatBody(AskBody, forbid_unknown_fields=True):
    user_id: str | None = None
    stream: bool = False


class Answer(msgspec.Struct, omit_defaults=True):
    """`dropped_turns` of the dialogue, the oldest, no longer fit the prompt; they are not forgotten."""

    answer: str
    dropped_turns: int = 0


@post("/ask", status_code=200)
async def ask(request: Request[Any, Any, State], state: State) -> Answer:
    body = await read_body(request, AskBody)
    if not _is_given(body.question):
        raise EmptyQuestion
    conversations: Conversations = state.conversations
    question = await _question(body.question, body)
    return Answer(await unless_gone(request, conversations.ask_once(question)))


@post("/chat", status_code=200)
async def chat(request: Request[Any, Any, State], state: State) -> Response[Any]:
    body = await read_body(request, ChatBody)
    if not _is_given(body.user_id) or not _is_given(body.question):
        raise MissingFields(*(name for name in ("user_id", "question") if not _is_given(getattr(body, name))))
    conversations: Conversations = state.conversations
    question = await _question(body.question, body)
    if body.stream:
        telling = await conversations.begin(owner_of(request), body.user_id, question)
        return EventStream(request, _events(telling), telling)
    asking = conversations.ask(owner_of(request), body.user_id, question)
    return Response(_answer(await unless_gone(request, asking)))


async def _events(telling: Telling) -> AsyncIterator[Any]:
    """Pieces, and at the end the whole as it is remembered."""
    async for text in telling:
        if text:
            yield {"piece": text}
    yield _answer(telling)


def _answer(telling: Telling) -> Answer:
    return Answer(telling.text.strip(), telling.num_dropped)


def _is_given(text: str | None) -> TypeGuard[str]:
    return text is not None and bool(text.strip())


async def _question(text: str, body: AskBody) -> Question:
    images = [image for image in (body.image, *(body.images or [])) if image]
    return Question(text, await asyncio.to_thread(_decoded, images))


def _decoded(images: Sequence[str]) -> tuple[bytes, ...]:
    """A large picture takes tens of milliseconds, which would hold up the event loop."""
    return tuple(map(decode_base64, images))
