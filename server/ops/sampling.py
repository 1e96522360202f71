"""Samples of the metrics of the last half hour, so that a page which is opened now can draw them."""

import time
from collections import deque
from collections.abc import Collection
from dataclasses import dataclass

from prometheus_client import CollectorRegistry

from server.ops.readings import Buckets, Readings
from server.telemetry.access_log import PROBES

SAMPLE_EVERY_S = 5.0
NUM_SAMPLES = 360
"""Half an hour of them."""

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
"""The names of gauges in a sample, and the metrics that they are read from."""

COUNTERS = (
    "prompt_tokens",
    "cached_prompt_tokens",
    "generated_tokens",
    "image_cache_hits",
    "image_cache_misses",
)


@dataclass(frozen=True)
class Sample:
    """The metrics at one moment. `time_s` is in Unix seconds, `clock_s` in seconds of a clock that never goes back.

    Counts are since the start of the server: `statuses` by class such as 2xx, `routes` by path, `cache` by what the
    answer cache said. `first_token` and `answer` are histograms of seconds; `answer` is of the requests that ask the
    model, from the request to the last byte of the answer.
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
    """Takes samples of a registry and keeps the last `num_samples`. `questions` are the routes that ask the model."""

    def __init__(self, registry: CollectorRegistry, questions: Collection[str], num_samples: int = NUM_SAMPLES) -> None:
        self._registry = registry
        self._questions = frozenset(questions)
        self.samples: deque[Sample] = deque(maxlen=num_samples)

    def read(self) -> tuple[Sample, Readings]:
        """Return a sample of now, which is not kept, and all readings that it was made from."""
        readings = Readings(self._registry)
        return self._make_sample(readings), readings

    async def sample(self) -> None:
        """Keep a sample of now."""
        self.samples.append(self.read()[0])

    def _make_sample(self, readings: Readings) -> Sample:
        requests = {  # without those of whoever watches the server
            (route, status): count
            for (route, status), count in readings.sum_by("http_requests_total", "route", "status").items()
            if route not in PROBES
        }
        return Sample(
            time_s=time.time(),
            clock_s=time.monotonic(),
            gauges={name: readings.get_value(metric) for name, metric in GAUGES.items()},
            counters={name: readings.sum(f"{name}_total") for name in COUNTERS},
            statuses=_sum_by_first(
                {(_status_class(status), route): count for (route, status), count in requests.items()}
            ),
            routes=_sum_by_first(requests),
            cache={result: count for (result,), count in readings.sum_by("answer_cache_total", "result").items()},
            first_token=readings.merge_buckets("time_to_first_token_seconds"),
            answer=readings.merge_buckets("http_request_duration_seconds", lambda own: own["route"] in self._questions),
        )


def _status_class(status: str) -> str:
    """Return a class such as 2xx; `none`, of a client that left before its answer began, stays `none`."""
    return f"{status[0]}xx" if status.isdigit() else status


def _sum_by_first(counts: dict[tuple[str, str], float]) -> dict[str, float]:
    """Return the sums of counts whose keys have the same first part."""
    totals: dict[str, float] = {}
    for (first, _), count in counts.items():
        totals[first] = totals.get(first, 0.0) + count
    return totals
