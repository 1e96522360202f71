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
"""The route of a request whose path belongs to no route."""


@dataclass(eq=False)
class RequestRecord:
    """A request and what came of it.

    `route` is the path's template, such as `/sessions/{session_id}`; `headers` have lower-case names; `client` is the
    address that it came from; `began_s` is a time of `time.monotonic()`; `status` is None until the answer begins,
    `num_bytes` is the size of its body so far.
    """

    request_id: str
    method: str
    path: str
    headers: Mapping[str, str] = field(default_factory=dict)
    client: str = ""
    began_s: float = field(default_factory=time.monotonic)
    duration_s: float = 0.0
    route: str = UNMATCHED
    status: int | None = None
    num_bytes: int = 0
    key: str | None = None
    """The name of the API key."""
    streams: "list[TokenStream]" = field(default_factory=list)
    """The answers of the model that the request was admitted for."""
    notes: list[dict[str, Any]] = field(default_factory=list)
    """What the stages of its turn did, in the form of the turn's trace."""
    rules: list[str] = field(default_factory=list)
    """The places in the word lists of the hits among `notes`, in their order."""
    field_names: dict[str, str] = field(default_factory=dict)
    """The names in its body of parameters that the model has under other names, by the model's."""
    response_error: ServerError | None = None
    """The last error that was sent to the client, in place of the answer or of its rest."""
    cause: Exception | None = None
    """The exception that `response_error` stands for. Its text may hold anything, also what the client sent."""

    @property
    def num_prompt_tokens(self) -> int:
        return sum(stream.usage.num_prompt for stream in self.streams)

    @property
    def num_generated_tokens(self) -> int:
        return sum(stream.usage.num_generated for stream in self.streams)

    @property
    def stream_error(self) -> str | None:
        """The class name of the error that ended an answer of the model early, the first of them if there are more."""
        return next((type(stream.error).__name__ for stream in self.streams if stream.error is not None), None)


def drop_tracebacks(error: BaseException | None) -> None:
    """Drop the tracebacks of an exception and of those before it.

    They hold the frames that it was raised through, with the body of the request in them. Where a frame holds a task
    that ended with this exception, they hold each other, which the garbage collector finds much later.
    """
    while error is not None:
        error.__traceback__ = None
        error = error.__cause__ or error.__context__


_current: ContextVar[RequestRecord | None] = ContextVar("request", default=None)


def current_record() -> RequestRecord | None:
    """Return the record bound in this task or in the one that started it, None outside of requests."""
    return _current.get()


@contextmanager
def bind_record(record: RequestRecord) -> Iterator[RequestRecord]:
    """Make `record` the current one of this task, and of the tasks that it starts."""
    token = _current.set(record)
    try:
        yield record
    finally:
        _current.reset(token)


def choose_request_id(given: str | None) -> str:
    """Return the id that the client gave if it is safe to log, else a new random one."""
    return given if given is not None and REQUEST_ID.fullmatch(given) else secrets.token_hex(8)
