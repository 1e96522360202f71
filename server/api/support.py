"""The customer-service routes: `POST /ask` for one question, `POST /chat` for a dialogue."""

import asyncio
from typing import Any, TypeGuard, TypeVar

import msgspec
from litestar import Request, post
from litestar.datastructures import State

from model.decode import decode_base64
from server.conversations import Conversations, Question
from server.errors import BadBody, EmptyQuestion, MissingFields

Body = TypeVar("Body", bound=msgspec.Struct)


class AskBody(msgspec.Struct, forbid_unknown_fields=True):
    """`image` is base64, with or without a data URL's prefix."""

    question: str | None = None
    image: str | None = None


class ChatBody(msgspec.Struct, forbid_unknown_fields=True):
    user_id: str | None = None
    question: str | None = None
    image: str | None = None


class Answer(msgspec.Struct):
    answer: str


@post("/ask", status_code=200)
async def ask(request: Request[Any, Any, State], state: State) -> Answer:
    body = await _read(request, AskBody)
    if not _is_given(body.question):
        raise EmptyQuestion
    conversations: Conversations = state.conversations
    return Answer(await conversations.ask_once(await _question(body.question, body.image)))


@post("/chat", status_code=200)
async def chat(request: Request[Any, Any, State], state: State) -> Answer:
    body = await _read(request, ChatBody)
    if not _is_given(body.user_id) or not _is_given(body.question):
        raise MissingFields(*(name for name in ("user_id", "question") if not _is_given(getattr(body, name))))
    conversations: Conversations = state.conversations
    return Answer(await conversations.ask(body.user_id, await _question(body.question, body.image)))


async def _read(request: Request[Any, Any, State], kind: type[Body]) -> Body:
    try:
        return msgspec.json.decode(await request.body(), type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise BadBody(error) from error


def _is_given(text: str | None) -> TypeGuard[str]:
    return text is not None and bool(text.strip())


async def _question(text: str, image: str | None) -> Question:
    """A large picture takes tens of milliseconds to decode, which would hold up the event loop."""
    return Question(text, await asyncio.to_thread(decode_base64, image) if image else None)
