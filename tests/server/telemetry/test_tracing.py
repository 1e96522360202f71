"""Spans of requests: in the trace they belong to, with their stages, and harmless where nobody takes them."""

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
from server.telemetry.tracing import ReportingExporter, opened_tracer, trace
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
    assert list(spans) == ["queue", "prefill", "decode", "POST /chat"], "not one a piece"
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


def test_a_failure_is_an_error(tracer: Tracer, kept: InMemorySpanExporter) -> None:
    with client_of(tracer) as client:
        client.post("/ask", json={"question": "fail"})
    request = kept.get_finished_spans()[-1]
    assert (request.name, request.status.is_ok) == ("POST /ask", False)


def test_without_a_trace_of_the_client_it_is_one_of_its_own(tracer: Tracer, kept: InMemorySpanExporter) -> None:
    trace(tracer, RequestRecord("r", "GET", "/x", {"traceparent": "nonsense"}, began_s=0.0, seconds=2.5))
    (span,) = kept.get_finished_spans()
    assert span.parent is None
    assert span.start_time is not None
    assert span.end_time is not None
    assert abs(span.end_time - span.start_time - 2.5e9) < 1e9


class Collector(BaseHTTPRequestHandler):
    """Keeps what is posted to it, with its path."""

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.taken.append((self.path, body))  # type: ignore[attr-defined]
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_: Any) -> None: ...


def test_a_collector_gets_them() -> None:
    with HTTPServer(("127.0.0.1", 0), Collector) as collector:
        collector.taken = []  # type: ignore[attr-defined]
        threading.Thread(target=collector.serve_forever, daemon=True).start()
        with opened_tracer(f"http://127.0.0.1:{collector.server_port}/") as tracer:
            assert tracer is not None
            trace(tracer, RequestRecord("r-17", "GET", "/x"))
        collector.shutdown()
        ((path, body),) = collector.taken  # type: ignore[attr-defined]
    assert path == "/v1/traces"
    assert b"minicpm-v-server" in body
    assert b"r-17" in body


def test_without_an_endpoint_there_is_nothing() -> None:
    with opened_tracer(None) as tracer:
        assert tracer is None


class Flaky(SpanExporter):
    """Goes as it is told, a word a batch."""

    def __init__(self, *results: SpanExportResult) -> None:
        self.results = list(results)

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:  # noqa: ARG002
        return self.results.pop(0)


def test_a_collector_that_is_down_is_said_once_and_once_that_it_is_back(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO", "server")
    good, bad = SpanExportResult.SUCCESS, SpanExportResult.FAILURE
    exporter = ReportingExporter(Flaky(good, bad, bad, bad, good, good), "http://here")
    for _ in range(6):
        exporter.export([])
    said = [record.getMessage() for record in caplog.records]
    assert said == ["http://here takes no traces; they are lost until it does", "http://here takes traces again"]


def test_a_collector_that_is_not_there_harms_no_request(caplog: pytest.LogCaptureFixture) -> None:
    level = logging.getLogger("opentelemetry").level
    try:
        with opened_tracer("http://127.0.0.1:1") as tracer:
            assert tracer is not None
            with client_of(tracer) as client:
                answers = [client.post("/ask", json={"question": "hello"}).content for _ in range(3)]
    finally:
        logging.getLogger("opentelemetry").setLevel(level)
    assert [json.loads(answer) for answer in answers] == [{"answer": "0/1: hello"}] * 3
    assert [record.name for record in caplog.records if record.levelno >= logging.WARNING] == ["server"]
