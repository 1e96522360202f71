"""The errors of the store. The text of each is one sentence without secrets.

StoreError
├── SessionNotFound       no such session, or another owner's: the two look the same
├── TurnNotFound          no such finished turn in that session
├── PictureNotFound       the session has no picture of that hash
├── RunNotFound           no such saved run, or another owner's that is to be deleted
├── ResponseNotFound      no such stored response, or another owner's
├── DocumentNotFound      no such document, or another owner's
├── PageNotFound          the document has no such page, or it is not read yet
├── TableNotFound         no such extracted table, or another owner's
├── EntityNotFound        the product graph of a collection has no entity of that key
├── CollectionNotFound    the knowledge base has no collection of that name
├── CollectionNameRefused a name that no collection may have
├── QuestionNotFound      no such question among those that found nothing
├── ActionNotFound        no such call that changes data, or another owner's
├── CustomerNotFound      no such customer, or another shop's
├── TooManyCollections    the knowledge base has as many collections as it may, with both counts
├── TooManyDocuments      a session or a collection has as many documents as it may, with both counts
├── LibraryFull           the documents of an owner have as many bytes as they may, with both sizes
├── NameTaken             the owner already has a session of that name
├── NameTooLong           a session's or an owner's name over the limit, with both lengths
├── HandoverLost          a hand-over is not in a state for what is asked, or another person has it
├── DeskFull              as many sessions wait for a person as may, with the limit
├── CannedAnswerNotFound  no such canned answer, or another shop's
├── CannedTitleTaken      the shop already has a canned answer of that title
├── TooManyCannedAnswers  the shop has as many canned answers as it may, with the limit
├── BadCursor             a cursor that no page gave
├── SearchTimedOut        a search that took longer than its limit, with the limit
└── DatabaseError         not the fault of the request: fatal at the start of the server, later a 503
    ├── BadDatabaseURL    neither a path nor a URL of SQLite or PostgreSQL
    ├── DatabaseInUse     another server has the SQLite file
    ├── DatabaseTooNew    a newer version of the server made it
    └── DatabaseUnreachable   it cannot be opened or does not answer, with the cause
        ├── DatabaseFull      there is no room for what is to be stored
        ├── DatabaseReadOnly  it takes no writes: a standby, a read-only file or file system
        ├── FileMissing       the SQLite file is no longer at its path
        └── FileReplaced      another file is at the path of the SQLite file
"""

from pathlib import Path
from typing import ClassVar, Literal


class StoreError(Exception):
    """The root of the errors of the store."""


class SessionNotFound(StoreError):
    def __init__(self, session: str) -> None:
        super().__init__(f"there is no session {session!r}")


class TurnNotFound(StoreError):
    def __init__(self, session_id: str, turn_id: str | None) -> None:
        turn = "finished turn" if turn_id is None else f"finished turn {turn_id!r}"
        super().__init__(f"session {session_id!r} has no {turn}")


class PictureNotFound(StoreError):
    def __init__(self, sha256: str) -> None:
        super().__init__(f"the session has no picture {sha256!r}")


class RunNotFound(StoreError):
    def __init__(self, run_id: str) -> None:
        super().__init__(f"there is no run {run_id!r}")


class ResponseNotFound(StoreError):
    def __init__(self, response_id: str) -> None:
        super().__init__(f"there is no stored response {response_id!r}")


class DocumentNotFound(StoreError):
    def __init__(self, document_id: str) -> None:
        super().__init__(f"there is no document {document_id!r}")


class PageNotFound(StoreError):
    def __init__(self, number: int | str) -> None:
        super().__init__(f"the document has no page {number}, or it is not read yet")


class TableNotFound(StoreError):
    def __init__(self, table_id: str) -> None:
        super().__init__(f"there is no table {table_id!r}")


class EntityNotFound(StoreError):
    def __init__(self, key: str) -> None:
        super().__init__(f"the product graph has no entity {key!r}")


class CollectionNotFound(StoreError):
    def __init__(self, name: str) -> None:
        super().__init__(f"there is no collection {name!r}")


class CollectionNameRefused(StoreError):
    def __init__(self, limit: int) -> None:
        super().__init__(
            f"the name of a collection has 1 to {limit} letters, digits, hyphens, underscores and points, and does not "
            "begin with a point"
        )
        self.limit = limit


class QuestionNotFound(StoreError):
    def __init__(self, question_id: str) -> None:
        super().__init__(f"there is no question {question_id!r}")


