"""The dialogues that are kept: `/sessions`, to list, read, export, rate and delete them."""

from typing import Annotated, Any, Literal

import msgspec
from litestar import Response, delete, get, patch, post
from litestar.datastructures import State
from litestar.params import FromPath
from litestar.response import Stream
from msgspec import Meta

from server.api.account import owner_of
from server.api.error_response import AnyRequest
from server.api.file_response import file_of
from server.api.media_types import JSON
from server.api.openapi.operation import BINARY, READING, described
from server.api.sessions.export import export_rated_turns
from server.api.sessions.file import hashes_in, write_session
from server.api.sessions.response import ExportedSession, Listed, SessionPage, ShownSession
from server.api.transport import read_body, read_query
from server.errors import FieldRefused
from server.store.records import TITLE
from server.store.store import Store

MAX_FEEDBACK_LENGTH = 4000
MAX_TITLE_LENGTH = 200
MAX_SEARCH_LENGTH = 200
LINE = r"^(?![\s\S]*[\x00-\x1f])[\s\S]+$"
"""Something, and no control characters; `$` alone would let one pass that ends it."""

Title = Annotated[str, Meta(max_length=MAX_TITLE_LENGTH, pattern=LINE)]

PICTURE_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "Cache-Control": "private, max-age=86400, immutable",
}
"""A picture is what a user sent: nothing in it may be run as a page of this server. Its hash never names another."""


class PageQuery(msgspec.Struct, forbid_unknown_fields=True):
    limit: Annotated[int, Meta(ge=1, le=200)] = 50
    cursor: str | None = None


class ListQuery(PageQuery, forbid_unknown_fields=True):
    search: Annotated[str, Meta(max_length=MAX_SEARCH_LENGTH, pattern=LINE)] | None = None


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


class TitleBody(msgspec.Struct, forbid_unknown_fields=True):
    """What people see in place of the session's name; null takes it away."""

    title: Title | None


@get(
    "/sessions",
    opt=described(
        "List the dialogues, last used first", query=ListQuery, answers={JSON: (SessionPage,)}, refuses=(503,)
    ),
)
async def list_sessions(request: AnyRequest, state: State) -> SessionPage:
    query = read_query(request, ListQuery)
    store: Store = state.store
    page = await store.list(owner_of(request), query.limit, query.cursor, query.search)
    return SessionPage([Listed.of(session) for session in page.sessions], page.next_cursor)


@get(
    "/sessions/{session_id:str}",
    opt=described("Show all that was said", query=NoQuery, answers={JSON: (ShownSession,)}, refuses=READING),
)
async def show_session(request: AnyRequest, state: State, session_id: FromPath[str]) -> dict[str, Any]:
    read_query(request, NoQuery)
    store: Store = state.store
    session = await store.export(owner_of(request), session_id)
    return {name: value for name, value in session.items() if name not in ("format", "owner")}


@get(
    "/sessions/{session_id:str}/export",
    opt=described("Export as a file", query=ExportQuery, answers={JSON: (ExportedSession,)}, refuses=READING),
)
async def export_session(request: AnyRequest, state: State, session_id: FromPath[str]) -> Stream:
    query = read_query(request, ExportQuery)
    store: Store = state.store
    owner = owner_of(request)
    session = await store.export(owner, session_id)
    hashes = hashes_in(session) if query.pictures == "base64" else []
    # its own id, found in the database: what was asked for could hold anything
    headers = {"Content-Disposition": f'attachment; filename="session-{session["id"]}.json"'}
    return await file_of(lambda file: write_session(file, store, owner, session, hashes), JSON, headers)


@get(
    "/sessions/{session_id:str}/pictures/{sha256:str}",
    opt=described("Give a picture as it was sent", query=NoQuery, answers={"image/*": BINARY}, refuses=READING),
)
async def show_picture(
    request: AnyRequest, state: State, session_id: FromPath[str], sha256: FromPath[str]
) -> Response[bytes]:
    read_query(request, NoQuery)
    store: Store = state.store
    found = (await store.pictures(owner_of(request), session_id, [sha256]))[sha256]
    return Response(found.data, media_type=found.mime, headers=PICTURE_HEADERS)


@post(
    "/sessions/{session_id:str}/feedback",
    status_code=200,
    opt=described(
        "Rate an answer; a later rating of the same turn replaces it",
        body=FeedbackBody,
        answers={JSON: (FeedbackBody,)},
        refuses=READING,
        example={"thumb": "up", "text": "right, and short"},
    ),
)
async def give_feedback(request: AnyRequest, state: State, session_id: FromPath[str]) -> FeedbackBody:
    """A later one on the same turn replaces it."""
    body = await read_body(request, FeedbackBody)
    store: Store = state.store
    await store.give_feedback(owner_of(request), session_id, body.thumb, body.text, body.turn)
    return body


@patch(
    "/sessions/{session_id:str}",
    opt=described(
        "Give a title, which people see in place of the name",
        body=TitleBody,
        answers={JSON: (Listed,)},
        refuses=READING,
        example={"title": "A striped shirt"},
    ),
)
async def set_title(request: AnyRequest, state: State, session_id: FromPath[str]) -> Listed:
    """Its name stays, by which clients address it."""
    body = await read_body(request, TitleBody)
    store: Store = state.store
    await store.change_options(owner_of(request), session_id, {TITLE: body.title})
    return Listed.of(await store.get(owner_of(request), session_id))


@delete(
    "/sessions/{session_id:str}",
    opt=described("Delete a dialogue, with the pictures that no other shows", query=NoQuery, refuses=READING),
)
async def delete_session(request: AnyRequest, state: State, session_id: FromPath[str]) -> None:
    read_query(request, NoQuery)
    store: Store = state.store
    await store.delete(owner_of(request), session_id)


@delete("/sessions", opt=described("Delete all dialogues", query=DeleteQuery, refuses=(503,)))
async def delete_all_sessions(request: AnyRequest, state: State) -> None:
    if not read_query(request, DeleteQuery).all:
        raise FieldRefused("all", "it must be true, for all sessions to be deleted")
    store: Store = state.store
    await store.delete_all(owner_of(request))


ROUTES = (
    list_sessions,
    show_session,
    export_session,
    show_picture,
    give_feedback,
    set_title,
    delete_session,
    delete_all_sessions,
    export_rated_turns,
)
