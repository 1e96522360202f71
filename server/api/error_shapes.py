"""The shape of errors that routes have which follow no other server: problem details of RFC 9457.

https://www.rfc-editor.org/rfc/rfc9457
"""

from http import HTTPStatus
from typing import Any, NotRequired, TypedDict

from server.api.dialect import ErrorShape
from server.api.media_types import PROBLEM
from server.errors.base import ServerError
from server.errors.serving import InternalError

CLIENT_CLOSED_REQUEST = "Client Closed Request"
"""The title of status 499, which is nginx's and in no standard."""


class Problem(TypedDict):
    """The cause, in Chinese or English, is `detail` and `error`; `id` is an internal error's, also in the log."""

    type: str
    title: str
    status: int
    detail: str
    error: str
    id: NotRequired[str]


def write_problem(error: ServerError, text: str) -> dict[str, Any]:
    """Write problem details of the type `about:blank`, whose kind is the status."""
    titles = {status.value: status.phrase for status in HTTPStatus}
    title = titles.get(error.status, CLIENT_CLOSED_REQUEST)
    body = {"type": "about:blank", "title": title, "status": error.status, "detail": text, "error": text}
    return {**body, "id": error.id} if isinstance(error, InternalError) else body


PROBLEM_DETAILS = ErrorShape(PROBLEM, Problem, write_problem)
