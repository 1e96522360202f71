"""The answers of `/sessions`. Times are Unix seconds."""

from typing import Any, Literal, NotRequired, TypedDict

from msgspec import Struct

from server.store.records import TITLE, Session


class ListedSession(Struct):
    id: str
    name: str
    title: str | None
    created_s: float
    updated_s: float
    num_turns: int

    @classmethod
    def of(cls, session: Session) -> "ListedSession":
        title = session.options.get(TITLE)
        return cls(session.id, session.name, title, session.created_s, session.updated_s, session.num_turns)


class SessionPage(Struct):
    """A page of a list. `next_cursor` asks for the page after it and is null on the last."""

    sessions: list[ListedSession]
    next_cursor: str | None


class StoredContent(TypedDict):
    """A text, or a picture by the SHA-256 of its bytes; a frame of a clip has its time in seconds."""

    type: Literal["text", "picture"]
    text: NotRequired[str]
    sha256: NotRequired[str]
    mime: NotRequired[str]
    num_bytes: NotRequired[int]
    time_s: NotRequired[float]
    max_slice_nums: NotRequired[int]


class StoredMessage(TypedDict):
    role: Literal["system", "user", "assistant", "tool"]
    content: list[StoredContent]


class StoredTokens(TypedDict):
    """How many tokens a turn took. `num_cached` of `num_prompt` were found in the KV cache."""

    num_prompt: int
    num_cached: int
    num_generated: int


class StoredFeedback(TypedDict):
    thumb: Literal["up", "down"]
    text: str
    given_s: float


class StoredTurn(TypedDict):
    """A turn. `finish_reason` is `stop`, `length`, `content_filter`, `handover`, `abort` or `error`.

    `corrections`, `moderation` and `citations` are there if the answer of `/chat` had them. `author` is there where the
    model did not write the answer: a `person` at the desk, who is shown as `author_name`, or the `service` by a rule. A
    person's turn has no question, and a question for a person has no answer.
    """

    id: str
    messages: list[StoredMessage]
    finish_reason: str
    tokens: StoredTokens
    created_s: float
    finished_s: float
    feedback: StoredFeedback | None
    author: NotRequired[Literal["person", "service"]]
    author_name: NotRequired[str | None]
    corrections: NotRequired[list[dict[str, Any]]]
    moderation: NotRequired[list[dict[str, Any]]]
    citations: NotRequired[list[dict[str, Any]]]


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
    """A session as a file. `pictures` are by SHA-256, and empty unless the request asks for them."""

    format: str
    owner: str
    pictures: dict[str, ExportedPicture]
