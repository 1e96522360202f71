"""Around the whole application, whose middleware never sees unknown paths and methods: ids, log, metrics, traces."""

import time
from typing import Any

from litestar import Litestar
from litestar.datastructures import Headers
from litestar.enums import ScopeType
from litestar.types import ASGIApp, Message, Receive, Scope, Send
from opentelemetry.trace import Tracer

from server.request_record import UNMATCHED, RequestRecord, recorded, request_id_of
from server.telemetry.access_log import log_access
from server.telemetry.metrics import Metrics
from server.telemetry.tracing import trace

REQUEST_ID_HEADER = "x-request-id"


def observed(app: Litestar, tracer: Tracer | None = None) -> ASGIApp:
    """Every answer gets an `X-Request-ID`; when it has ended, by itself or not, it is logged, counted and traced."""
    metrics: Metrics = app.state.metrics

    async def observing(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != ScopeType.HTTP:
            await app(scope, receive, send)
            return
        record, scope = _record(scope), _as_get(scope)
        with recorded(record), metrics.num_in_progress.track_inprogress():
            try:
                await app(scope, receive, _noting(record, send))
            finally:
                _end(record, scope)
                metrics.note(record)
                log_access(record)
                if tracer is not None:
                    trace(tracer, record)

    return observing


def _as_get(scope: Any) -> Any:
    """HEAD is answered as GET is (RFC 9110, 9.3.2); the HTTP server, which has the scope as it was, drops the body."""
    return {**scope, "method": "GET"} if scope["method"] == "HEAD" else scope


def _record(scope: Any) -> RequestRecord:
    headers = Headers.from_scope(scope)
    request_id = request_id_of(headers.get(REQUEST_ID_HEADER))
    return RequestRecord(request_id, scope["method"], scope["path"], dict(headers.items()))


def _noting(record: RequestRecord, send: Send) -> Send:
    async def noting(message: Message) -> None:
        if message["type"] == "http.response.start":
            record.status = message["status"]
            header = (REQUEST_ID_HEADER.encode(), record.request_id.encode())
            message["headers"] = [*message["headers"], header]
        elif message["type"] == "http.response.body" and record.method != "HEAD":
            record.num_bytes += len(message["body"])
        await send(message)

    return noting


def _end(record: RequestRecord, scope: Any) -> None:
    """The framework writes into the scope which route it took, and its middleware whose key it was."""
    record.seconds = time.monotonic() - record.began_s
    record.route = scope.get("path_template") or UNMATCHED
    record.key = getattr(getattr(scope.get("user"), "key", None), "name", None)
