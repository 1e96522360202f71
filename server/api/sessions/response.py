"""What `/sessions` shows of a dialogue. Times are Unix seconds."""

from typing import Any, Literal, NotRequired, TypedDict

from msgspec import Struct

from server.store.records import TITLE, Session


class Listed(Struct):
    id: str
    name: str
    title: str | None
    created_s: float
    updated_s: float
    num_turns: int

    @classmethod
    def of(cls, session: Session) -> "Listed":
        title = session.options.get(TITLE)
        return cls(session.id, session.name, title, session.created_s, session.updated_s, session.num_turns)


class SessionPage(Struct):
    """`next_cursor` asks for the page after this one; None after the last."""

    sessions: list[Listed]
    next_cursor: str | None


class StoredContent(TypedDict):
    """A text, or a picture by the hash of its bytes."""

    type: Literal["text", "picture"]
    text: NotRequired[str]
    sha256: NotRequired[str]
    mime: NotRequired[str]
    num_bytes: NotRequired[int]


class StoredMessage(TypedDict):
    role: Literal["system", "user", "assistant", "tool"]
    content: list[StoredContent]


class StoredTokens(TypedDict):
    """Of the prompt's tokens, `num_cached` were found in the KV cache."""

    num_prompt: int
    num_cached: int
    num_generated: int


class StoredFeedback(TypedDict):
    thumb: Literal["up", "down"]
    text: str
    given_s: float


class StoredTurn(TypedDict):
    """`finish_reason` is `stop`, `length`, `content_filter`, `abort` or `error`.

    `corrections` and `moderation` are there where the answer of `/chat` had them.
    """

    id: str
    messages: list[StoredMessage]
    finish_reason: str
    tokens: StoredTokens
    created_s: float
    finished_s: float
    feedback: StoredFeedback | None
    corrections: NotRequired[list[dict[str, Any]]]
    moderation: NotRequired[list[dict[str, Any]]]


class ShownSession(TypedDict):
    id: str
    name: str
    options: dict[str, Any]
    created_s: float
    updated_s: float
    num_turns: int
    turns: list[StoredTurn]


class ExportedPicture(TypedDict):
    mime: str
    base64: str


class ExportedSession(ShownSession):
    """`pictures` by hash, where they were asked for."""

    format: str
    owner: str
    pictures: dict[str, ExportedPicture]
