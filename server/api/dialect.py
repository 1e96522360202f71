"""What a dialect is: a wire format with paths, routes and an error format of its own."""

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from server.errors.base import Language, ServerError


@dataclass(frozen=True)
class ErrorShape:
    """The format of a dialect's errors: `write(error, text)` returns the body, which is of the type `body`.

    `text` is the error's text in the language that the client reads.
    """

    media_type: str
    body: type
    write: Callable[[ServerError, str], dict[str, Any]]


@dataclass(frozen=True)
class Dialect:
    """The description of a dialect, made in the `__init__.py` of its folder.

    `folder` is the folder's name in `server/api`, `title` the heading of its routes in the OpenAPI document, and
    `segments` are the first segments of its paths. Errors are in `language` where a client's `Accept-Language` names
    neither Chinese nor English.
    """

    folder: str
    title: str
    segments: tuple[str, ...]
    errors: ErrorShape
    language: Language = "en"

    def load_routes(self) -> tuple[Any, ...]:
        """Return `ROUTES` of the folder's `routes.py`. The first call takes seconds: it imports torch."""
        routes: tuple[Any, ...] = import_module(f"server.api.{self.folder}.routes").ROUTES
        return routes
