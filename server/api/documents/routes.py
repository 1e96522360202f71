"""The routes to send, list, follow, show and delete documents."""

from litestar import delete, get
from litestar.datastructures import State
from litestar.params import FromPath

from server.api.account import find_owner
from server.api.documents.access import find_owned, find_readable
from server.api.documents.adding import add_document
from server.api.documents.ask import ask_document
from server.api.documents.following import watch_document
from server.api.documents.response import DocumentList, ShownDocument, show
from server.api.documents.showing import download_file, draw_page, show_page
from server.api.error_response import AnyRequest
from server.api.media_types import JSON, SSE
from server.api.openapi.operation import STORE_ERRORS, describe
from server.api.sessions.routes import NoQuery, PageQuery
from server.api.transport import EventStream, read_query
from server.errors import FieldRefused
from server.library.library import Library
from server.store.errors import SessionNotFound
from server.store.library_records import Collection
from server.store.store import Store


class ListQuery(PageQuery, forbid_unknown_fields=True):
    """Which documents to list: those of the session of an id, of the name `user_id`, or all."""

    session: str | None = None
    user_id: str | None = None


@get(
    "/documents",
    opt=describe("List documents, newest first", query=ListQuery, answers={JSON: (DocumentList,)}, errors=STORE_ERRORS),
)
async def list_documents(request: AnyRequest, state: State) -> DocumentList:
    query, owner = read_query(request, ListQuery), find_owner(request)
    library: Library = state.library
    collection_id = None
    if query.session is not None or query.user_id is not None:
        collection = await _find_collection(state.store, owner, query)
        if collection is None:
            return DocumentList([], None)
        collection_id = collection.id
    page = await library.store.list_documents(owner, query.limit, query.cursor, collection_id)
    return DocumentList([show(request, document) for document in page.documents], page.next_cursor)


async def _find_collection(store: Store, owner: str, query: ListQuery) -> Collection | None:
    """Return the collection of a session, None where nothing was ever sent to it. Raises `SessionNotFound`."""
    if query.session is not None and query.user_id is not None:
        raise FieldRefused("session", "user_id names a session already", "已由 user_id 指定会话")
    try:
        if query.session is not None:
            session = await store.get_session(owner, query.session)
        else:
            session = await store.get_session_by_name(owner, query.user_id or "")
    except SessionNotFound:
        if query.session is not None:
            raise
        return None  # it is made with its first turn or document
    return await store.library.find_session_collection(owner, session.id)


@get(
    "/documents/{document_id:str}",
    opt=describe("Show a document", query=NoQuery, answers={JSON: (ShownDocument,)}, errors=STORE_ERRORS),
)
async def show_document(request: AnyRequest, state: State, document_id: FromPath[str]) -> ShownDocument:
    read_query(request, NoQuery)
    return show(request, await find_readable(request, state, document_id))


@get(
    "/documents/{document_id:str}/events",
    opt=describe(
        "Follow the reading of a document until its end",
        query=NoQuery,
        answers={SSE: (ShownDocument,)},
        errors=STORE_ERRORS,
    ),
)
async def follow_document(request: AnyRequest, state: State, document_id: FromPath[str]) -> EventStream:
    read_query(request, NoQuery)
    document = await find_owned(request, state, document_id)
    changes = watch_document(state.library, document)
    return EventStream(request, (show(request, changed) async for changed in changes))


@delete(
    "/documents/{document_id:str}",
    opt=describe("Delete a document, with all that was read of it", query=NoQuery, errors=STORE_ERRORS),
)
async def delete_document(request: AnyRequest, state: State, document_id: FromPath[str]) -> None:
    read_query(request, NoQuery)
    library: Library = state.library
    await library.delete(find_owner(request), document_id)


ROUTES = (
    add_document,
    list_documents,
    show_document,
    follow_document,
    show_page,
    draw_page,
    download_file,
    ask_document,
    delete_document,
)
