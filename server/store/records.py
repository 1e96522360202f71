"""The records that go into the store and come out of it. Times are in Unix seconds."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, Literal, TypeVar

Role = Literal["system", "user", "assistant", "tool"]
Thumb = Literal["up", "down"]
Author = Literal["person", "service"]
"""Who wrote an answer that the model did not: a person at the desk, or the server by a rule."""

HANDOVER = "handover"
"""The finish reason of a question for a person, and of an answer that ended as a person took the session over."""

TITLE = "title"
"""The option that is shown to people as the title of a session; clients address it by its name."""


@dataclass(frozen=True)
class PictureRef:
    """A picture in the store without its bytes; `sha256` is their hash in hexadecimal.

    A frame of a clip has the time at which it is shown, in seconds. `max_slice_nums` is a picture's own limit of
    slices.
    """

    sha256: str
    mime: str
    num_bytes: int
    time_s: float | None = None
    max_slice_nums: int | None = None


@dataclass(frozen=True)
class StoredPicture:
    """A picture with its encoded bytes as they were sent; for the other fields see `PictureRef`."""

    sha256: str
    mime: str
    data: bytes
    time_s: float | None = None
    max_slice_nums: int | None = None

    @classmethod
    def from_bytes(cls, data: bytes, mime: str) -> "StoredPicture":
        """Make a picture of its encoded bytes. Hashing takes some milliseconds for 10 MB: do it in a thread."""
        return cls(hashlib.sha256(data).hexdigest(), mime, data)

    @property
    def ref(self) -> PictureRef:
        return PictureRef(self.sha256, self.mime, len(self.data), self.time_s, self.max_slice_nums)


NewPart = str | StoredPicture
StoredPart = str | PictureRef
P = TypeVar("P", NewPart, StoredPart)


@dataclass(frozen=True)
class Message(Generic[P]):
    """A message: texts and pictures in the order they were sent in."""

    role: Role
    parts: tuple[P, ...]


@dataclass(frozen=True)
class StoredUsage:
    """The numbers of tokens of a turn; `num_cached` of the prompt's were found in the KV cache."""

    num_prompt: int = 0
    num_cached: int = 0
    num_generated: int = 0


@dataclass(frozen=True)
class Findings:
    """What stages told the user of a turn, any JSON.

    `corrections` are those of the question, `moderation` what that hid, `citations` what the answer has of documents.
    """

    corrections: Sequence[Mapping[str, Any]] = ()
    moderation: Sequence[Mapping[str, Any]] = ()
    citations: Sequence[Mapping[str, Any]] = ()

    def to_dict(self) -> dict[str, list[Mapping[str, Any]]]:
        """Return the kinds of findings that are not empty, by name."""
        named = {"corrections": self.corrections, "moderation": self.moderation, "citations": self.citations}
        return {name: list(found) for name, found in named.items() if found}


NOTHING_FOUND = Findings()


@dataclass(frozen=True)
class StoredAnswer:
    """The stored parts of an answer: its text, its tokens, what stages found, and who wrote it if not the model."""

    text: str = ""
    tokens: StoredUsage = StoredUsage()
    findings: Findings = NOTHING_FOUND
    author: Author | None = None


@dataclass(frozen=True)
class Feedback:
    """A user's rating of a turn."""

    thumb: Thumb
    text: str
    given_s: float


@dataclass(frozen=True)
class StoredTurn:
    """A finished turn: the messages asked, in most cases one of the user, and the answer.

    An aborted turn has the part of its answer that was saved, which may be empty. `author` is who wrote the answer
    where the model did not, and `author_name` what customers are shown of a person. A question that was asked while a
    person has the session has no answer of its own, and a person's answer no question.
    """

    id: str
    messages: tuple[Message[StoredPart], ...]
    answer: str
    finish_reason: str
    tokens: StoredUsage
    created_s: float
    finished_s: float
    feedback: Feedback | None = None
    findings: Findings = NOTHING_FOUND
    author: Author | None = None
    author_name: str | None = None

    @property
    def is_part_of_dialogue(self) -> bool:
        """Whether later prompts have the turn: it has words of an answer, or a person had the session."""
        return bool(self.answer) or self.author == "person" or self.finish_reason == HANDOVER

    @property
    def pictures(self) -> list[PictureRef]:
        """The pictures of the messages in order, each as often as it is shown."""
        return [part for message in self.messages for part in message.parts if isinstance(part, PictureRef)]


@dataclass(frozen=True)
class Session:
    """A stored dialogue. `name` is unique among its owner's; `options` is any JSON object that callers keep with it."""

    id: str
    owner: str
    name: str
    options: Mapping[str, Any]
    created_s: float
    updated_s: float
    num_turns: int


@dataclass(frozen=True)
class Page:
    """A page of sessions. `next_cursor` asks for the page after it, and is None on the last."""

    sessions: tuple[Session, ...]
    next_cursor: str | None


@dataclass(frozen=True)
class Run:
    """A saved run of the playground without its body."""

    id: str
    title: str
    created_s: float


@dataclass(frozen=True)
class RunPage:
    """A page of saved runs. `next_cursor` asks for the page after it, and is None on the last."""

    runs: tuple[Run, ...]
    next_cursor: str | None


@dataclass(frozen=True)
class StoredResponse:
    """A response of OpenAI's dialect. `previous_id` is that of the response that it follows, if it follows one.

    `items` is JSON of what it adds to a dialogue, `body` of all that clients are shown of it, which is empty where only
    the dialogue is read. `pictures` are those that its request brought.
    """

    id: str
    previous_id: str | None
    items: bytes
    body: bytes = b""
    pictures: tuple[PictureRef, ...] = ()
