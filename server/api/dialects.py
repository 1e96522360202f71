"""All dialects. A new one is a folder with a `DIALECT` and a line here."""

from server.api import ollama, openai, openapi, operate, pages, playground, sessions, support
from server.api.dialect import Dialect
from server.api.error_shapes import PROBLEM_DETAILS

DIALECTS = (
    support.DIALECT,
    sessions.DIALECT,
    openai.DIALECT,
    ollama.DIALECT,
    playground.DIALECT,
    operate.DIALECT,
    pages.DIALECT,
    openapi.DIALECT,
)

UNKNOWN = Dialect("", "", (), PROBLEM_DETAILS)
"""What is spoken on paths that no dialect has."""


def dialect_of(path: str) -> Dialect:
    """Return the dialect that is spoken on a path, by its first segment."""
    segment = path.split("/")[1] if path.startswith("/") else ""
    return next((dialect for dialect in DIALECTS if segment in dialect.segments), UNKNOWN)
