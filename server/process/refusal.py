"""The response to a request that does not reach the application, as bytes."""

from http import HTTPStatus

import h11
import msgspec

from server.api.accept_language import choose_language
from server.api.dialects import UNKNOWN, find_dialect
from server.api.security_headers import SECURITY_HEADERS
from server.errors import ServerError
from server.process.http_rules import METHODS, RequestRefused


def write_refusal(refusal: RequestRefused) -> bytes:
    """Return the response, in the error format of the path's dialect. The connection has to be closed after it."""
    if refusal.error is None:
        return _write_response(204, {"Allow": METHODS}, b"")
    request = refusal.request
    headers = {} if request is None else dict(request.headers)
    dialect = UNKNOWN if request is None else find_dialect(request.target.decode("ascii").partition("?")[0])
    language = choose_language(headers.get(b"accept-language", b"").decode("latin-1"), dialect.language)
    body = msgspec.json.encode(dialect.errors.write(refusal.error, refusal.error.texts[language]))
    fields = {**refusal.error.headers, "Content-Type": dialect.errors.media_type, "Content-Length": str(len(body))}
    is_head = request is not None and request.method == b"HEAD"
    return _write_response(refusal.error.status, fields, b"" if is_head else body)


def write_error(error: ServerError, request: h11.Request | None = None) -> bytes:
    return write_refusal(RequestRefused(error, request))


def _write_response(status: int, headers: dict[str, str], body: bytes) -> bytes:
    head = [f"HTTP/1.1 {status} {HTTPStatus(status).phrase}"]
    head += [f"{name}: {value}" for name, value in {**headers, "Connection": "close"}.items()]
    safe = b"".join(b"%b: %b\r\n" % item for item in SECURITY_HEADERS.items())
    return "\r\n".join([*head, ""]).encode("ascii") + safe + b"\r\n" + body
