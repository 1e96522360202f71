"""The outermost layer of the application: request ids, access log, metrics and traces.

It is not a middleware of Litestar, which would not see requests for unknown paths and methods.
"""

import time
from typing import Any

from litestar import Litestar
from litestar.datastructures import Headers
from litestar.enums import ScopeType
from litestar.types import ASGIApp, Message, Receive, Scope, Send
from opentelemetry.trace import Tracer

from server.request_record import UNMATCHED, RequestRecord, bind_record, choose_request_id, drop_tracebacks
from server.telemetry.access_log import log_access
from server.telemetry.metrics import Metrics
from server.telemetry.refusal_log import RefusalLog
from server.telemetry.tracing import trace_request

REQUEST_ID_HEADER = "x-request-id"
ANTHROPIC_HEADER = "request-id"
"""The header in which Anthropic's packages look for the id (https://docs.anthropic.com/en/api/errors)."""


def instrument(app: Litestar, tracer: Tracer | None = None) -> ASGIApp:
    """Wrap `app`: every answer gets an `X-Request-ID`, and every request is logged, counted and traced at its end.

    Those without a valid key are logged together.
    """
    metrics: Metrics = app.state.metrics
    refusals = RefusalLog()

    async def handle(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != ScopeType.HTTP:
            await app(scope, receive, send)
            return
        record, scope = _create_record(scope), _turn_head_into_get(scope)
        with bind_record(record), metrics.num_in_progress.track_inprogress():
            try:
                await app(scope, receive, _wrap_send(record, send))
            finally:
                _complete_record(record, scope)
                metrics.count(record)
                if not refusals.take(record):
                    log_access(record)
                if tracer is not None:
                    trace_request(tracer, record)
                drop_tracebacks(record.cause)

    return handle


def _turn_head_into_get(scope: Any) -> Any:
    """Answer HEAD like GET (RFC 9110, 9.3.2). The HTTP server still has the original scope, and drops the body."""
    return {**scope, "method": "GET"} if scope["method"] == "HEAD" else scope


def _create_record(scope: Any) -> RequestRecord:
    headers = Headers.from_scope(scope)
    request_id = choose_request_id(headers.get(REQUEST_ID_HEADER))
    client, _ = scope.get("client") or ("", 0)
    return RequestRecord(request_id, scope["method"], scope["path"], dict(headers.items()), client)


def _wrap_send(record: RequestRecord, send: Send) -> Send:
    async def send_and_record(message: Message) -> None:
        if message["type"] == "http.response.start":
            record.status = message["status"]
            names = (REQUEST_ID_HEADER, ANTHROPIC_HEADER)
            ids = [(name.encode(), record.request_id.encode()) for name in names]
            message["headers"] = [*map(_allow_head, message["headers"]), *ids]
        elif message["type"] == "http.response.body" and record.method != "HEAD":
            record.num_bytes += len(message["body"])
        await send(message)

    return send_and_record


def _allow_head(header: tuple[bytes, bytes]) -> tuple[bytes, bytes]:
    """Add HEAD to the methods that a path is said to have, wherever GET is one: the framework does not know of it."""
    name, value = header
    if name.lower() != b"allow":
        return header
    methods = set(value.split(b", "))
    return name, b", ".join(sorted(methods | {b"HEAD"} if b"GET" in methods else methods))


def _complete_record(record: RequestRecord, scope: Any) -> None:
    """Add what is in the scope by now: the route, by the framework, and the key, by its authentication."""
    record.duration_s = time.monotonic() - record.began_s
    record.route = scope.get("path_template") or UNMATCHED
    record.key = getattr(getattr(scope.get("user"), "key", None), "name", None)
