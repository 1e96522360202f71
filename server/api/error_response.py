"""Turns every exception into the error response that the client of its path expects."""

import logging
from typing import Any
from urllib.parse import quote

from litestar import Request, Response
from litestar.datastructures import State
from litestar.exceptions import HTTPException

from model.errors import InputError, OutOfMemory
from server.api.accept_language import choose_language
from server.api.dialects import find_dialect
from server.errors import BadBody, HTTPError, InternalError, ServerError, from_model, from_store
from server.request_record import current_record, request_id_of
from server.store.errors import DatabaseError, StoreError

AnyRequest = Request[Any, Any, State]

logger = logging.getLogger("server")


def respond_with_error(request: AnyRequest, error: Exception) -> Response[dict[str, Any]]:
    """Before the first byte of a reply."""
    known = translate_error(request, error)
    body, media_type = write_error_body(request, known), find_dialect(request.url.path).errors.media_type
    return Response(body, status_code=known.status, headers=known.headers, media_type=media_type)


def translate_error(request: AnyRequest, error: Exception) -> ServerError:
    """What the client is told of it, which the record of the request keeps too."""
    known = _known(request, error)
    if (record := current_record()) is not None:
        record.response_error, record.cause = known, error
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
        return HTTPError(error.status_code)
    if isinstance(error, RecursionError):  # from json's and msgspec's walks over what the client sent
        logger.warning("a body on %s is nested too deeply", path)
        return BadBody("it is nested too deeply")
    record = current_record()
    error_id = request_id_of(None) if record is None else record.request_id
    logger.error("internal error %s on %s", error_id, path, exc_info=error)
    return InternalError(error_id)


def write_error_body(request: AnyRequest, error: ServerError) -> dict[str, Any]:
    """Write the body of an error in the dialect of the request's path and in its client's language."""
    dialect = find_dialect(request.url.path)
    language = choose_language(request.headers.get("accept-language", ""), dialect.language)
    return dialect.errors.write(error, error.texts[language])
