"""The error format of Anthropic's dialect.

Reference: https://docs.anthropic.com/en/api/errors
"""

from collections.abc import Mapping
from typing import Any, Literal, NotRequired, TypedDict

from server.api.dialect import ErrorShape
from server.api.media_types import JSON
from server.errors.base import ServerError
from server.request_record import current_record

TYPES = {
    401: "authentication_error",
    403: "permission_error",
    404: "not_found_error",
    413: "request_too_large",
    429: "rate_limit_error",
    503: "overloaded_error",
    504: "timeout_error",
}
"""Error types by status. Others are an `invalid_request_error` under 500, and an `api_error` from there on."""


DETAILS: Mapping[str, dict[str, Any]] = {
    "thread": {"error_code": "thread_unsupported_request", "unsupported": ["thread"]},
}
"""What clients read in errors about a field. Told of `thread`, they send the whole dialogue instead."""


class AnthropicErrorFields(TypedDict):
    type: str
    message: str
    details: NotRequired[dict[str, Any]]


class AnthropicError(TypedDict):
    type: Literal["error"]
    error: AnthropicErrorFields
    request_id: str | None


def write_error(error: ServerError, text: str) -> dict[str, Any]:
    other = "api_error" if error.status >= 500 else "invalid_request_error"
    record = current_record()
    details = DETAILS.get(error.param or "")
    return {
        "type": "error",
        "error": {"type": TYPES.get(error.status, other), "message": text} | ({"details": details} if details else {}),
        "request_id": None if record is None else record.request_id,
    }


ANTHROPIC_ERRORS = ErrorShape(JSON, AnthropicError, write_error)
