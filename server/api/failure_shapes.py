"""The shapes of failures, by path: what `failures.error_body` gives."""

from typing import TypedDict

from server.api.failures import OPENAI_PREFIX
from server.api.operations import JSON


class Failure(TypedDict):
    """`error` says what is wrong, in Chinese or English."""

    error: str


class OpenAIError(TypedDict):
    message: str
    type: str
    param: str | None
    code: str | None


class OpenAIFailure(TypedDict):
    error: OpenAIError


FAILURES = (Failure, OpenAIFailure)


def failure_of(path: str) -> tuple[str, type]:
    """The media type and the shape of what goes wrong on a path."""
    return JSON, OpenAIFailure if path.startswith(OPENAI_PREFIX) else Failure
