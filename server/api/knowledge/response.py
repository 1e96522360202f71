"""Documents of the knowledge base, as operators are shown them."""

from msgspec import Struct

from server.api.account import find_account
from server.api.documents.response import ShownDocument, describe_document, find_language
from server.api.error_response import AnyRequest
from server.store.library_records import Collection, DocumentRole, LibraryDocument


class KnowledgeDocument(ShownDocument, kw_only=True):
    """A document of a collection. `source` is its path in the folder that it comes from, null if it was sent.

    `role` is null until it is known.
    """

    collection: str
    role: DocumentRole | None
    source: str | None


class KnowledgeDocumentList(Struct):
    """A page of a list. `next_cursor` asks for the page after it and is null on the last."""

    documents: list[KnowledgeDocument]
    next_cursor: str | None


def show(request: AnyRequest, collection: Collection, document: LibraryDocument) -> KnowledgeDocument:
    """Return a document of a collection as the client of the request reads it."""
    shown = describe_document(document, find_account(request), find_language(request))
    return KnowledgeDocument(**shown, collection=collection.name or "", role=document.role, source=document.source)
