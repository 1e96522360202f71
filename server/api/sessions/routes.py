"""The routes to list, read, export, rate and delete sessions."""

from typing import Annotated, Any, Literal

import msgspec
from litestar import Response, delete, get, patch, post
from litestar.datastructures import State
from litestar.params import FromPath
from litestar.response import Stream
from msgspec import Meta

from server.api.account import find_owner
from server.api.error_response import AnyRequest
from server.api.file_response import respond_with_file
from server.api.media_types import JSON
from server.api.openapi.operation import BINARY, STORE_ERRORS, describe
from server.api.sessions.export import export_rated_turns
from server.api.sessions.file import list_hashes, write_session
from server.api.sessions.following import follow_session
from server.api.sessions.handover import ask_for_person, show_handover
from server.api.sessions.response import ExportedSession, ListedSession, SessionPage, ShownSession
from server.api.text import refuse_blank
from server.api.transport import read_body, read_query
from server.errors import FieldRefused
from server.store.records import TITLE
from server.store.store import Store

MAX_FEEDBACK_LENGTH = 4000
MAX_TITLE_LENGTH = 200
MAX_SEARCH_LENGTH = 200
LINE = r"^(?![\s\S]*[\x00-\x1f])[\s\S]+$"
"""A line that is not empty and has no control characters. `$` alone would let a line break at the end pass."""

Title = Annotated[str, Meta(max_length=MAX_TITLE_LENGTH, pattern=LINE)]

PICTURE_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'; sandbox",
    "Cache-Control": "private, max-age=86400, immutable",
}
"""A picture is whatever a user sent, so browsers must not run it as a page of this server. Its hash is its address, so
it never changes."""


class PageQuery(msgspec.Struct, forbid_unknown_fields=True):
    """The page of a list to return: `cursor` is the `next_cursor` of the page before it."""

    limit: Annotated[int, Meta(ge=1, le=200)] = 50
    cursor: str | None = None


class ListQuery(PageQuery, forbid_unknown_fields=True):
    search: Annotated[str, Meta(max_length=MAX_SEARCH_LENGTH, pattern=LINE)] | None = None

    def __post_init__(self) -> None:
        if self.search is not None:
            refuse_blank("search", self.search)


class ExportQuery(msgspec.Struct, forbid_unknown_fields=True):
    pictures: Literal["hash", "base64"] = "hash"


class DeleteQuery(msgspec.Struct, forbid_unknown_fields=True):
    all: bool = False


class NoQuery(msgspec.Struct, forbid_unknown_fields=True):
    """A query without parameters."""


class FeedbackBody(msgspec.Struct):
    """The rating of the turn with the id `turn`, or of the last turn."""

    thumb: Literal["up", "down"]
    text: Annotated[str, Meta(max_length=MAX_FEEDBACK_LENGTH)] | None = None
    turn: str | None = None


class TitleBody(msgspec.Struct):
    """The title that people see in place of the session's name; null removes it."""

    title: Title | None

    def __post_init__(self) -> None:
        if self.title is not None:
            refuse_blank("title", self.title)


@get(
    "/sessions",
    opt=describe("List sessions, the last used first", query=ListQuery, answers={JSON: (SessionPage,)}, errors=(503,)),
)
async def list_sessions(request: AnyRequest, state: State) -> SessionPage:
    query = read_query(request, ListQuery)
    store: Store = state.store
    page = await store.list_sessions(find_owner(request), query.limit, query.cursor, query.search)
    return SessionPage([ListedSession.of(session) for session in page.sessions], page.next_cursor)


@get(
    "/sessions/{session_id:str}",
    opt=describe("Show a session", query=NoQuery, answers={JSON: (ShownSession,)}, errors=STORE_ERRORS),
)
async def show_session(request: AnyRequest, state: State, session_id: FromPath[str]) -> dict[str, Any]:
    read_query(request, NoQuery)
    store: Store = state.store
    session = await store.export_session(find_owner(request), session_id)
    return {name: value for name, value in session.items() if name not in ("format", "owner")}


@get(
    "/sessions/{session_id:str}/export",
    opt=describe("Export a session", query=ExportQuery, answers={JSON: (ExportedSession,)}, errors=STORE_ERRORS),
)
async def export_session(request: AnyRequest, state: State, session_id: FromPath[str]) -> Stream:
    query = read_query(request, ExportQuery)
    store: Store = state.store
    owner = find_owner(request)
    session = await store.export_session(owner, session_id)
    hashes = list_hashes(session) if query.pictures == "base64" else []
    # the id from the database: the one in the path could hold anything
    headers = {"Content-Disposition": f'attachment; filename="session-{session["id"]}.json"'}
    return await respond_with_file(lambda file: write_session(file, store, owner, session, hashes), JSON, headers)


@get(
    "/sessions/{session_id:str}/pictures/{sha256:str}",
    opt=describe("Show a picture as it was sent", query=NoQuery, answers={"image/*": BINARY}, errors=STORE_ERRORS),
)
async def show_picture(
    request: AnyRequest, state: State, session_id: FromPath[str], sha256: FromPath[str]
) -> Response[bytes]:
    read_query(request, NoQuery)
    store: Store = state.store
    picture = (await store.load_pictures(find_owner(request), session_id, [sha256]))[sha256]
    return Response(picture.data, media_type=picture.mime, headers=PICTURE_HEADERS)


@post(
    "/sessions/{session_id:str}/feedback",
    status_code=200,
    opt=describe(
        "Rate an answer, or replace its rating",
        body=FeedbackBody,
        answers={JSON: (FeedbackBody,)},
        errors=STORE_ERRORS,
        example={"thumb": "up", "text": "right, and short"},
    ),
)
async def give_feedback(request: AnyRequest, state: State, session_id: FromPath[str]) -> FeedbackBody:
    body = await read_body(request, FeedbackBody)
    body.text = body.text or ""
    store: Store = state.store
    await store.give_feedback(find_owner(request), session_id, body.thumb, body.text, body.turn)
    return body


@patch(
    "/sessions/{session_id:str}",
    opt=describe(
        "Set the title of a session, which people see in place of its name",
        body=TitleBody,
        answers={JSON: (ListedSession,)},
        errors=STORE_ERRORS,
        example={"title": "A striped shirt"},
    ),
)
async def set_title(request: AnyRequest, state: State, session_id: FromPath[str]) -> ListedSession:
    body = await read_body(request, TitleBody)
    store: Store = state.store
    await store.change_options(find_owner(request), session_id, {TITLE: body.title})
    return ListedSession.of(await store.get_session(find_owner(request), session_id))


@delete(
    "/sessions/{session_id:str}",
    opt=describe("Delete a session and its pictures", query=NoQuery, errors=STORE_ERRORS),
)
async def delete_session(request: AnyRequest, state: State, session_id: FromPath[str]) -> None:
    read_query(request, NoQuery)
    store: Store = state.store
    await store.delete_session(find_owner(request), session_id)


@delete(
    "/sessions",
    opt=describe("Delete all sessions, stored responses and extracted tables", query=DeleteQuery, errors=(503,)),
)
async def delete_all_sessions(request: AnyRequest, state: State) -> None:
    if not read_query(request, DeleteQuery).all:
        raise FieldRefused("all", "it must be true, for all sessions to be deleted", "必须为 true，才会删除全部会话")
    store: Store = state.store
    await store.delete_all_sessions(find_owner(request))
    await store.responses.delete_all(find_owner(request))
    await store.extractions.delete_all(find_owner(request))


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
    show_handover,
    ask_for_person,
    follow_session,
)
