"""The answers of `/documents`. Times are Unix seconds; texts are in the language that the client reads."""

from typing import Any

import msgspec
from msgspec import Struct

from server.api.accept_language import choose_language
from server.api.account import find_account
from server.api.error_response import AnyRequest
from server.errors.base import Language
from server.keys.account import Account
from server.library.readers.records import Refusal, Remark
from server.library.remarks import write_refusal, write_remark
from server.store.library_records import KNOWLEDGE, DocumentState, LibraryDocument

LANGUAGE: Language = "zh"


class ShownDocument(Struct, kw_only=True):
    """A document. `pages` is null until it is known; `error` says why a document failed, `error_code` names it.

    `has_file` says whether the client may download its file.
    """

    id: str
    name: str
    kind: str
    num_bytes: int
    state: DocumentState
    pages: int | None
    pages_read: int
    warnings: list[str]
    error: str | None
    error_code: str | None
    created_s: float
    has_file: bool


class DocumentList(Struct):
    """A page of a list. `next_cursor` asks for the page after it and is null on the last."""

    documents: list[ShownDocument]
    next_cursor: str | None


def find_language(request: AnyRequest) -> Language:
    """Return the language that the client reads."""
    return choose_language(request.headers.get("accept-language", ""), LANGUAGE)


def show(request: AnyRequest, document: LibraryDocument) -> ShownDocument:
    """Return a document as the client of the request reads it."""
    return ShownDocument(**describe_document(document, find_account(request), find_language(request)))


def describe_document(document: LibraryDocument, account: Account, language: Language) -> dict[str, Any]:
    """Return the fields of `ShownDocument`, as an account sees them."""
    error = None if document.error is None else msgspec.convert(document.error, Refusal)
    remarks = (msgspec.convert(warning, Remark) for warning in document.warnings)
    return {
        "id": document.id,
        "name": document.name,
        "kind": document.kind,
        "num_bytes": document.num_bytes,
        "state": document.state,
        "pages": document.num_pages,
        "pages_read": document.num_pages_read,
        "warnings": [write_remark(remark)[language] for remark in remarks],
        "error": None if error is None else write_refusal(error)[language],
        "error_code": None if error is None else error.code,
        "created_s": document.created_s,
        "has_file": document.owner != KNOWLEDGE or account.is_operator,
    }
