"""What goes into the store and comes out of it. Times are Unix seconds."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, Literal, TypeVar

Role = Literal["system", "user", "assistant", "tool"]
Thumb = Literal["up", "down"]

TITLE = "title"
"""The option of a session that people see in place of its name, which clients address it by."""


@dataclass(frozen=True)
class PictureRef:
    """A picture that is in the store; `sha256` is of its bytes, in hexadecimal."""

    sha256: str
    mime: str
    num_bytes: int


@dataclass(frozen=True)
class StoredPicture:
    """A picture as it came, still encoded."""

    sha256: str
    mime: str
    data: bytes

    @classmethod
    def of(cls, data: bytes, mime: str) -> "StoredPicture":
        """Hashes, some milliseconds for 10 MB: large pictures in a thread."""
        return cls(hashlib.sha256(data).hexdigest(), mime, data)

    @property
    def ref(self) -> PictureRef:
        return PictureRef(self.sha256, self.mime, len(self.data))


NewPart = str | StoredPicture
StoredPart = str | PictureRef
P = TypeVar("P", NewPart, StoredPart)


@dataclass(frozen=True)
class Message(Generic[P]):
    """Texts and pictures in the order that they were said in."""

    role: Role
    parts: tuple[P, ...]


@dataclass(frozen=True)
class StoredUsage:
    """Of the prompt's tokens, `num_cached` were found in the KV cache."""

    num_prompt: int = 0
    num_cached: int = 0
    num_generated: int = 0


@dataclass(frozen=True)
class Findings:
    """What stages told the user of a turn: `corrections` of the question, and what `moderation` hid. Any JSON."""

    corrections: Sequence[Mapping[str, Any]] = ()
    moderation: Sequence[Mapping[str, Any]] = ()

    @property
    def told(self) -> dict[str, list[Mapping[str, Any]]]:
        """Those that there are, by name."""
        named = {"corrections": self.corrections, "moderation": self.moderation}
        return {name: list(found) for name, found in named.items() if found}


NOTHING_FOUND = Findings()


@dataclass(frozen=True)
class Said:
    """What is stored of an answer: the text, what it cost, and what stages found."""

    answer: str = ""
    tokens: StoredUsage = StoredUsage()
    findings: Findings = NOTHING_FOUND


@dataclass(frozen=True)
class Feedback:
    thumb: Thumb
    text: str
    given_s: float


@dataclass(frozen=True)
class StoredTurn:
    """What was asked, in most cases one message of the user, and what was answered.

    An aborted turn has the answer as far as it was said and saved, perhaps nothing of it.
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

    @property
    def pictures(self) -> list[PictureRef]:
        """In order, one for each time that it is shown."""
        return [part for message in self.messages for part in message.parts if isinstance(part, PictureRef)]


@dataclass(frozen=True)
class Session:
    """`name` is the owner's own for it, unique among theirs; `options` is whatever JSON the callers keep with it."""

    id: str
    owner: str
    name: str
    options: Mapping[str, Any]
    created_s: float
    updated_s: float
    num_turns: int


@dataclass(frozen=True)
class Page:
    """`next_cursor` asks for the page after this one; None after the last."""

    sessions: tuple[Session, ...]
    next_cursor: str | None


@dataclass(frozen=True)
class Run:
    """A saved run of the playground, without its body."""

    id: str
    title: str
    created_s: float


@dataclass(frozen=True)
class RunPage:
    """`next_cursor` asks for the page after this one; None after the last."""

    runs: tuple[Run, ...]
    next_cursor: str | None
