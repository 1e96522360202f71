"""What was read of documents as Prometheus reads it."""

from prometheus_client import CollectorRegistry

from server.library.stats import READY, ReadingStats
from server.telemetry.document_metrics import DocumentCollector


def test_documents_are_counted_by_their_outcome() -> None:
    stats, registry = ReadingStats(), CollectorRegistry()
    registry.register(DocumentCollector(stats))
    stats.outcomes.update({READY: 2, "broken": 1})
    stats.num_pages, stats.num_transcribed = 30, 4
    stats.document_s.add(1.5)

    def read(name: str, **labels: str) -> float | None:
        return registry.get_sample_value(f"minicpmv_{name}", labels)

    assert (read("documents_total", outcome="ready"), read("documents_total", outcome="broken")) == (2, 1)
    assert (read("document_pages_total"), read("transcribed_pages_total")) == (30, 4)
    assert (read("document_duration_seconds_count"), read("document_duration_seconds_sum")) == (1, 1.5)
