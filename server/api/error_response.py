"""Every failure as the client of its path expects it: OpenAI's shape, Ollama's, or a problem of RFC 9457.

A problem's text, in one of two languages, is its `detail`, and `error` too.
"""

import logging
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

from litestar import Request, Response
from litestar.datastructures import State
from litestar.exceptions import HTTPException

from model.errors import InputError, OutOfMemory
from server.errors import BadBody, HTTPFailure, InternalError, ServerError, from_model, from_store
from server.api.accept_language import preferred_language
from server.request_record import current_record, request_id_of
from server.store.errors import DatabaseError, StoreError

SUPPORT_PATHS = ("/ask", "/chat", "/compare", "/export", "/playground", "/sessions")
OPENAI_PREFIX = "/v1/"
OLLAMA_PREFIX = "/api/"
OPENAI_TYPES = {401: "authentication_error", 403: "permission_error", 429: "rate_limit_error"}
"""Other statuses under 500 are an `invalid_request_error`."""

JSON = "application/json"
PROBLEM = "application/problem+json"

AnyRequest = Request[Any, Any, State]

logger = logging.getLogger("server")


def respond(request: AnyRequest, error: Exception) -> Response[dict[str, Any]]:
    """Before the first byte of a reply."""
    known = known_error(request, error)
    media_type = JSON if request.url.path.startswith((OPENAI_PREFIX, OLLAMA_PREFIX)) else PROBLEM
    return Response(error_body(request, known), status_code=known.status, headers=known.headers, media_type=media_type)


def known_error(request: AnyRequest, error: Exception) -> ServerError:
    """What the client is told of it, which the record of the request keeps too."""
    known = _known(request, error)
    if (record := current_record()) is not None:
        record.failure, record.cause = known, error
    return known


def _known(request: AnyRequest, error: Exception) -> ServerError:
    """A fault is logged under the id of the request, which is all that the client sees of it."""
    if isinstance(error, ServerError):
        return error
    path = quote(request.url.path)  # as it came: unquoted it may hold lines and colours, and a log could be forged
    if isinstance(error, InputError | OutOfMemory):
        return from_model(error)
    if isinstance(error, StoreError):
        if isinstance(error, DatabaseError):
            logger.warning("%s failed: %s", path, error)
        return from_store(error)
    if isinstance(error, HTTPException) and error.status_code < 500:
        return HTTPFailure(error.status_code)
    if isinstance(error, RecursionError):  # from json's and msgspec's walks over what the client sent
        logger.warning("a body on %s is nested too deeply", path)
        return BadBody("it is nested too deeply")
    record = current_record()
    error_id = request_id_of(None) if record is None else record.request_id
    logger.error("internal error %s on %s", error_id, path, exc_info=error)
    return InternalError(error_id)


def error_body(request: AnyRequest, error: ServerError) -> dict[str, Any]:
    path = request.url.path
    default = "zh" if f"/{path.split('/')[1]}" in SUPPORT_PATHS else "en"
    text = error.texts[preferred_language(request.headers.get("accept-language", ""), default)]
    if path.startswith(OLLAMA_PREFIX):
        return {"error": text}
    if not path.startswith(OPENAI_PREFIX):
        return _problem(error, text)
    kind = "server_error" if error.status >= 500 else OPENAI_TYPES.get(error.status, "invalid_request_error")
    return {"error": {"message": text, "type": kind, "param": error.param, "code": error.code}}


def _problem(error: ServerError, text: str) -> dict[str, Any]:
    """https://www.rfc-editor.org/rfc/rfc9457: of the type `about:blank`, so the status says what kind it is."""
    titles = {status.value: status.phrase for status in HTTPStatus}
    title = titles.get(error.status, "Client Closed Request")
    told = {"type": "about:blank", "title": title, "status": error.status, "detail": text, "error": text}
    return {**told, "id": error.id} if isinstance(error, InternalError) else told
