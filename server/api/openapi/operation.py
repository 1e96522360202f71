"""What a handler says of itself for the OpenAPI document: `@post("/ask", opt=described(...))`.

Handlers read bodies themselves, so that what is wrong is said in the shape of their dialect: the framework sees no
types.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

import msgspec
from litestar import Router
from litestar.handlers import HTTPRouteHandler

KEY = "operation"

BINARY = ()
"""Bytes as they are, where an answer has a type otherwise."""

CARD = "{card}"
"""In an example, base64 of a product card that the demo knows."""

READING = (404, 503)
"""How a look into the store may end."""
ASKING = (404, 413, 429, 503, 504)
"""How a question may end."""


@dataclass(frozen=True)
class Operation:
    """`answers` are the types of a good answer by media type: a stream's are those of its events.

    `query` and `headers` are structs whose fields are the parameters. `refuses` are statuses besides those that any
    request may get. `example` is a body that the demo answers; `CARD` in it is a picture.
    """

    summary: str
    answers: Mapping[str, tuple[Any, ...]] = field(default_factory=dict)
    body: Any = None
    query: type[msgspec.Struct] | None = None
    headers: type[msgspec.Struct] | None = None
    refuses: tuple[int, ...] = ()
    example: Mapping[str, Any] | None = None
    others: Mapping[int, Any] = field(default_factory=dict)
    """Types of answers by status that are no failures of the path's shape."""
    is_open: bool = False
    """Needs no key."""

    @property
    def is_question(self) -> bool:
        """Whether it waits for the model: nothing else can take too long."""
        return HTTPStatus.GATEWAY_TIMEOUT in self.refuses

    @property
    def types(self) -> list[Any]:
        answered = (kind for kinds in self.answers.values() for kind in kinds)
        taken = (kind for kind in (self.body, self.query, self.headers) if kind is not None)
        return [*taken, *answered, *self.others.values()]

    @property
    def statuses(self) -> tuple[int, ...]:
        """Of its failures."""
        wrong_input = (400,) if self.body or self.query or self.headers or self.refuses else ()
        too_large = (413,) if self.body else ()
        unknown = () if self.is_open else (401, 403, 429)
        return tuple(sorted({*wrong_input, *too_large, *unknown, *self.refuses, 500}))


def described(summary: str, **details: Any) -> dict[str, Operation]:
    """For `opt` of a handler; `details` are the other fields of `Operation`."""
    return {KEY: Operation(summary, **details)}


def question_routes(routes: Iterable[HTTPRouteHandler | Router]) -> frozenset[str]:
    """Return the paths of the routes that ask the model."""
    handlers = (route for route in routes if isinstance(route, HTTPRouteHandler) and KEY in route.opt)
    return frozenset(path for handler in handlers if handler.opt[KEY].is_question for path in handler.paths)
