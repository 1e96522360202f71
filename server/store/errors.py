"""What the store refuses or cannot do, each in one sentence without secrets.

StoreError
├── SessionNotFound       no such session, or another owner's: a stranger can't tell the two apart
├── TurnNotFound          no such finished turn in that session
├── PictureNotFound       the session has no picture of that hash
├── RunNotFound           no such saved run, or to be deleted by another than its owner
├── NameTaken             the owner has a session of that name already
├── NameTooLong           a session's or an owner's name over the limit, with both lengths
├── BadCursor             a page asked for with a cursor that no page gave
└── DatabaseError         the database, not the request: at start the server can't run, later it is a 503
    ├── BadDatabaseURL    neither a path nor a URL of SQLite or PostgreSQL
    ├── DatabaseInUse     another server has the SQLite file
    ├── DatabaseTooNew    a newer version of the server made it
    └── DatabaseUnreachable   it does not answer, or cannot be opened, with the cause
"""

from pathlib import Path


class StoreError(Exception):
    pass


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
        super().__init__(f"there is a session named {name!r} already")


class NameTooLong(StoreError):
    def __init__(self, length: int, limit: int) -> None:
        super().__init__(f"the name has {length} characters, the limit is {limit}")
        self.length = length
        self.limit = limit


class BadCursor(StoreError):
    def __init__(self) -> None:
        super().__init__("the cursor is not one that a page gave")


class DatabaseError(StoreError):
    pass


class BadDatabaseURL(DatabaseError):
    def __init__(self, scheme: str) -> None:
        super().__init__(f"the database is a path, sqlite:///path or postgresql://host/name, not {scheme}")


class DatabaseInUse(DatabaseError):
    def __init__(self, path: Path) -> None:
        super().__init__(f"another server is using {path}; several servers share a PostgreSQL database, not a file")


class DatabaseTooNew(DatabaseError):
    def __init__(self, version: str) -> None:
        super().__init__(f"the database has version {version}, made by a newer server than this one")


class DatabaseUnreachable(DatabaseError):
    """`cause` may have several lines; the first is told, the driver's own words."""

    def __init__(self, where: str, cause: object) -> None:
        first = str(cause).strip().partition("\n")[0] or type(cause).__name__
        super().__init__(f"the database {where} cannot be used: {first}")
