"""What a dialect is: a wire format with paths, routes and an error format of its own."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
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
    `prefixes` are what its paths begin with: whole segments, without a slash before or after them. Errors are in
    `language` where a client's `Accept-Language` names neither Chinese nor English. `absent` are paths that clients of
    the dialect know and this server does not have, with the reason in English and Chinese.
    """

    folder: str
    title: str
    prefixes: tuple[str, ...]
    errors: ErrorShape
    language: Language = "en"
    absent: Mapping[str, tuple[str, str]] = field(default_factory=dict)

    def load_routes(self) -> tuple[Any, ...]:
        """Return `ROUTES` of the folder's `routes.py`. The first call takes seconds: it imports torch."""
        routes: tuple[Any, ...] = import_module(f"server.api.{self.folder}.routes").ROUTES
        return routes
