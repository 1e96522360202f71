"""The engine's counters as Prometheus reads them."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest
from prometheus_client import CollectorRegistry
from prometheus_client.exposition import generate_latest
from prometheus_client.parser import text_string_to_metric_families

from model.memory import DeviceMemory
from server.engine.async_engine import AsyncEngine
from server.engine.token_stream import TokenStream
from server.telemetry import engine_metrics
from server.telemetry.engine_metrics import EngineCollector
from tests.helpers.fakes import FakeChatModel

pytestmark = pytest.mark.anyio


def make_registry(engine: AsyncEngine) -> CollectorRegistry:
    registry = CollectorRegistry()
    registry.register(EngineCollector(engine))
    return registry


def read_value(registry: CollectorRegistry, name: str, **labels: str) -> float | None:
    return registry.get_sample_value(f"minicpmv_{name}", labels)


async def submit(engine: AsyncEngine, text: str) -> TokenStream:
    return engine.submit(await engine.prepare([{"role": "user", "content": [text]}]))


async def test_an_answer_is_counted() -> None:
    engine = AsyncEngine(FakeChatModel(), {})
    registry = make_registry(engine)
    assert read_value(registry, "generated_tokens_total") == 0
    async for _ in await submit(engine, "hello"):
        pass
    num_tokens = len("0/1: hello")
    assert read_value(registry, "prompt_tokens_total") == num_tokens
    assert read_value(registry, "generated_tokens_total") == num_tokens + 1
    assert read_value(registry, "answers_total", finish_reason="stop") == 1
    assert read_value(registry, "time_to_first_token_seconds_count") == 1
    assert read_value(registry, "inter_token_latency_seconds_count") == num_tokens
    assert read_value(registry, "engine_step_seconds_bucket", le="+Inf") == num_tokens + 1
    assert read_value(registry, "kv_cache_slots") == engine.core.scheduler.pool.capacity
    assert read_value(registry, "requests_running") == read_value(registry, "requests_waiting") == 0
    await engine.close()


async def test_running_and_waiting_requests_are_counted() -> None:
    fake = FakeChatModel(delay_s=0.05)
    fake.engine.scheduler.limits = replace(fake.engine.scheduler.limits, max_num_seqs=1)
    engine = AsyncEngine(fake, {})
    registry = make_registry(engine)
    streams = [await submit(engine, "slow " * 20) for _ in range(3)]
    await anext(streams[0])
    assert read_value(registry, "requests_running") == read_value(registry, "sequences_running") == 1
    assert read_value(registry, "requests_waiting") == 2
    used = read_value(registry, "kv_cache_used_slots")
    assert used is not None
    assert used > 0
    for stream in streams:
        stream.close()
    while engine.num_requests:
        await asyncio.sleep(0.01)
    assert read_value(registry, "kv_cache_used_slots") == 0
    assert read_value(registry, "answers_total", finish_reason="abort") == 3
    await engine.close()


async def test_only_a_gpu_has_memory_metrics(monkeypatch: pytest.MonkeyPatch) -> None:
    engine = AsyncEngine(FakeChatModel(), {})
    registry = make_registry(engine)
    assert read_value(registry, "gpu_memory_bytes") is None
    memory: Any = lambda _: DeviceMemory(1, 2, 3, 4)  # noqa: E731
    monkeypatch.setattr(engine_metrics, "read_device_memory", memory)
    names = ("gpu_memory_allocated_bytes", "gpu_memory_reserved_bytes", "gpu_memory_used_bytes", "gpu_memory_bytes")
    assert [read_value(registry, name) for name in names] == [1, 2, 3, 4]
    await engine.close()


async def test_prometheus_can_parse_all_metrics() -> None:
    engine = AsyncEngine(FakeChatModel(), {})
    text = generate_latest(make_registry(engine)).decode()
    names = [family.name for family in text_string_to_metric_families(text)]
    assert len(names) == len(set(names)) > 15
    assert all(name.startswith("minicpmv_") for name in names)
    await engine.close()
