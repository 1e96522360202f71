"""OpenTelemetry traces: a span per request, and in it one each for waiting, prefill and decode of every answer."""

import logging
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import SERVICE_NAME, Resource
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult
from opentelemetry.trace import Span, SpanKind, StatusCode, Tracer, set_span_in_context
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from server.request_record import RequestRecord

if TYPE_CHECKING:
    from server.engine.token_stream import TokenStream

SERVICE = "minicpm-v-server"
EXPORT_TIMEOUT_S = 5.0
"""The timeout of one batch of spans; a batch that the collector has not taken by then is lost."""

logger = logging.getLogger("server")


@contextmanager
def open_tracer(endpoint: str | None) -> Iterator[Tracer | None]:
    """Open a tracer that sends to a collector. Without an `endpoint` nothing is traced, and None is given.

    `endpoint` is the base URL of OTLP over HTTP, as in `OTEL_EXPORTER_OTLP_ENDPOINT`. OpenTelemetry's other variables
    are read too, such as `OTEL_SERVICE_NAME` and `OTEL_EXPORTER_OTLP_HEADERS`.
    """
    if endpoint is None:
        yield None
        return
    logging.getLogger("opentelemetry").setLevel(logging.CRITICAL)  # it logs several lines for every batch that is lost
    exporter = OTLPSpanExporter(f"{endpoint.rstrip('/')}/v1/traces", timeout=EXPORT_TIMEOUT_S)
    provider = TracerProvider(resource=_create_resource(), shutdown_on_exit=False)
    provider.add_span_processor(BatchSpanProcessor(ReportingExporter(exporter, endpoint)))
    try:
        yield provider.get_tracer("server")
    finally:
        provider.shutdown()


def _create_resource() -> Resource:
    own = Resource({SERVICE_NAME: SERVICE})
    given = Resource.create()
    return own if str(given.attributes[SERVICE_NAME]).startswith("unknown_service") else given


class ReportingExporter(SpanExporter):
    """Logs when its exporter begins to fail and when it works again, and nothing in between.

    `endpoint` names the collector in the log.
    """

    def __init__(self, exporter: SpanExporter, endpoint: str) -> None:
        self._exporter = exporter
        self._endpoint = endpoint
        self._is_failing = False

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        result = self._exporter.export(spans)
        is_failing = result is not SpanExportResult.SUCCESS
        if is_failing and not self._is_failing:
            logger.warning("%s does not accept traces; they are lost until it does", self._endpoint)
        if self._is_failing and not is_failing:
            logger.info("%s accepts traces again", self._endpoint)
        self._is_failing = is_failing
        return result

    def shutdown(self) -> None:
        self._exporter.shutdown()

    def force_flush(self, timeout_millis: int = 30000) -> bool:
        return self._exporter.force_flush(timeout_millis)


def trace_request(tracer: Tracer, record: RequestRecord) -> None:
    """Make the spans of a request that has ended, in the trace that its `traceparent` header names if it has one."""
    attributes = {
        "http.request.method": record.method,
        "http.route": record.route,
        "minicpmv.request_id": record.request_id,
    }
    span = tracer.start_span(
        f"{record.method} {record.route}",
        TraceContextTextMapPropagator().extract(record.headers),
        SpanKind.SERVER,
        attributes,
        start_time=_nanoseconds(record.began_s),
    )
    if record.status is not None:
        span.set_attribute("http.response.status_code", record.status)
    if record.stream_error is not None or (record.status or 0) >= 500:
        span.set_status(StatusCode.ERROR, record.stream_error)
    for stream in record.streams:
        _trace_answer(tracer, span, stream)
    span.end(_nanoseconds(record.began_s + record.duration_s))


def _trace_answer(tracer: Tracer, parent: Span, stream: "TokenStream") -> None:
    """Make a span of each stage that the answer has ended."""
    group, usage = stream.group, stream.usage
    if group is None:
        return
    prompt = {"minicpmv.prompt_tokens": usage.num_prompt, "minicpmv.cached_tokens": usage.num_cached}
    stages: tuple[tuple[str, float | None, float | None, dict[str, int]], ...] = (
        ("queue", group.arrival_s, group.admitted_s, {}),
        ("prefill", group.admitted_s, group.first_token_s, prompt),
        ("decode", group.first_token_s, group.last_token_s, {"minicpmv.generated_tokens": usage.num_generated}),
    )
    for name, began_s, ended_s, attributes in stages:
        if began_s is not None and ended_s is not None:
            context = set_span_in_context(parent)
            span = tracer.start_span(name, context, attributes=attributes, start_time=_nanoseconds(began_s))
            span.end(_nanoseconds(ended_s))


def _nanoseconds(monotonic_s: float) -> int:
    """Convert a time of `time.monotonic()` into nanoseconds since 1970."""
    return time.time_ns() - round((time.monotonic() - monotonic_s) * 1e9)
