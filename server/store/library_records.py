"""The records of documents that go into the store and come out of it. Times are in Unix seconds."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

DocumentState = Literal["reading", "ready", "failed"]

DELETED = "deleted\n"
"""The owner of documents that are being deleted; the name of an owner is one line."""

ATTACHMENTS = ""
"""The name of the collection of each owner that has the documents sent within requests, without a session."""


KNOWLEDGE = "knowledge\n"
"""The owner of the operators' collections, which all profiles may answer from."""

DocumentRole = Literal["document", "faq", "products"]
"""What a document of the knowledge base is: text alone, questions with their answers, or a sheet of products."""


@dataclass(frozen=True)
class Collection:
    """Where documents lie: those of a session, or those under a name. `version` changes with its passages."""

    id: int
    owner: str
    name: str | None
    session_id: str | None
    version: int


@dataclass(frozen=True)
class NewDocument:
    """A document to be stored. `sha256` and `num_bytes` are those of its file.

    `role` is None outside the knowledge base; `source` is its path in the folder that it comes from, if it does. With
    an `error`, a refusal of the readers, it has failed already.
    """

    name: str
    kind: str
    sha256: str
    num_bytes: int
    num_pages: int | None = None
    password: str | None = None
    warnings: Sequence[Mapping[str, Any]] = ()
    role: DocumentRole | None = None
    source: str | None = None
    error: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class LibraryDocument:
    """A stored document, without its file and its pages.

    `num_pages` is None until it is known. `warnings` and `error` are remarks and a refusal of the readers.
    """

    id: str
    collection_id: int
    owner: str
    name: str
    kind: str
    sha256: str
    num_bytes: int
    password: str | None
    state: DocumentState
    num_pages: int | None
    num_pages_read: int
    warnings: Sequence[Mapping[str, Any]]
    error: Mapping[str, Any] | None
    created_s: float
    role: DocumentRole | None = None
    source: str | None = None


@dataclass(frozen=True)
class DocumentPage:
    """A page of a list of documents. `next_cursor` asks for the page after it, and is None on the last."""

    documents: tuple[LibraryDocument, ...]
    next_cursor: str | None


PassageKind = Literal["text", "table", "scan", "fact"]
"""Facts of the product graph are never stored as passages, but cited like these."""


@dataclass(frozen=True)
class NewPassage:
    """A passage to be stored: the characters from `start` to `end` of a page.

    `heading` is the path of headings that it is under. In a part of a sheet, `first_row` and `last_row` count as in the
    sheet. `text` of a scanned page is what the model read on it.
    """

    page: int
    start: int
    end: int
    text: str
    kind: PassageKind = "text"
    heading: str | None = None
    sheet: str | None = None
    first_row: int | None = None
    last_row: int | None = None


@dataclass(frozen=True)
class NewPage:
    """A page to be stored: `body` is JSON of it as its reader made it."""

    number: int
    body: bytes
    passages: Sequence[NewPassage]


@dataclass(frozen=True)
class Passage(NewPassage):
    """A stored passage. `position` counts the passages of its document from 0."""

    id: int = 0
    document_id: str = ""
    document_name: str = ""
    collection_id: int = 0
    position: int = 0
