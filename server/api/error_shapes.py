"""The error format of the server's own routes: problem details of RFC 9457.

https://www.rfc-editor.org/rfc/rfc9457
"""

from http import HTTPStatus
from typing import Any, NotRequired, TypedDict

from server.api.dialect import ErrorShape
from server.api.media_types import PROBLEM
from server.errors.actions import ActionNotPending
from server.errors.base import ServerError
from server.errors.documents import DocumentRefused
from server.errors.serving import InternalError

CLIENT_CLOSED_REQUEST = "Client Closed Request"
"""The title of status 499, which nginx introduced and no standard names."""


class Problem(TypedDict):
    """Problem details: `detail` and `error` are the cause in the reader's language; `id` finds it in the log.

    `code` names the cause where programs can do something about it, such as `encrypted` of a document, or the
    state of an action that waits for no answer any more.
    """

    type: str
    title: str
    status: int
    detail: str
    error: str
    code: NotRequired[str]
    id: NotRequired[str]


def write_problem(error: ServerError, text: str) -> dict[str, Any]:
    """Return problem details of the type `about:blank`, whose title is that of the status."""
    titles = {status.value: status.phrase for status in HTTPStatus}
    title = titles.get(error.status, CLIENT_CLOSED_REQUEST)
    body = {"type": "about:blank", "title": title, "status": error.status, "detail": text, "error": text}
    if isinstance(error, DocumentRefused | ActionNotPending):
        return {**body, "code": error.code}
    return {**body, "id": error.id} if isinstance(error, InternalError) else body


PROBLEM_DETAILS = ErrorShape(PROBLEM, Problem, write_problem)
