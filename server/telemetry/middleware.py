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

from server.request_record import UNMATCHED, RequestRecord, bind_record, choose_request_id
from server.telemetry.access_log import log_access
from server.telemetry.metrics import Metrics
from server.telemetry.tracing import trace_request

REQUEST_ID_HEADER = "x-request-id"


def instrument(app: Litestar, tracer: Tracer | None = None) -> ASGIApp:
    """Wrap `app`: every answer gets an `X-Request-ID`, and every request is logged, counted and traced at its end."""
    metrics: Metrics = app.state.metrics

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
                log_access(record)
                if tracer is not None:
                    trace_request(tracer, record)

    return handle


def _turn_head_into_get(scope: Any) -> Any:
    """Answer HEAD like GET (RFC 9110, 9.3.2). The HTTP server still has the original scope, and drops the body."""
    return {**scope, "method": "GET"} if scope["method"] == "HEAD" else scope


def _create_record(scope: Any) -> RequestRecord:
    headers = Headers.from_scope(scope)
    request_id = choose_request_id(headers.get(REQUEST_ID_HEADER))
    return RequestRecord(request_id, scope["method"], scope["path"], dict(headers.items()))


def _wrap_send(record: RequestRecord, send: Send) -> Send:
    async def send_and_record(message: Message) -> None:
        if message["type"] == "http.response.start":
            record.status = message["status"]
            header = (REQUEST_ID_HEADER.encode(), record.request_id.encode())
            message["headers"] = [*message["headers"], header]
        elif message["type"] == "http.response.body" and record.method != "HEAD":
            record.num_bytes += len(message["body"])
        await send(message)

    return send_and_record


def _complete_record(record: RequestRecord, scope: Any) -> None:
    """Add what is in the scope by now: the route, by the framework, and the key, by its authentication."""
    record.duration_s = time.monotonic() - record.began_s
    record.route = scope.get("path_template") or UNMATCHED
    record.key = getattr(getattr(scope.get("user"), "key", None), "name", None)
