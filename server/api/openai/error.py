"""The error format of OpenAI's dialect.

Reference: https://platform.openai.com/docs/guides/error-codes
"""

from typing import Any, TypedDict

from server.api.dialect import ErrorShape
from server.api.media_types import JSON
from server.errors.base import ServerError

TYPES = {401: "authentication_error", 403: "permission_error", 429: "rate_limit_error"}
"""Error types by status. Other statuses under 500 are an `invalid_request_error`."""


class OpenAIErrorFields(TypedDict):
    message: str
    type: str
    param: str | None
    code: str | None


class OpenAIError(TypedDict):
    error: OpenAIErrorFields


def write_error(error: ServerError, text: str) -> dict[str, Any]:
    kind = "server_error" if error.status >= 500 else TYPES.get(error.status, "invalid_request_error")
    return {"error": {"message": text, "type": kind, "param": error.param, "code": error.code}}


OPENAI_ERRORS = ErrorShape(JSON, OpenAIError, write_error)
