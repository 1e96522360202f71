"""What is known of a request while it is answered, for the log, the metrics and the traces. Never what it asks."""

import re
import secrets
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from server.errors import ServerError

if TYPE_CHECKING:  # the engine brings torch, which takes seconds to import and is not needed to record a request
    from server.engine.token_stream import TokenStream

REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,128}")
UNMATCHED = "unmatched"
"""The route of a path that is none."""


@dataclass(eq=False)
class RequestRecord:
    """`status` is None until the answer begins; `route` is the path's template, such as `/sessions/{session_id}`.

    `began_s` is of `time.monotonic()`. `headers` have lower-case names.
    """

    request_id: str
    method: str
    path: str
    headers: Mapping[str, str] = field(default_factory=dict)
    began_s: float = field(default_factory=time.monotonic)
    seconds: float = 0.0
    route: str = UNMATCHED
    status: int | None = None
    num_bytes: int = 0
    key: str | None = None
    """The name of the API key."""
    streams: "list[TokenStream]" = field(default_factory=list)
    """The model's answers that the request was admitted for."""
    notes: list[dict[str, Any]] = field(default_factory=list)
    """What the stages of its turn did, as its trace has it."""
    rules: list[str] = field(default_factory=list)
    """Where the word lists have the hits among the notes, in their order."""
    response_error: ServerError | None = None
    """What the client was told last instead of an answer, or of the rest of one."""
    cause: Exception | None = None
    """What that was made of; it may hold anything."""

    @property
    def num_prompt_tokens(self) -> int:
        return sum(stream.usage.num_prompt for stream in self.streams)

    @property
    def num_generated_tokens(self) -> int:
        return sum(stream.usage.num_generated for stream in self.streams)

    @property
    def stream_error(self) -> str | None:
        """The kind of what ended the first answer that did not come to its own end."""
        return next((type(stream.error).__name__ for stream in self.streams if stream.error is not None), None)


_current: ContextVar[RequestRecord | None] = ContextVar("request", default=None)


def current_record() -> RequestRecord | None:
    """Of the request that this task, or a task that it has started, is about."""
    return _current.get()


@contextmanager
def recorded(record: RequestRecord) -> Iterator[RequestRecord]:
    token = _current.set(record)
    try:
        yield record
    finally:
        _current.reset(token)


def request_id_of(given: str | None) -> str:
    """The client's own, where it can go into a log as it is; else a new one."""
    return given if given is not None and REQUEST_ID.fullmatch(given) else secrets.token_hex(8)
