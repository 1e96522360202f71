"""What the metrics were in the last half hour, so that a page which is opened now can draw it."""

import asyncio
import logging
import time
from collections import deque
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from dataclasses import dataclass

from prometheus_client import CollectorRegistry

from server.ops.readings import Buckets, Readings
from server.telemetry.access_log import PROBES

EVERY_S = 5.0
NUM_SAMPLES = 360
"""Half an hour."""

GAUGES = {
    "requests_in_progress": "http_requests_in_progress",
    "requests_waiting": "requests_waiting",
    "requests_running": "requests_running",
    "sequences_running": "sequences_running",
    "kv_cache_slots": "kv_cache_slots",
    "kv_cache_used_slots": "kv_cache_used_slots",
    "kv_cache_retained_slots": "kv_cache_retained_slots",
    "image_cache_bytes": "image_cache_bytes",
    "process_memory_bytes": "process_resident_memory_bytes",
    "gpu_memory_bytes": "gpu_memory_bytes",
    "gpu_memory_used_bytes": "gpu_memory_used_bytes",
    "gpu_memory_reserved_bytes": "gpu_memory_reserved_bytes",
}
"""What is sent, by the metric that it is."""

COUNTERS = (
    "prompt_tokens",
    "cached_prompt_tokens",
    "generated_tokens",
    "image_cache_hits",
    "image_cache_misses",
)

logger = logging.getLogger("server")


@dataclass(frozen=True)
class Sample:
    """`time_s` is of Unix, `clock_s` never goes back. Counts are since the start; `statuses` are by class, as 2xx.

    `answer` is of the requests that ask the model, from the request to the last byte.
    """

    time_s: float
    clock_s: float
    gauges: dict[str, float | None]
    counters: dict[str, float]
    statuses: dict[str, float]
    routes: dict[str, float]
    cache: dict[str, float]
    first_token: Buckets
    answer: Buckets


class MetricsSampler:
    """`questions` are the routes that ask the model."""

    def __init__(self, registry: CollectorRegistry, questions: Collection[str], num_samples: int = NUM_SAMPLES) -> None:
        self._registry = registry
        self._questions = frozenset(questions)
        self.samples: deque[Sample] = deque(maxlen=num_samples)

    def read(self) -> tuple[Sample, Readings]:
        """As it is now, not kept; and all else that was read for it."""
        readings = Readings(self._registry)
        return self._sample(readings), readings

    def keep(self) -> None:
        self.samples.append(self.read()[0])

    def _sample(self, readings: Readings) -> Sample:
        """Those who watch the server are not counted among its requests."""
        requests = {
            (route, status): count
            for (route, status), count in readings.by("http_requests_total", "route", "status").items()
            if route not in PROBES
        }
        return Sample(
            time_s=time.time(),
            clock_s=time.monotonic(),
            gauges={name: readings.value(metric) for name, metric in GAUGES.items()},
            counters={name: readings.total(f"{name}_total") for name in COUNTERS},
            statuses=_summed({(_class_of(status), route): count for (route, status), count in requests.items()}),
            routes=_summed(requests),
            cache={result: count for (result,), count in readings.by("answer_cache_total", "result").items()},
            first_token=readings.buckets("time_to_first_token_seconds"),
            answer=readings.buckets("http_request_duration_seconds", lambda own: own["route"] in self._questions),
        )


def _class_of(status: str) -> str:
    """Also of `none`, of a client that left before its answer began."""
    return f"{status[0]}xx" if status.isdigit() else status


def _summed(counts: dict[tuple[str, str], float]) -> dict[str, float]:
    """By the first of the two."""
    totals: dict[str, float] = {}
    for (first, _), count in counts.items():
        totals[first] = totals.get(first, 0.0) + count
    return totals


@asynccontextmanager
async def sampling(sampler: MetricsSampler, every_s: float = EVERY_S) -> AsyncIterator[None]:
    """While it is entered."""
    task = asyncio.create_task(_sample_often(sampler, every_s))
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait([task])


async def _sample_often(sampler: MetricsSampler, every_s: float) -> None:
    while True:
        try:
            sampler.keep()
        except Exception as error:  # a GPU that has died cannot be measured; the next time may go better
            logger.warning("the metrics were not sampled: %s", error)
        await asyncio.sleep(every_s)
