"""Waiting for a document to be read before its tables are looked for."""

import msgspec

from server.errors import DocumentRefused, DocumentUnread
from server.library.library import Library
from server.library.readers.records import Refusal
from server.library.remarks import REFUSALS, write_refusal
from server.store.library_records import LibraryDocument


async def get_finished(library: Library, owner: str, document_id: str, timeout_s: float) -> LibraryDocument:
    """Return a document that is read to its end.

    Raises `DocumentNotFound`, `DocumentUnread` after `timeout_s`, and `DocumentRefused` where it could not be read.
    """
    (document,) = await library.wait_until_read(owner, [document_id], timeout_s)
    if document.state == "reading":
        raise DocumentUnread(document.name, document.num_pages_read, timeout_s)
    if document.error is not None:
        refusal = msgspec.convert(document.error, Refusal)
        raise DocumentRefused(refusal.code, write_refusal(refusal), REFUSALS[refusal.code].status)
    return document
