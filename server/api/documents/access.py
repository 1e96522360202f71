"""Who may read a document.

| account | its own | of the knowledge base |
|---|---|---|
| an operator | all | all |
| any other | all | the pages, where a profile that it may choose answers from the collection |

Whatever else there is, other owners' documents above all, looks as if it were not there.
"""

from litestar.datastructures import State

from server.api.account import find_account
from server.api.error_response import AnyRequest
from server.library.library import Library
from server.pipeline.pipeline import Pipeline
from server.store.errors import DocumentNotFound
from server.store.library_records import KNOWLEDGE, LibraryDocument
from server.store.store import Store


async def find_owned(request: AnyRequest, state: State, document_id: str) -> LibraryDocument:
    """Return a document all of which the account of a request may read. Raises `DocumentNotFound`."""
    account, library = find_account(request), _get_library(state)
    try:
        return await library.store.get_document(account.owner, document_id)
    except DocumentNotFound:
        if not account.is_operator:
            raise
    return await library.store.get_document(KNOWLEDGE, document_id)


async def find_readable(request: AnyRequest, state: State, document_id: str) -> LibraryDocument:
    """Return a document whose pages the account of a request may read. Raises `DocumentNotFound`.

    Whoever may be given an answer from the knowledge base may look at what the answer cites.
    """
    try:
        return await find_owned(request, state, document_id)
    except DocumentNotFound:
        document = await _get_library(state).store.get_document(KNOWLEDGE, document_id)
    store: Store = state.store
    pipeline: Pipeline = state.pipeline
    names = pipeline.list_collections(find_account(request))
    if not await store.knowledge.is_among(document.collection_id, names):
        raise DocumentNotFound(document_id)
    return document


def _get_library(state: State) -> Library:
    library: Library = state.library
    return library
