"""Samples of the metrics: what is in one, and how many are kept."""

from typing import Any

import pytest

from model.memory import DeviceMemory
from server.engine.async_engine import AsyncEngine
from server.ops.sampling import MetricsSampler
from server.request_record import RequestRecord
from server.telemetry import engine_metrics
from server.telemetry.engine_metrics import EngineCollector
from server.telemetry.metrics import Metrics
from tests.helpers.fakes import FakeChatModel

pytestmark = pytest.mark.anyio


def metrics_with_engine() -> Metrics:
    metrics = Metrics()
    metrics.registry.register(EngineCollector(AsyncEngine(FakeChatModel(), {})))
    return metrics


def count(metrics: Metrics, route: str, status: int | None = 200, seconds: float = 0.2) -> None:
    metrics.count(RequestRecord("r", "POST", route, route=route, status=status, duration_s=seconds))


def test_a_sample_has_what_the_metrics_say() -> None:
    metrics = metrics_with_engine()
    for route, status in (("/ask", 200), ("/ask", 503), ("/chat", None), ("/metrics", 200), ("/ops/state", 200)):
        count(metrics, route, status)
    sample, readings = MetricsSampler(metrics.registry, ["/ask", "/chat"]).read()
    assert sample.statuses == {"2xx": 1, "5xx": 1, "none": 1}
    assert sample.routes == {"/ask": 2, "/chat": 1}, "requests of whoever watches the server are left out"
    assert sample.answer.counts[-1] == 3
    assert sample.gauges["kv_cache_slots"] == readings.get_value("kv_cache_slots") == 32000
    assert sample.gauges["gpu_memory_bytes"] is None
    assert sample.counters["generated_tokens"] == 0


def test_a_gpu_is_measured_where_there_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
    memory: Any = lambda _: DeviceMemory(1, 2, 3, 4)  # noqa: E731
    monkeypatch.setattr(engine_metrics, "read_device_memory", memory)
    gauges = MetricsSampler(metrics_with_engine().registry, []).read()[0].gauges
    assert [gauges[f"gpu_memory_{name}bytes"] for name in ("reserved_", "used_", "")] == [2, 3, 4]


async def test_without_an_engine_its_gauges_are_none() -> None:
    sampler = MetricsSampler(Metrics().registry, [])
    await sampler.sample()
    (sample,) = sampler.samples
    assert (sample.routes, sample.answer.percentile(0.5), sample.gauges["requests_waiting"]) == ({}, None, None)


async def test_only_the_last_samples_are_kept() -> None:
    sampler = MetricsSampler(Metrics().registry, [], num_samples=3)
    for _ in range(10):
        await sampler.sample()
    assert len(sampler.samples) == 3
    times = [sample.clock_s for sample in sampler.samples]
    assert times == sorted(times)
