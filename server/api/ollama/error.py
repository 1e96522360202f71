"""The error format of Ollama's dialect.

Reference: https://github.com/ollama/ollama/blob/main/docs/api.md
"""

from typing import Any, TypedDict

from server.api.dialect import ErrorShape
from server.api.media_types import JSON
from server.errors.base import ServerError


class OllamaError(TypedDict):
    error: str


def write_error(_: ServerError, text: str) -> dict[str, Any]:
    return {"error": text}


OLLAMA_ERRORS = ErrorShape(JSON, OllamaError, write_error)
