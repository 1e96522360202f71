"""The metrics of requests, for Prometheus. `create_app` registers those of the engine beside them."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector

from server.request_record import RequestRecord
from server.telemetry.recent import RecentEvents
from server.telemetry.stage_metrics import StageMetrics

METHODS = frozenset({"GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"})
"""The methods that are labels of their own; a client may send any word, and the others are counted as one."""

BUCKETS_S = (0.005, 0.025, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0, 600.0)


class Metrics:
    """The metrics of one application, in a registry of its own; `recent` has the last errors and hits one by one."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._requests = Counter(
            "minicpmv_http_requests",
            "Requests answered; status none: the client left before the answer began",
            ("method", "route", "status"),
            registry=self.registry,
        )
        self._seconds = Histogram(
            "minicpmv_http_request_duration_seconds",
            "From the request to the end of its answer, streams included",
            ("method", "route"),
            buckets=BUCKETS_S,
            registry=self.registry,
        )
        self.num_in_progress = Gauge(
            "minicpmv_http_requests_in_progress", "Requests being answered", registry=self.registry
        )
        self._keys = Counter(
            "minicpmv_key_requests", "Requests answered, by the name of their key", ("key",), registry=self.registry
        )
        self._stages = StageMetrics(self.registry)
        self.recent = RecentEvents()
        ProcessCollector(registry=self.registry)

    def count(self, record: RequestRecord) -> None:
        """Count a request that has ended."""
        method = record.method if record.method in METHODS else "other"
        status = "none" if record.status is None else str(record.status)
        self._requests.labels(method, record.route, status).inc()
        self._seconds.labels(method, record.route).observe(record.duration_s)
        if record.key is not None:
            self._keys.labels(record.key).inc()
        self._stages.count(record.notes)
        self.recent.add(record)
