"""The response to an error, in the error format of the path's dialect and in the client's language."""

import logging
from typing import Any
from urllib.parse import quote

from litestar import Request, Response
from litestar.datastructures import State
from litestar.exceptions import HTTPException, MethodNotAllowedException, NotFoundException

from model.errors import InputError, OutOfMemory
from server.api.accept_language import choose_language
from server.api.dialects import find_dialect
from server.api.unknown_route import describe_refused_method, describe_unknown_route
from server.errors import (
    BadBody,
    FieldRefused,
    HTTPError,
    InternalError,
    ResourcesSpent,
    ServerError,
    has_spent_resources,
    translate_model_error,
    translate_store_error,
)
from server.request_record import choose_request_id, current_record
from server.store.errors import DatabaseError, StoreError

AnyRequest = Request[Any, Any, State]

logger = logging.getLogger("server")


def respond_with_error(request: AnyRequest, error: Exception) -> Response[dict[str, Any]]:
    """Return the response to an error that is raised before the first byte of the answer is sent."""
    known = translate_error(request, error)
    media_type = find_dialect(request.url.path).errors.media_type
    body = write_error_body(request, known)
    return Response(body, status_code=known.status, headers=known.headers, media_type=media_type)


def translate_error(request: AnyRequest, error: Exception) -> ServerError:
    """Return the error that the client gets for any exception, and keep both in the record of the request."""
    known = _translate(request, error)
    if (record := current_record()) is not None:
        record.response_error, record.cause = known, error
    return known


def _translate(request: AnyRequest, error: Exception) -> ServerError:
    record = current_record()
    names = {} if record is None else record.field_names
    if isinstance(error, FieldRefused):
        return error.rename(names)
    if isinstance(error, ServerError):
        return error
    path = quote(request.url.path)  # decoded it may hold line breaks and colours, which would forge lines of the log
    if isinstance(error, InputError | OutOfMemory):
        return translate_model_error(error, names)
    if isinstance(error, StoreError):
        if isinstance(error, DatabaseError):
            logger.warning("%s failed: %s", path, error)
        return translate_store_error(error)
    if isinstance(error, NotFoundException):
        return describe_unknown_route(request)
    if isinstance(error, MethodNotAllowedException):
        return describe_refused_method(request, (error.headers or {}).get("allow", ""))
    if isinstance(error, HTTPException) and error.status_code < 500:
        return HTTPError(error.status_code)
    if isinstance(error, RecursionError):  # json walks what the client sent
        return BadBody("it is nested too deeply", "嵌套过深")
    if has_spent_resources(error):
        logger.warning("%s failed: %s", path, error)
        return ResourcesSpent()
    return _log_internal_error(path, error)


def _log_internal_error(path: str, error: Exception) -> InternalError:
    """Log the exception under the id of the request, which is all that the client learns of it."""
    record = current_record()
    error_id = choose_request_id(None) if record is None else record.request_id
    logger.error("internal error %s on %s", error_id, path, exc_info=error)
    return InternalError(error_id)


def write_error_body(request: AnyRequest, error: ServerError) -> dict[str, Any]:
    """Return the body of an error in the format of the path's dialect and in the language that the client reads."""
    dialect = find_dialect(request.url.path)
    language = choose_language(request.headers.get("accept-language", ""), dialect.language)
    return dialect.errors.write(error, error.texts[language])