class ActionNotFound(StoreError):
    def __init__(self, action_id: str) -> None:
        super().__init__(f"there is no action {action_id!r}")


class CustomerNotFound(StoreError):
    def __init__(self, customer_id: str) -> None:
        super().__init__(f"there is no customer {customer_id!r}")


class TooManyCollections(StoreError):
    def __init__(self, count: int, limit: int) -> None:
        super().__init__(f"there are {count} collections, the limit is {limit}: delete one of them first")
        self.count = count
        self.limit = limit


class TooManyDocuments(StoreError):
    """`place` is what has them, in English."""

    def __init__(self, count: int, limit: int, place: Literal["session", "collection"] = "session") -> None:
        super().__init__(f"the {place} has {count} documents, the limit is {limit}: delete one of them first")
        self.count = count
        self.limit = limit
        self.place = place


class LibraryFull(StoreError):
    def __init__(self, num_bytes: int, limit: int) -> None:
        super().__init__(
            f"all documents together would have {num_bytes:,} bytes, the limit is {limit:,}: delete some first"
        )
        self.num_bytes = num_bytes
        self.limit = limit


class NameTaken(StoreError):
    def __init__(self, name: str) -> None:
        super().__init__(f"there is already a session named {name!r}")


class NameTooLong(StoreError):
    def __init__(self, length: int, limit: int) -> None:
        super().__init__(f"the name has {length} characters, the limit is {limit}")
        self.length = length
        self.limit = limit


class HandoverLost(StoreError):
    """`state` is the one that the session is in, and `agent_name` what the person is called who has it."""

    def __init__(self, state: str, agent_name: str | None = None) -> None:
        by = f", with {agent_name}" if agent_name else ""
        super().__init__(f"the session is in the state {state!r}{by}")
        self.state = state
        self.agent_name = agent_name


class DeskFull(StoreError):
    def __init__(self, limit: int) -> None:
        super().__init__(f"{limit} sessions wait for a person already")
        self.limit = limit


class CannedAnswerNotFound(StoreError):
    def __init__(self, answer_id: str) -> None:
        super().__init__(f"there is no canned answer {answer_id!r}")


class CannedTitleTaken(StoreError):
    def __init__(self, title: str) -> None:
        super().__init__(f"there is already a canned answer with the title {title!r}")


class TooManyCannedAnswers(StoreError):
    def __init__(self, limit: int) -> None:
        super().__init__(f"there are {limit} canned answers, which is the limit: delete one of them first")
        self.limit = limit


class BadCursor(StoreError):
    def __init__(self) -> None:
        super().__init__("the cursor must be the next_cursor of an earlier page")


class SearchTimedOut(StoreError):
    def __init__(self, limit_s: float) -> None:
        super().__init__(f"the search took longer than {limit_s:g} seconds")
        self.limit_s = limit_s


class DatabaseError(StoreError):
    """The database cannot be used, whatever the request."""


class BadDatabaseURL(DatabaseError):
    def __init__(self, scheme: str) -> None:
        super().__init__(f"the database must be a path, sqlite:///path or postgresql://host/name, not {scheme}")


class DatabaseInUse(DatabaseError):
    def __init__(self, path: Path) -> None:
        super().__init__(f"another server is using {path}; use PostgreSQL if several servers are to share a database")


class DatabaseTooNew(DatabaseError):
    def __init__(self, version: str) -> None:
        super().__init__(
            f"the database has the schema version {version} of a newer server; update this server to use it"
        )


class DatabaseUnreachable(DatabaseError):
    """The text ends in the first line of `cause`, which is the driver's own, or in its class if it has no text.

    `reason` says in a few words what is wrong, for health checks.
    """

    reason: ClassVar[str] = "database unreachable"

    def __init__(self, where: str, cause: object) -> None:
        first = str(cause).strip().partition("\n")[0] or type(cause).__name__
        super().__init__(f"the database {where} cannot be used: {first}")


class DatabaseFull(DatabaseUnreachable):
    reason = "database full"


class DatabaseReadOnly(DatabaseUnreachable):
    reason = "database read-only"


class FileMissing(DatabaseUnreachable):
    reason = "database file missing"

    def __init__(self, path: Path) -> None:
        super().__init__(str(path), "the file is no longer there; put it back, or restart the server")


class FileReplaced(DatabaseUnreachable):
    reason = "database file replaced"

    def __init__(self, path: Path) -> None:
        super().__init__(str(path), "another file is in its place; restart the server to use that one")
