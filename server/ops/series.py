"""What charts show, made of samples: counts become rates and shares, histograms percentiles.

requests:2xx ... requests:none     requests a second by class of status; none: the client left before the answer
route:/ask ...                     requests a second by route
requests_in_progress, requests_waiting, requests_running, sequences_running
kv_cache_used, kv_cache_retained   shares of the KV cache: by what runs, and kept to be found again
prefix_hits, image_hits, answer_hits   shares: of prompt tokens, of views, of turns that looked for an answer
first_token:p50, p90, p99          seconds from admission to the first token
answer:p50, p90, p99               seconds from a question to the last byte of its answer
prompt_tokens, generated_tokens    a second
process_memory_bytes, image_cache_bytes, gpu_memory_bytes, gpu_memory_used_bytes, gpu_memory_reserved_bytes
"""

from collections.abc import Mapping, Sequence

from server.ops.readings import Buckets
from server.ops.sampling import EVERY_S, Sample

RATE_S = 10.0
SHARE_S = 60.0
"""Over how long a rate is, and a share or a percentile, which one or two requests should not make jump."""

MIN_RATE_S = 1.0
"""Just after the start one request would be a flood."""

PERCENTILES = {"p50": 0.5, "p90": 0.9, "p99": 0.99}
STATUSES = ("2xx", "3xx", "4xx", "5xx", "none")
DIGITS = 5

Values = dict[str, float | None]
"""None where there is nothing to measure, or nothing happened."""


def values_of(samples: Sequence[Sample], place: int, every_s: float = EVERY_S) -> Values:
    """Of the sample at `place`, and those before it."""
    now = samples[place]
    recent = samples[max(place - round(RATE_S / every_s), 0)]
    earlier = samples[max(place - round(SHARE_S / every_s), 0)]
    values = {**_gauges(now), **_rates(now, recent), **_shares(now, earlier), **_latencies(now, earlier)}
    return {name: None if value is None else float(f"{value:.{DIGITS}g}") for name, value in values.items()}


def columns_of(samples: Sequence[Sample], every_s: float = EVERY_S) -> dict[str, list[float | None]]:
    """Of all samples, by name; a name that was not there yet is None."""
    rows = [values_of(samples, place, every_s) for place in range(len(samples))]
    names = dict.fromkeys(name for row in rows for name in row)
    return {name: [row.get(name) for row in rows] for name in names}


def _gauges(now: Sample) -> Values:
    gauges = dict(now.gauges)
    slots, used, retained = (gauges.pop(f"kv_cache_{name}slots") for name in ("", "used_", "retained_"))
    return {**gauges, "kv_cache_used": _share(used, slots), "kv_cache_retained": _share(retained, slots)}


def _rates(now: Sample, before: Sample) -> Values:
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


def _shares(now: Sample, before: Sample) -> Values:
    counted = {name: count - before.counters[name] for name, count in now.counters.items()}
    views = counted["image_cache_hits"] + counted["image_cache_misses"]
    hits, misses = (now.cache.get(name, 0.0) - before.cache.get(name, 0.0) for name in ("hit", "miss"))
    return {
        "prefix_hits": _share(counted["cached_prompt_tokens"], counted["prompt_tokens"]),
        "image_hits": _share(counted["image_cache_hits"], views),
        "answer_hits": _share(hits, hits + misses),
    }


def _latencies(now: Sample, before: Sample) -> Values:
    def percentiles(prefix: str, buckets: Buckets) -> Values:
        return {f"{prefix}:{name}": buckets.percentile(share) for name, share in PERCENTILES.items()}

    return {
        **percentiles("first_token", now.first_token.since(before.first_token)),
        **percentiles("answer", now.answer.since(before.answer)),
    }


def _share(part: float | None, whole: float | None) -> float | None:
    return part / whole if part is not None and whole else None
