"""The engine's counters as metrics of Prometheus, read whenever those are collected."""

from collections.abc import Iterable, Iterator
from itertools import accumulate

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

from model.engine.engine import Engine
from model.engine.prefix import BLOCK_SIZE
from model.engine.stats import Histogram
from model.memory import read_device_memory
from server.engine.async_engine import AsyncEngine

PREFIX = "minicpmv_"


class EngineCollector(Collector):
    """Collects the metrics of one engine. The device thread only keeps its counters, and never waits for this."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    def describe(self) -> Iterable[Metric]:
        """Describe nothing, so that registering the collector does not collect."""
        return ()

    def collect(self) -> Iterator[Metric]:
        yield from _collect_load(self._engine)
        yield from _collect_caches(self._engine.core)
        yield from _collect_work(self._engine.core)
        yield from _collect_times(self._engine.core)
        yield from _collect_memory(self._engine.info.device)


def _collect_load(engine: AsyncEngine) -> Iterator[Metric]:
    running = list(engine.core.scheduler.running)
    num_waiting = max(engine.num_requests - len(running), 0)
    yield _gauge("requests_waiting", "Requests admitted that wait to run, or to run again", num_waiting)
    yield _gauge("requests_running", "Requests whose answers are being generated", len(running))
    yield _gauge(
        "sequences_running",
        "Answers being generated, each of a request with several counted",
        sum(len(group.active) for group in running),
    )


def _collect_caches(core: Engine) -> Iterator[Metric]:
    pool = core.scheduler.pool
    yield _gauge("kv_cache_slots", "Tokens that the KV cache can hold", pool.capacity)
    yield _gauge("kv_cache_used_slots", "Slots of the KV cache in use by running requests", pool.num_used * BLOCK_SIZE)
    yield _gauge(
        "kv_cache_retained_slots",
        "Slots of the KV cache kept for prompts that begin alike",
        pool.num_retained * BLOCK_SIZE,
    )
    yield _counter("cached_prompt_tokens", "Tokens of prompts found in the KV cache", core.stats.num_cached_tokens)
    images = core.runner.images
    yield _gauge("image_cache_bytes", "Memory of the image features that are kept", images.num_bytes)
    yield _counter("image_cache_hits", "Views whose image features were in the cache", core.stats.num_image_hits)
    yield _counter("image_cache_misses", "Views that had to be encoded", images.num_encoded)


def _collect_work(core: Engine) -> Iterator[Metric]:
    stats = core.stats
    yield _counter("prompt_tokens", "Tokens of prompts whose answers have begun", stats.num_prompt_tokens)
    yield _counter("generated_tokens", "Tokens of answers", stats.num_generated_tokens)
    yield _counter("preemptions", "Times that a running request was put back to wait", core.scheduler.num_preemptions)
    yield _counter("shed_requests", "Requests ended because memory had run out", stats.num_shed)
    answers = CounterMetricFamily(
        f"{PREFIX}answers", "Answers that have ended, by finish reason", labels=("finish_reason",)
    )
    for reason, count in dict(stats.finish_reasons).items():
        answers.add_metric((reason,), count)
    yield answers


def _collect_times(core: Engine) -> Iterator[Metric]:
    stats = core.stats
    yield build_histogram("time_to_first_token_seconds", "From admission to the first token", stats.first_token_s)
    yield build_histogram("inter_token_latency_seconds", "From one token of an answer to the next", stats.inter_token_s)
    yield build_histogram(
        "engine_step_seconds", "One step of the engine, a token for each running answer", stats.step_s
    )
    yield build_histogram("image_encode_seconds", "One call of the vision tower", core.runner.images.encode_s)


def _collect_memory(device: str) -> Iterator[Metric]:
    memory = read_device_memory(device)
    if memory is not None:
        yield _gauge("gpu_memory_allocated_bytes", "GPU memory in tensors of this process", memory.allocated)
        yield _gauge("gpu_memory_reserved_bytes", "GPU memory reserved by this process", memory.reserved)
        yield _gauge("gpu_memory_used_bytes", "GPU memory used by all processes", memory.used)
        yield _gauge("gpu_memory_bytes", "Total memory of the GPU", memory.total)


def _gauge(name: str, documentation: str, value: float) -> Metric:
    return GaugeMetricFamily(PREFIX + name, documentation, value)


def _counter(name: str, documentation: str, value: float) -> Metric:
    return CounterMetricFamily(PREFIX + name, documentation, value)


def build_histogram(name: str, documentation: str, histogram: Histogram) -> Metric:
    """Return one of the engine's histograms as a metric; `PREFIX` is put before its name."""
    bounds = [*map(str, histogram.bounds), "+Inf"]
    counts = accumulate(list(histogram.counts))
    return HistogramMetricFamily(PREFIX + name, documentation, list(zip(bounds, counts, strict=True)), histogram.total)
