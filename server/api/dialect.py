"""What a dialect is: a wire format with paths, routes and a form of errors of its own.

A dialect is a folder of `server/api`: its `__init__.py` makes the `DIALECT`, its `routes.py` holds the `ROUTES`. A line
in `dialects.py` makes it known. The `__init__.py` is imported before the model is loaded, so it must not import the
routes, which bring the engine and torch.
"""

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from server.errors.base import Language, ServerError


@dataclass(frozen=True)
class ErrorShape:
    """How a dialect writes an error: `write(error, text)` gives the body, of the type `body`.

    `text` is the error's text in the language that the client reads.
    """

    media_type: str
    body: type
    write: Callable[[ServerError, str], dict[str, Any]]


@dataclass(frozen=True)
class Dialect:
    """`segments` are the first segments of its paths, `title` heads its routes in the OpenAPI document.

    Errors are in `language` where the client asks for neither Chinese nor English.
    """

    folder: str
    title: str
    segments: tuple[str, ...]
    errors: ErrorShape
    language: Language = "en"

    def load_routes(self) -> tuple[Any, ...]:
        """Import the routes, which takes seconds the first time: they need torch."""
        routes: tuple[Any, ...] = import_module(f"server.api.{self.folder}.routes").ROUTES
        return routes
