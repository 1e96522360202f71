"""Requests by route and status, each application for itself."""

from server.errors import EngineStopped
from server.request_record import RequestRecord
from server.telemetry.metrics import Metrics


def count(metrics: Metrics, method: str = "GET", status: int | None = 200, seconds: float = 0.2) -> None:
    metrics.count(RequestRecord("r", method, "/x/1", route="/x/{id}", status=status, duration_s=seconds))


def read_value(metrics: Metrics, name: str, **labels: str) -> float | None:
    return metrics.registry.get_sample_value(f"minicpmv_http_{name}", labels)


def test_requests_are_counted_by_their_labels() -> None:
    metrics = Metrics()
    for status in (200, 200, 503, None):
        count(metrics, status=status)
    counts = [
        read_value(metrics, "requests_total", method="GET", route="/x/{id}", status=s) for s in ("200", "503", "none")
    ]
    assert counts == [2, 1, 1]
    assert read_value(metrics, "request_duration_seconds_count", method="GET", route="/x/{id}") == 4


def test_unknown_methods_share_one_label() -> None:
    metrics = Metrics()
    for method in ("BREW", "STEEP"):
        count(metrics, method)
    assert read_value(metrics, "requests_total", method="other", route="/x/{id}", status="200") == 2


def test_two_applications_count_separately() -> None:
    first, second = Metrics(), Metrics()
    count(first)
    assert read_value(second, "requests_total", method="GET", route="/x/{id}", status="200") is None


def test_the_process_is_measured() -> None:
    memory = Metrics().registry.get_sample_value("process_resident_memory_bytes")
    assert memory is not None
    assert memory > 1e6


def test_keys_are_counted_by_their_names() -> None:
    metrics = Metrics()
    for key in ("ann", "ann", "bob", None):
        metrics.count(RequestRecord("r", "GET", "/x", key=key))
    counts = [metrics.registry.get_sample_value("minicpmv_key_requests_total", {"key": key}) for key in ("ann", "bob")]
    assert counts == [2, 1]


def test_the_last_errors_are_kept() -> None:
    metrics = Metrics()
    metrics.count(RequestRecord("r-1", "GET", "/x", response_error=EngineStopped()))
    assert [error.id for error in metrics.recent.errors] == ["r-1"]
