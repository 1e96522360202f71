"""The shapes of failures, by path: what `failures.error_body` gives."""

from typing import NotRequired, TypedDict

from server.api.error_response import JSON, OLLAMA_PREFIX, OPENAI_PREFIX, PROBLEM


class Problem(TypedDict):
    """https://www.rfc-editor.org/rfc/rfc9457; what is wrong, in Chinese or English, is `detail`, and `error` too.

    `id` is of an internal error, and in the log.
    """

    type: str
    title: str
    status: int
    detail: str
    error: str
    id: NotRequired[str]


class OllamaFailure(TypedDict):
    error: str


class OpenAIError(TypedDict):
    message: str
    type: str
    param: str | None
    code: str | None


class OpenAIFailure(TypedDict):
    error: OpenAIError


FAILURES = (Problem, OpenAIFailure, OllamaFailure)


def failure_of(path: str) -> tuple[str, type]:
    """The media type and the shape of what goes wrong on a path."""
    if path.startswith(OPENAI_PREFIX):
        return JSON, OpenAIFailure
    return (JSON, OllamaFailure) if path.startswith(OLLAMA_PREFIX) else (PROBLEM, Problem)
