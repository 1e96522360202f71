"""The errors of the store. The text of each is one sentence without secrets.

StoreError
├── SessionNotFound       no such session, or another owner's: the two look the same
├── TurnNotFound          no such finished turn in that session
├── PictureNotFound       the session has no picture of that hash
├── RunNotFound           no such saved run, or another owner's that is to be deleted
├── NameTaken             the owner already has a session of that name
├── NameTooLong           a session's or an owner's name over the limit, with both lengths
├── BadCursor             a cursor that no page gave
└── DatabaseError         not the fault of the request: fatal at the start of the server, later a 503
    ├── BadDatabaseURL    neither a path nor a URL of SQLite or PostgreSQL
    ├── DatabaseInUse     another server has the SQLite file
    ├── DatabaseTooNew    a newer version of the server made it
    └── DatabaseUnreachable   it cannot be opened or does not answer, with the cause
"""

from pathlib import Path


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


class NameTaken(StoreError):
    def __init__(self, name: str) -> None:
        super().__init__(f"there is already a session named {name!r}")


class NameTooLong(StoreError):
    def __init__(self, length: int, limit: int) -> None:
        super().__init__(f"the name has {length} characters, the limit is {limit}")
        self.length = length
        self.limit = limit


class BadCursor(StoreError):
    def __init__(self) -> None:
        super().__init__("the cursor must be the next_cursor of an earlier page")


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
    """The text ends in the first line of `cause`, which is the driver's own, or in its class if it has no text."""

    def __init__(self, where: str, cause: object) -> None:
        first = str(cause).strip().partition("\n")[0] or type(cause).__name__
        super().__init__(f"the database {where} cannot be used: {first}")
