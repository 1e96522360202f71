"""Samples of the metrics: what is in one, how many are kept, and that they end with the application."""

import asyncio
from typing import Any

import pytest

from model.memory import DeviceMemory
from server.engine.async_engine import AsyncEngine
from server.ops.sampling import MetricsSampler, sampling
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


def note(metrics: Metrics, route: str, status: int | None = 200, seconds: float = 0.2) -> None:
    metrics.note(RequestRecord("r", "POST", route, route=route, status=status, seconds=seconds))


def test_a_sample_is_what_the_metrics_say() -> None:
    metrics = metrics_with_engine()
    for route, status in (("/ask", 200), ("/ask", 503), ("/chat", None), ("/metrics", 200), ("/ops/state", 200)):
        note(metrics, route, status)
    sample, readings = MetricsSampler(metrics.registry, ["/ask", "/chat"]).read()
    assert sample.statuses == {"2xx": 1, "5xx": 1, "none": 1}
    assert sample.routes == {"/ask": 2, "/chat": 1}, "whoever watches is left out"
    assert sample.answer.counts[-1] == 3
    assert sample.gauges["kv_cache_slots"] == readings.value("kv_cache_slots") == 32000
    assert sample.gauges["gpu_memory_bytes"] is None
    assert sample.counters["generated_tokens"] == 0


def test_a_gpu_is_measured_where_there_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
    memory: Any = lambda _: DeviceMemory(1, 2, 3, 4)  # noqa: E731
    monkeypatch.setattr(engine_metrics, "device_memory", memory)
    gauges = MetricsSampler(metrics_with_engine().registry, []).read()[0].gauges
    assert [gauges[f"gpu_memory_{name}bytes"] for name in ("reserved_", "used_", "")] == [2, 3, 4]


def test_a_sampler_may_have_nothing_to_measure() -> None:
    sampler = MetricsSampler(Metrics().registry, [])
    sampler.keep()
    (sample,) = sampler.samples
    assert (sample.routes, sample.answer.percentile(0.5), sample.gauges["requests_waiting"]) == ({}, None, None)


def test_only_so_many_are_kept() -> None:
    sampler = MetricsSampler(Metrics().registry, [], num_samples=3)
    for _ in range(10):
        sampler.keep()
    assert len(sampler.samples) == 3
    times = [sample.clock_s for sample in sampler.samples]
    assert times == sorted(times)


async def test_it_goes_on_after_a_failure_and_ends_with_the_application(caplog: pytest.LogCaptureFixture) -> None:
    class Failing(MetricsSampler):
        num_tries = 0

        def keep(self) -> None:
            self.num_tries += 1
            if self.num_tries == 1:
                raise RuntimeError("no GPU any more")
            super().keep()

    sampler = Failing(Metrics().registry, [])
    async with sampling(sampler, every_s=0.001):
        for _ in range(500):
            if len(sampler.samples) > 1:
                break
            await asyncio.sleep(0.01)
    assert len(sampler.samples) > 1
    assert "no GPU any more" in caplog.text
    num_tries = sampler.num_tries
    await asyncio.sleep(0.02)
    assert sampler.num_tries == num_tries
