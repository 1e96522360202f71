"""Spans of requests: the trace they belong to, the spans of their stages, and collectors that are down."""

import json
import logging
import threading
from collections.abc import Iterator, Sequence
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest
from litestar.testing import TestClient
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor, SpanExporter, SpanExportResult
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind, Tracer

from server.engine.async_engine import AsyncEngine
from server.request_record import RequestRecord
from server.settings.settings import Settings
from server.telemetry.tracing import ReportingExporter, open_tracer, trace_request
from tests.helpers.apps import stored_app
from tests.helpers.fakes import FakeChatModel

TRACE_ID = "0af7651916cd43dd8448eb211c80319c"
TRACEPARENT = {"traceparent": f"00-{TRACE_ID}-b7ad6b7169203331-01"}


@pytest.fixture
def kept() -> InMemorySpanExporter:
    return InMemorySpanExporter()


@pytest.fixture
def tracer(kept: InMemorySpanExporter) -> Iterator[Tracer]:
    provider = TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(kept))
    yield provider.get_tracer("test")
    provider.shutdown()


def client_of(tracer: Tracer) -> TestClient[Any]:
    app: Any = stored_app(Settings(), AsyncEngine(FakeChatModel(), {}), tracer=tracer)
    return TestClient(app, raise_server_exceptions=False)


@pytest.mark.parametrize("is_stream", [False, True])
def test_a_request_has_a_span_with_its_stages(tracer: Tracer, kept: InMemorySpanExporter, is_stream: bool) -> None:
    with client_of(tracer) as client:
        body = {"user_id": "ann", "question": "hello", "stream": is_stream}
        client.post("/chat", json=body, headers={**TRACEPARENT, "X-Request-ID": "r1"})
    spans = {span.name: span for span in kept.get_finished_spans()}
    assert list(spans) == ["queue", "prefill", "decode", "POST /chat"], "there is no span per token"
    request = spans["POST /chat"]
    assert request.kind is SpanKind.SERVER
    assert f"{request.context.trace_id:x}" in TRACE_ID
    assert request.attributes is not None
    assert request.attributes["http.response.status_code"] == 200
    assert request.attributes["minicpmv.request_id"] == "r1"
    assert dict(spans["prefill"].attributes or {}) == {"minicpmv.prompt_tokens": 10, "minicpmv.cached_tokens": 0}
    assert dict(spans["decode"].attributes or {}) == {"minicpmv.generated_tokens": 11}
    for name in ("queue", "prefill", "decode"):
        parent = spans[name].parent
        assert parent is not None
        assert parent.span_id == request.context.span_id


def test_an_answer_that_ends_in_an_error_has_the_status_error(tracer: Tracer, kept: InMemorySpanExporter) -> None:
    with client_of(tracer) as client:
        client.post("/ask", json={"question": "fail"})
    request = kept.get_finished_spans()[-1]
    assert (request.name, request.status.is_ok) == ("POST /ask", False)


def test_without_a_valid_traceparent_a_request_starts_a_trace(tracer: Tracer, kept: InMemorySpanExporter) -> None:
    trace_request(tracer, RequestRecord("r", "GET", "/x", {"traceparent": "nonsense"}, began_s=0.0, duration_s=2.5))
    (span,) = kept.get_finished_spans()
    assert span.parent is None
    assert span.start_time is not None
    assert span.end_time is not None
    assert abs(span.end_time - span.start_time - 2.5e9) < 1e9


class Collector(BaseHTTPRequestHandler):
    """A collector that keeps the paths and bodies of what is posted to it."""

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.taken.append((self.path, body))  # type: ignore[attr-defined]
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_: Any) -> None: ...


def test_a_collector_receives_the_spans() -> None:
    with HTTPServer(("127.0.0.1", 0), Collector) as collector:
        collector.taken = []  # type: ignore[attr-defined]
        threading.Thread(target=collector.serve_forever, daemon=True).start()
        with open_tracer(f"http://127.0.0.1:{collector.server_port}/") as tracer:
            assert tracer is not None
            trace_request(tracer, RequestRecord("r-17", "GET", "/x"))
        collector.shutdown()
        ((path, body),) = collector.taken  # type: ignore[attr-defined]
    assert path == "/v1/traces"
    assert b"minicpm-v-server" in body
    assert b"r-17" in body


def test_without_an_endpoint_there_is_no_tracer() -> None:
    with open_tracer(None) as tracer:
        assert tracer is None


class Flaky(SpanExporter):
    """An exporter that gives the results in turn, one per batch."""

    def __init__(self, *results: SpanExportResult) -> None:
        self.results = list(results)

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:  # noqa: ARG002
        return self.results.pop(0)


def test_a_collector_that_goes_down_and_comes_back_is_logged_once_each(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO", "server")
    good, bad = SpanExportResult.SUCCESS, SpanExportResult.FAILURE
    exporter = ReportingExporter(Flaky(good, bad, bad, bad, good, good), "http://here")
    for _ in range(6):
        exporter.export([])
    logged = [record.getMessage() for record in caplog.records]
    assert logged == [
        "http://here does not accept traces; they are lost until it does",
        "http://here accepts traces again",
    ]


def test_a_collector_that_is_not_there_harms_no_request(caplog: pytest.LogCaptureFixture) -> None:
    level = logging.getLogger("opentelemetry").level
    try:
        with open_tracer("http://127.0.0.1:1") as tracer:
            assert tracer is not None
            with client_of(tracer) as client:
                answers = [client.post("/ask", json={"question": "hello"}).content for _ in range(3)]
    finally:
        logging.getLogger("opentelemetry").setLevel(level)
    assert [json.loads(answer) for answer in answers] == [{"answer": "0/1: hello"}] * 3
    assert [record.name for record in caplog.records if record.levelno >= logging.WARNING] == ["server"]
