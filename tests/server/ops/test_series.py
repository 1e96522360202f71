"""Rates, shares and percentiles of known samples."""

from dataclasses import replace
from typing import Any

from server.ops.readings import Buckets
from server.ops.sampling import COUNTERS, GAUGES, Sample
from server.ops.series import compute_columns, compute_values

BOUNDS = (0.1, 1.0, float("inf"))


def sample(clock_s: float, **given: Any) -> Sample:
    gauges = {**dict.fromkeys(GAUGES), **given.pop("gauges", {})}
    counters = {**dict.fromkeys(COUNTERS, 0.0), **given.pop("counters", {})}
    empty = Buckets(BOUNDS, (0.0, 0.0, 0.0))
    return replace(
        Sample(1000.0 + clock_s, clock_s, gauges, counters, {}, {}, {}, empty, empty),
        **given,
    )


def test_rates_are_over_the_last_ten_seconds() -> None:
    counts = (0.0, 10.0, 30.0, 60.0)
    samples = [sample(5.0 * place, routes={"/ask": count}) for place, count in enumerate(counts)]
    assert [compute_values(samples, place)["route:/ask"] for place in range(4)] == [None, 2.0, 3.0, 5.0]


def test_a_new_route_is_counted_from_zero() -> None:
    samples = [sample(0.0), sample(5.0, routes={"/ask": 5.0}, statuses={"2xx": 4.0, "5xx": 1.0})]
    values = compute_values(samples, 1)
    assert (values["route:/ask"], values["requests:2xx"], values["requests:5xx"]) == (1.0, 0.8, 0.2)
    assert values["requests:4xx"] == 0.0
    assert compute_columns(samples)["route:/ask"] == [None, 1.0]


def test_just_after_the_start_there_are_no_rates() -> None:
    samples = [sample(0.0), sample(0.05, counters={"generated_tokens": 10.0})]
    assert compute_values(samples, 1)["generated_tokens"] is None


def test_shares_are_of_the_last_minute() -> None:
    """All turns were found in the first 5 seconds, half of those in the last 5."""
    counts = [{}, *[{"hit": 2.0}] * 12, {"hit": 3.0, "miss": 1.0}]
    samples = [sample(5.0 * place, cache=cache) for place, cache in enumerate(counts)]
    assert compute_values(samples[1:], 12)["answer_hits"] == 0.5
    assert compute_values(samples, 12)["answer_hits"] == 1.0
    assert compute_values([samples[0], samples[-1]], 1)["answer_hits"] == 0.75


def test_shares_of_caches() -> None:
    counted = {"prompt_tokens": 200.0, "cached_prompt_tokens": 50.0, "image_cache_hits": 3.0, "image_cache_misses": 1.0}
    values = compute_values([sample(0.0), sample(5.0, counters=counted)], 1)
    assert (values["prefix_hits"], values["image_hits"], values["answer_hits"]) == (0.25, 0.75, None)


def test_the_kv_cache_has_shares_and_no_slots() -> None:
    gauges = {"kv_cache_slots": 1000.0, "kv_cache_used_slots": 250.0, "kv_cache_retained_slots": 100.0}
    values = compute_values([sample(0.0, gauges=gauges)], 0)
    assert (values["kv_cache_used"], values["kv_cache_retained"]) == (0.25, 0.1)
    assert "kv_cache_slots" not in values
    assert compute_values([sample(0.0)], 0)["kv_cache_used"] is None


def test_percentiles_are_of_the_values_since_the_earlier_sample() -> None:
    before, now = Buckets(BOUNDS, (100.0, 100.0, 100.0)), Buckets(BOUNDS, (100.0, 110.0, 110.0))
    values = compute_values([sample(0.0, answer=before), sample(5.0, answer=now)], 1)
    assert [values[f"answer:{name}"] for name in ("p50", "p90", "p99")] == [0.55, 0.91, 0.991]
    assert values["first_token:p50"] is None


def test_numbers_are_rounded() -> None:
    values = compute_values([sample(0.0, gauges={"process_memory_bytes": 123456789.0})], 0)
    assert values["process_memory_bytes"] == 123460000.0
