"""What was read of documents as metrics of Prometheus, looked up whenever those are collected."""

from collections.abc import Iterable, Iterator

from prometheus_client.core import CounterMetricFamily, Metric
from prometheus_client.registry import Collector

from server.library.stats import ReadingStats
from server.telemetry.engine_metrics import PREFIX, build_histogram


class DocumentCollector(Collector):
    """Collects what one library has read."""

    def __init__(self, stats: ReadingStats) -> None:
        self._stats = stats

    def describe(self) -> Iterable[Metric]:
        """Describe nothing, as `EngineCollector` does."""
        return ()

    def collect(self) -> Iterator[Metric]:
        stats = self._stats
        documents = CounterMetricFamily(
            f"{PREFIX}documents", "Documents that were read: ready, or why they failed", labels=("outcome",)
        )
        for outcome, count in stats.outcomes.items():
            documents.add_metric((outcome,), count)
        yield documents
        yield CounterMetricFamily(f"{PREFIX}document_pages", "Pages of documents that were read", stats.num_pages)
        yield CounterMetricFamily(
            f"{PREFIX}transcribed_pages", "Scanned pages whose text the model has read", stats.num_transcribed
        )
        yield build_histogram("document_duration_seconds", "How long documents were read", stats.document_s)
