"""The description of a handler for the OpenAPI document: `@post("/ask", opt=describe("Answer a question", ...))`.

The framework cannot make it: handlers read bodies themselves, so that a bad one is refused in the error format of their
dialect, and the framework sees no types.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

import msgspec
from litestar import Router
from litestar.handlers import HTTPRouteHandler

KEY = "operation"
"""The entry of a handler's `opt` that holds its `Operation`."""

BINARY = ()
"""Stands for the type of an answer that is no JSON."""

CARD = "{card}"
"""Stands in an example for the base64 of a product card that the demo model knows."""

STORE_ERRORS = (404, 503)
"""Statuses of routes that read the store."""

MODEL_ERRORS = (404, 413, 429, 503, 504)
"""Statuses of routes that ask the model."""


@dataclass(frozen=True)
class Operation:
    """What the OpenAPI document says of one handler.

    `answers` are the types of a successful answer by media type; those of a stream are the types of its events.
    `form` is the type of a form that is taken in place of the JSON of `body`.
    `query` and `headers` are structs whose fields are the parameters. `errors` are statuses besides those of every
    route. `example` is a body that the demo model answers. `others` are the types of answers by status that are no
    errors in the dialect's format, and not those of `answers` either. `is_open` routes need no key.
    """

    summary: str
    answers: Mapping[str, tuple[Any, ...]] = field(default_factory=dict)
    body: Any = None
    form: Any = None
    query: type[msgspec.Struct] | None = None
    headers: type[msgspec.Struct] | None = None
    errors: tuple[int, ...] = ()
    example: Mapping[str, Any] | None = None
    others: Mapping[int, Any] = field(default_factory=dict)
    is_open: bool = False

    @property
    def is_question(self) -> bool:
        """Whether the handler waits for the model: nothing else can time out."""
        return HTTPStatus.GATEWAY_TIMEOUT in self.errors

    @property
    def types(self) -> list[Any]:
        """All types whose schemas the document needs."""
        answered = (kind for kinds in self.answers.values() for kind in kinds)
        taken = (kind for kind in (self.body, self.form, self.query, self.headers) if kind is not None)
        return [*taken, *answered, *self.others.values()]

    @property
    def error_statuses(self) -> tuple[int, ...]:
        """All statuses of errors, in order."""
        bad_input = (400,) if self.body or self.query or self.headers or self.errors else ()
        not_taken = (408, 413, 415) if self.body else ()
        no_access = () if self.is_open else (401, 403, 429)
        return tuple(sorted({*bad_input, *not_taken, *no_access, *self.errors, 500}))


def describe(summary: str, **details: Any) -> dict[str, Operation]:
    """Return the `opt` of a handler. `details` are the other fields of `Operation`."""
    return {KEY: Operation(summary, **details)}


def find_question_paths(routes: Iterable[HTTPRouteHandler | Router]) -> frozenset[str]:
    """Return the paths of the handlers that wait for the model."""
    handlers = (route for route in routes if isinstance(route, HTTPRouteHandler) and KEY in route.opt)
    return frozenset(path for handler in handlers if handler.opt[KEY].is_question for path in handler.paths)
