"""The engine's plain counters as Prometheus' metrics, read when they are asked for."""

from collections.abc import Iterable, Iterator
from itertools import accumulate

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

from model.engine.engine import Engine
from model.engine.prefix import BLOCK_SIZE
from model.engine.stats import Histogram
from model.memory import device_memory
from server.engine.async_engine import AsyncEngine

PREFIX = "minicpmv_"


class EngineCollector(Collector):
    """Costs the device thread nothing but the counting."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    def describe(self) -> Iterable[Metric]:
        """None, so that registering it reads nothing."""
        return ()

    def collect(self) -> Iterator[Metric]:
        yield from _load(self._engine)
        yield from _cache(self._engine.core)
        yield from _work(self._engine.core)
        yield from _times(self._engine.core)
        yield from _memory(self._engine.info.device)


def _load(engine: AsyncEngine) -> Iterator[Metric]:
    running = list(engine.core.scheduler.running)
    num_waiting = max(engine.num_requests - len(running), 0)
    yield _gauge("requests_waiting", "Requests admitted that do not run yet, or not at the moment", num_waiting)
    yield _gauge("requests_running", "Requests whose answers grow", len(running))
    yield _gauge(
        "sequences_running", "Answers that grow, each of several counted", sum(len(group.active) for group in running)
    )


def _cache(core: Engine) -> Iterator[Metric]:
    pool = core.scheduler.pool
    yield _gauge("kv_cache_slots", "Tokens that the KV cache can hold", pool.capacity)
    yield _gauge("kv_cache_used_slots", "Of them, taken by what runs", pool.num_used * BLOCK_SIZE)
    yield _gauge("kv_cache_retained_slots", "Of them, kept to be found again", pool.num_retained * BLOCK_SIZE)
    yield _counter("cached_prompt_tokens", "Tokens of prompts found in the KV cache", core.stats.num_cached_tokens)
    images = core.runner.images
    yield _gauge("image_cache_bytes", "Features of views that are kept", images.num_bytes)
    yield _counter("image_cache_hits", "Views whose features were known", core.stats.num_image_hits)
    yield _counter("image_cache_misses", "Views that were encoded", images.num_encoded)


def _work(core: Engine) -> Iterator[Metric]:
    stats = core.stats
    yield _counter("prompt_tokens", "Tokens of prompts, once each answer has begun", stats.num_prompt_tokens)
    yield _counter("generated_tokens", "Tokens of answers", stats.num_generated_tokens)
    yield _counter("preemptions", "Requests that had to wait again", core.scheduler.num_preemptions)
    yield _counter("shed_requests", "Requests given up because memory had run out", stats.num_shed)
    answers = CounterMetricFamily(f"{PREFIX}answers", "Answers that have ended, by how", labels=("finish_reason",))
    for reason, count in dict(stats.finish_reasons).items():
        answers.add_metric((reason,), count)
    yield answers


def _times(core: Engine) -> Iterator[Metric]:
    stats = core.stats
    yield _histogram("time_to_first_token_seconds", "From admission to the first token", stats.first_token_s)
    yield _histogram("inter_token_latency_seconds", "From token to token of an answer", stats.inter_token_s)
    yield _histogram("engine_step_seconds", "One step, all that run a token further", stats.step_s)
    yield _histogram("image_encode_seconds", "One call of the vision tower", core.runner.images.encode_s)


def _memory(device: str) -> Iterator[Metric]:
    memory = device_memory(device)
    if memory is not None:
        yield _gauge("gpu_memory_allocated_bytes", "In tensors of this process", memory.allocated)
        yield _gauge("gpu_memory_reserved_bytes", "Held by this process", memory.reserved)
        yield _gauge("gpu_memory_used_bytes", "Taken by all processes", memory.used)
        yield _gauge("gpu_memory_bytes", "What the GPU has", memory.total)


def _gauge(name: str, documentation: str, value: float) -> Metric:
    return GaugeMetricFamily(PREFIX + name, documentation, value)


def _counter(name: str, documentation: str, value: float) -> Metric:
    return CounterMetricFamily(PREFIX + name, documentation, value)


def _histogram(name: str, documentation: str, histogram: Histogram) -> Metric:
    bounds = [*map(str, histogram.bounds), "+Inf"]
    counts = accumulate(list(histogram.counts))
    return HistogramMetricFamily(PREFIX + name, documentation, list(zip(bounds, counts, strict=True)), histogram.total)
