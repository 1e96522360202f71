"""What people at the desk do with a session: take it, answer, give it back, close it."""

from collections.abc import Awaitable, Callable
from typing import Annotated

import msgspec
from litestar import post
from litestar.datastructures import State
from litestar.params import FromPath
from msgspec import Meta

from server.api.desk.access import Desk, find_desk, find_operators_desk, find_session
from server.api.desk.pictures import read_pictures
from server.api.desk.response import ShownDeskSession, StoredAnswerId
from server.api.error_response import AnyRequest
from server.api.media_types import JSON
from server.api.openapi.operation import describe
from server.api.sessions.handover import find_profile, guess_language
from server.api.sessions.routes import LINE, NoQuery
from server.api.text import has_text
from server.api.transport import read_body, read_query
from server.errors import MissingFields
from server.handover.handovers import Handovers, Person
from server.store.handover_turns import PersonWords
from server.store.service_records import Handover, SessionRef
from server.store.store import Store

MAX_ANSWER_LENGTH = 8000
MAX_PICTURES = 8
ACT_ERRORS = (404, 409, 503)

Act = Callable[[Handover, Person], Awaitable[Handover]]


class TakeBody(msgspec.Struct):
    """`name` is what customers are shown of the person; without it they are told that it is a person."""

    name: Annotated[str, Meta(max_length=100, pattern=LINE)] | None = None


class DeskAnswerBody(msgspec.Struct):
    """A person's answer. Pictures are base64, with or without the prefix of a data URL."""

    text: Annotated[str, Meta(max_length=MAX_ANSWER_LENGTH)] | None = None
    pictures: Annotated[list[str], Meta(max_length=MAX_PICTURES)] | None = None


@post(
    "/desk/sessions/{session_id:str}/take",
    status_code=200,
    opt=describe(
        "Take a session that waits", body=TakeBody, answers={JSON: (ShownDeskSession,)}, errors=ACT_ERRORS, example={}
    ),
)
async def take_session(request: AnyRequest, state: State, session_id: FromPath[str]) -> ShownDeskSession:
    desk = find_desk(request)
    body = await read_body(request, TakeBody)
    handovers: Handovers = state.handovers
    return await _act(state, desk, session_id, handovers.take, body.name)


@post(
    "/desk/sessions/{session_id:str}/give-back",
    status_code=200,
    opt=describe("Have the model answer again", query=NoQuery, answers={JSON: (ShownDeskSession,)}, errors=ACT_ERRORS),
)
async def give_back_session(request: AnyRequest, state: State, session_id: FromPath[str]) -> ShownDeskSession:
    desk = find_desk(request)
    read_query(request, NoQuery)
    handovers: Handovers = state.handovers
    return await _act(state, desk, session_id, handovers.give_back)


@post(
    "/desk/sessions/{session_id:str}/close",
    status_code=200,
    opt=describe(
        "Close a session until its customer writes again",
        query=NoQuery,
        answers={JSON: (ShownDeskSession,)},
        errors=ACT_ERRORS,
    ),
)
async def close_session(request: AnyRequest, state: State, session_id: FromPath[str]) -> ShownDeskSession:
    desk = find_desk(request)
    read_query(request, NoQuery)
    handovers: Handovers = state.handovers
    return await _act(state, desk, session_id, handovers.close)


async def _act(state: State, desk: Desk, session_id: str, act: Act, name: str | None = None) -> ShownDeskSession:
    """Change a session of the desk, and return it as it is then."""
    store: Store = state.store
    found = await find_session(store, desk, session_id)
    await act(found.handover, desk.name_person(name))
    return ShownDeskSession.of(await find_session(store, desk, session_id))


@post(
    "/desk/sessions/{session_id:str}/interrupt",
    status_code=200,
    opt=describe(
        "Take any session, whoever answers it",
        body=TakeBody,
        answers={JSON: (ShownDeskSession,)},
        errors=ACT_ERRORS,
        example={},
    ),
)
async def interrupt_session(request: AnyRequest, state: State, session_id: FromPath[str]) -> ShownDeskSession:
    desk = find_operators_desk(request)
    body = await read_body(request, TakeBody)
    store: Store = state.store
    handovers: Handovers = state.handovers
    session, shop = await store.handovers.find_any_session(session_id)
    language = await guess_language(store, session)
    ref = SessionRef(session.id, session.owner, shop, find_profile(state, desk.account, session), language)
    await handovers.interrupt(ref, desk.name_person(body.name))
    return ShownDeskSession.of(await find_session(store, desk, session_id))


@post(
    "/desk/sessions/{session_id:str}/answer",
    status_code=200,
    opt=describe(
        "Answer a session that the person has",
        body=DeskAnswerBody,
        answers={JSON: (StoredAnswerId,)},
        errors=(404, 409, 413, 429, 503),
        example={"text": "Hello, how can I help you?"},
    ),
)
async def answer_session(request: AnyRequest, state: State, session_id: FromPath[str]) -> StoredAnswerId:
    desk = find_desk(request)
    body = await read_body(request, DeskAnswerBody)
    if not has_text(body.text) and not body.pictures:
        raise MissingFields("text", "pictures")
    store: Store = state.store
    handovers: Handovers = state.handovers
    found = await find_session(store, desk, session_id)
    pictures = await read_pictures(state.pipeline.turns, desk.account.owner, body.pictures or [])
    words = PersonWords(desk.agent, (body.text or "").strip(), pictures)
    _, turn_id = await handovers.answer(found.handover, words)
    return StoredAnswerId(turn_id, ShownDeskSession.of(await find_session(store, desk, session_id)))
