"""The documents of a collection: listing, following, downloading and deleting them."""

from litestar import delete, get
from litestar.datastructures import State
from litestar.params import FromPath
from litestar.response import Stream

from server.api.account import require_operator
from server.api.documents.following import watch_document
from server.api.documents.showing import BYTES, send_file
from server.api.error_response import AnyRequest
from server.api.knowledge.response import KnowledgeDocument, KnowledgeDocumentList, show
from server.api.media_types import JSON, SSE
from server.api.openapi.operation import BINARY, STORE_ERRORS, describe
from server.api.sessions.routes import NoQuery, PageQuery
from server.api.transport import EventStream, read_query
from server.errors import DocumentFollowed
from server.library.library import Library
from server.store.errors import DocumentNotFound
from server.store.library_records import KNOWLEDGE, Collection, LibraryDocument
from server.store.store import Store


@get(
    "/collections/{name:str}/documents",
    opt=describe(
        "List the documents of a collection, newest first",
        query=PageQuery,
        answers={JSON: (KnowledgeDocumentList,)},
        errors=STORE_ERRORS,
    ),
)
async def list_documents(request: AnyRequest, state: State, name: FromPath[str]) -> KnowledgeDocumentList:
    require_operator(request)
    query = read_query(request, PageQuery)
    store: Store = state.store
    collection = await store.knowledge.open_collection(name)
    page = await store.library.list_documents(KNOWLEDGE, query.limit, query.cursor, collection.id)
    return KnowledgeDocumentList([show(request, collection, document) for document in page.documents], page.next_cursor)


@get(
    "/collections/{name:str}/documents/{document_id:str}",
    opt=describe(
        "Show a document of a collection", query=NoQuery, answers={JSON: (KnowledgeDocument,)}, errors=STORE_ERRORS
    ),
)
async def show_document(
    request: AnyRequest, state: State, name: FromPath[str], document_id: FromPath[str]
) -> KnowledgeDocument:
    return show(request, *await _find_document(request, state, name, document_id))


@get(
    "/collections/{name:str}/documents/{document_id:str}/events",
    opt=describe(
        "Follow the reading of a document of a collection until its end",
        query=NoQuery,
        answers={SSE: (KnowledgeDocument,)},
        errors=STORE_ERRORS,
    ),
)
async def follow_document(
    request: AnyRequest, state: State, name: FromPath[str], document_id: FromPath[str]
) -> EventStream:
    collection, document = await _find_document(request, state, name, document_id)
    changes = watch_document(state.library, document)
    return EventStream(request, (show(request, collection, changed) async for changed in changes))


@get(
    "/collections/{name:str}/documents/{document_id:str}/file",
    opt=describe(
        "Download a document of a collection as it was sent",
        query=NoQuery,
        answers={BYTES: BINARY},
        errors=STORE_ERRORS,
    ),
)
async def download_file(request: AnyRequest, state: State, name: FromPath[str], document_id: FromPath[str]) -> Stream:
    _, document = await _find_document(request, state, name, document_id)
    return send_file(state.library, document)


@delete(
    "/collections/{name:str}/documents/{document_id:str}",
    opt=describe(
        "Delete a document of a collection, with all that comes from it", query=NoQuery, errors=(*STORE_ERRORS, 409)
    ),
)
async def delete_document(request: AnyRequest, state: State, name: FromPath[str], document_id: FromPath[str]) -> None:
    _, document = await _find_document(request, state, name, document_id)
    if document.source is not None and state.folder is not None:
        raise DocumentFollowed(document.source)
    library: Library = state.library
    await library.delete(KNOWLEDGE, document.id)


async def _find_document(
    request: AnyRequest, state: State, name: str, document_id: str
) -> tuple[Collection, LibraryDocument]:
    """Return a collection and a document of it. Raises `Forbidden`, `CollectionNotFound` and `DocumentNotFound`."""
    require_operator(request)
    read_query(request, NoQuery)
    store: Store = state.store
    collection = await store.knowledge.open_collection(name)
    document = await store.library.get_document(KNOWLEDGE, document_id)
    if document.collection_id != collection.id:
        raise DocumentNotFound(document_id)
    return collection, document
