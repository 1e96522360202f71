"""The dialogues that are kept: `/sessions`, to list, read, export, rate and delete them."""

from typing import Annotated, Any, Literal

import msgspec
from litestar import Response, delete, get, post
from litestar.datastructures import State
from litestar.params import FromPath
from msgspec import Meta

from server.api.failures import AnyRequest
from server.api.owners import owner_of
from server.api.transport import read_body, read_query
from server.errors import FieldRefused
from server.store.records import Session
from server.store.store import Store

MAX_FEEDBACK_LENGTH = 4000

PICTURE_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "Cache-Control": "private, max-age=86400, immutable",
}
"""A picture is what a user sent: nothing in it may be run as a page of this server. Its hash never names another."""


class ListQuery(msgspec.Struct, forbid_unknown_fields=True):
    limit: Annotated[int, Meta(ge=1, le=200)] = 50
    cursor: str | None = None


class ExportQuery(msgspec.Struct, forbid_unknown_fields=True):
    pictures: Literal["hash", "base64"] = "hash"


class DeleteQuery(msgspec.Struct, forbid_unknown_fields=True):
    all: bool = False


class NoQuery(msgspec.Struct, forbid_unknown_fields=True):
    pass


class FeedbackBody(msgspec.Struct, forbid_unknown_fields=True):
    """On the turn of that id, without one on the last."""

    thumb: Literal["up", "down"]
    text: Annotated[str, Meta(max_length=MAX_FEEDBACK_LENGTH)] = ""
    turn: str | None = None


class Listed(msgspec.Struct):
    id: str
    name: str
    created_s: float
    updated_s: float
    num_turns: int

    @classmethod
    def of(cls, session: Session) -> "Listed":
        return cls(session.id, session.name, session.created_s, session.updated_s, session.num_turns)


class SessionPage(msgspec.Struct):
    """`next_cursor` asks for the page after this one; None after the last."""

    sessions: list[Listed]
    next_cursor: str | None


@get("/sessions")
async def listed(request: AnyRequest, state: State) -> SessionPage:
    query = read_query(request, ListQuery)
    store: Store = state.store
    page = await store.list(owner_of(request), query.limit, query.cursor)
    return SessionPage([Listed.of(session) for session in page.sessions], page.next_cursor)


@get("/sessions/{session_id:str}")
async def shown(request: AnyRequest, state: State, session_id: FromPath[str]) -> dict[str, Any]:
    read_query(request, NoQuery)
    store: Store = state.store
    session = await store.export(owner_of(request), session_id)
    return {name: value for name, value in session.items() if name not in ("format", "owner", "pictures")}


@get("/sessions/{session_id:str}/export")
async def exported(request: AnyRequest, state: State, session_id: FromPath[str]) -> Response[dict[str, Any]]:
    query = read_query(request, ExportQuery)
    store: Store = state.store
    session = await store.export(owner_of(request), session_id, query.pictures)
    # its own id, found in the database: what was asked for could hold anything
    return Response(session, headers={"Content-Disposition": f'attachment; filename="session-{session["id"]}.json"'})


@get("/sessions/{session_id:str}/pictures/{sha256:str}")
async def picture(
    request: AnyRequest, state: State, session_id: FromPath[str], sha256: FromPath[str]
) -> Response[bytes]:
    read_query(request, NoQuery)
    store: Store = state.store
    found = (await store.pictures(owner_of(request), session_id, [sha256]))[sha256]
    return Response(found.data, media_type=found.mime, headers=PICTURE_HEADERS)


@post("/sessions/{session_id:str}/feedback", status_code=200)
async def feedback(request: AnyRequest, state: State, session_id: FromPath[str]) -> FeedbackBody:
    """A later one on the same turn replaces it."""
    body = await read_body(request, FeedbackBody)
    store: Store = state.store
    await store.give_feedback(owner_of(request), session_id, body.thumb, body.text, body.turn)
    return body


@delete("/sessions/{session_id:str}")
async def deleted(request: AnyRequest, state: State, session_id: FromPath[str]) -> None:
    read_query(request, NoQuery)
    store: Store = state.store
    await store.delete(owner_of(request), session_id)


@delete("/sessions")
async def all_deleted(request: AnyRequest, state: State) -> None:
    if not read_query(request, DeleteQuery).all:
        raise FieldRefused("all", "it must be true, for all sessions to be deleted")
    store: Store = state.store
    await store.delete_all(owner_of(request))
