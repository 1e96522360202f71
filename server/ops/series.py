"""The series that charts show, computed from samples: rates and shares of counts, percentiles of histograms.

requests:2xx ... requests:none     requests per second by class of status; none: the client left before the answer
route:/ask ...                     requests per second by route
requests_in_progress, requests_waiting, requests_running, sequences_running
kv_cache_used, kv_cache_retained   shares of the KV cache: in use by running requests, and kept for later ones
prefix_hits, image_hits, answer_hits   shares: of prompt tokens, of views, of turns that looked for an answer
first_token:p50, p90, p99          seconds from admission to the first token
answer:p50, p90, p99               seconds from a question to the last byte of its answer
prompt_tokens, generated_tokens    tokens per second
process_memory_bytes, image_cache_bytes, gpu_memory_bytes, gpu_memory_used_bytes, gpu_memory_reserved_bytes
"""

from collections.abc import Mapping, Sequence

from server.ops.readings import Buckets
from server.ops.sampling import SAMPLE_EVERY_S, Sample

RATE_S = 10.0
SHARE_S = 60.0
"""The windows of rates, and of shares and percentiles; the latter should not jump with one or two requests."""

MIN_RATE_S = 1.0
"""The shortest window of a rate: just after the start one request would look like very many."""

PERCENTILES = {"p50": 0.5, "p90": 0.9, "p99": 0.99}
STATUSES = ("2xx", "3xx", "4xx", "5xx", "none")
DIGITS = 5

Values = dict[str, float | None]
"""Values by name; None where there is nothing to measure or nothing happened."""


def compute_values(samples: Sequence[Sample], place: int, every_s: float = SAMPLE_EVERY_S) -> Values:
    """Return the values at the sample at index `place`, from it and those before it."""
    now = samples[place]
    recent = samples[max(place - round(RATE_S / every_s), 0)]
    earlier = samples[max(place - round(SHARE_S / every_s), 0)]
    values = {
        **_compute_gauges(now),
        **_compute_rates(now, recent),
        **_compute_shares(now, earlier),
        **_compute_latencies(now, earlier),
    }
    return {name: None if value is None else float(f"{value:.{DIGITS}g}") for name, value in values.items()}


def compute_columns(samples: Sequence[Sample], every_s: float = SAMPLE_EVERY_S) -> dict[str, list[float | None]]:
    """Return the values at every sample, by name. Where a name does not exist yet, the value is None."""
    rows = [compute_values(samples, place, every_s) for place in range(len(samples))]
    names = dict.fromkeys(name for row in rows for name in row)
    return {name: [row.get(name) for row in rows] for name in names}


def _compute_gauges(now: Sample) -> Values:
    gauges = dict(now.gauges)
    slots, used, retained = (gauges.pop(f"kv_cache_{name}slots") for name in ("", "used_", "retained_"))
    return {**gauges, "kv_cache_used": _divide(used, slots), "kv_cache_retained": _divide(retained, slots)}


def _compute_rates(now: Sample, before: Sample) -> Values:
    seconds = now.clock_s - before.clock_s

    def rates(prefix: str, counts: Mapping[str, float], known: Mapping[str, float]) -> Values:
        if seconds < MIN_RATE_S:
            return {f"{prefix}{name}": None for name in counts}
        return {f"{prefix}{name}": (count - known.get(name, 0.0)) / seconds for name, count in counts.items()}

    tokens = {name: now.counters[name] for name in ("prompt_tokens", "generated_tokens")}
    statuses = {name: now.statuses.get(name, 0.0) for name in STATUSES}
    return {
        **rates("requests:", statuses, before.statuses),
        **rates("route:", now.routes, before.routes),
        **rates("", tokens, before.counters),
    }


def _compute_shares(now: Sample, before: Sample) -> Values:
    counted = {name: count - before.counters[name] for name, count in now.counters.items()}
    views = counted["image_cache_hits"] + counted["image_cache_misses"]
    hits, misses = (now.cache.get(name, 0.0) - before.cache.get(name, 0.0) for name in ("hit", "miss"))
    return {
        "prefix_hits": _divide(counted["cached_prompt_tokens"], counted["prompt_tokens"]),
        "image_hits": _divide(counted["image_cache_hits"], views),
        "answer_hits": _divide(hits, hits + misses),
    }


def _compute_latencies(now: Sample, before: Sample) -> Values:
    def percentiles(prefix: str, buckets: Buckets) -> Values:
        return {f"{prefix}:{name}": buckets.percentile(share) for name, share in PERCENTILES.items()}

    return {
        **percentiles("first_token", now.first_token.subtract(before.first_token)),
        **percentiles("answer", now.answer.subtract(before.answer)),
    }


def _divide(part: float | None, whole: float | None) -> float | None:
    return part / whole if part is not None and whole else None
