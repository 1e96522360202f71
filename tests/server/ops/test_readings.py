"""Numbers read from a registry, and percentiles compared with those of known values."""

import random
from itertools import accumulate

import pytest
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from model.engine.stats import SECONDS
from server.ops.readings import Buckets, Readings


def make_buckets(values: list[float], bounds: tuple[float, ...]) -> Buckets:
    whole = (*bounds, float("inf"))
    return Buckets(whole, tuple(float(sum(value <= bound for value in values)) for bound in whole))


def test_values_are_spread_evenly_within_a_bucket() -> None:
    found = make_buckets([0.5, 1.5, 1.5, 3.0], (1.0, 2.0, 4.0))
    assert [found.percentile(share) for share in (0.25, 0.5, 0.75, 1.0)] == [1.0, 1.5, 2.0, 4.0]


@pytest.mark.parametrize("share", [0.5, 0.9, 0.99])
@pytest.mark.parametrize("seed", range(5))
def test_a_percentile_is_in_the_bucket_of_the_true_one(share: float, seed: int) -> None:
    draw = random.Random(seed)
    values = sorted(draw.expovariate(4.0) for _ in range(1000))
    true = values[round(share * len(values)) - 1]
    found = make_buckets(values, SECONDS).percentile(share)
    assert found is not None
    low, high = next(pair for pair in zip((0.0, *SECONDS), SECONDS, strict=False) if true <= pair[1])
    assert low <= found <= high


def test_percentiles_of_one_value_are_in_its_bucket() -> None:
    found = make_buckets([0.3], SECONDS)
    assert found.percentile(0.01) == pytest.approx(0.25, abs=0.01)
    assert found.percentile(1.0) == 0.5


def test_above_the_last_bound_a_percentile_is_that_bound() -> None:
    assert make_buckets([0.5, 500.0, 600.0], (1.0, 2.0)).percentile(0.9) == 2.0


def test_without_values_there_is_no_percentile() -> None:
    assert Buckets().percentile(0.5) is None
    assert make_buckets([], SECONDS).percentile(0.5) is None


def test_earlier_values_are_subtracted() -> None:
    bounds = (1.0, 2.0, 4.0)
    before, now = make_buckets([0.5, 3.0], bounds), make_buckets([0.5, 3.0, 1.5, 9.0], bounds)
    assert now.subtract(before) == make_buckets([1.5, 9.0], bounds)
    assert now.subtract(Buckets()) == now
    assert now.subtract(now).percentile(0.5) is None


def test_a_registry_is_read_by_name_and_label() -> None:
    registry = CollectorRegistry()
    gauge = Gauge("minicpmv_waiting", "x", registry=registry)
    counter = Counter("minicpmv_asked", "x", ("route", "status"), registry=registry)
    gauge.set(3)
    for route, status, count in (("/a", "200", 2), ("/a", "500", 1), ("/b", "200", 4)):
        counter.labels(route, status).inc(count)
    readings = Readings(registry)
    assert (readings.get_value("waiting"), readings.get_value("nothing")) == (3, None)
    assert (readings.sum("asked_total"), readings.sum("asked_total", status="200")) == (7, 6)
    assert readings.sum_by("asked_total", "route") == {("/a",): 3, ("/b",): 4}
    assert readings.sum_by("nothing", "route") == {}


def test_histograms_of_one_name_are_merged() -> None:
    registry = CollectorRegistry()
    histogram = Histogram("minicpmv_took", "x", ("route",), buckets=(1.0, 2.0), registry=registry)
    for route, value in (("/a", 0.5), ("/b", 1.5), ("/c", 9.0)):
        histogram.labels(route).observe(value)
    readings = Readings(registry)
    assert readings.merge_buckets("took") == Buckets((1.0, 2.0, float("inf")), tuple(accumulate((1.0, 1.0, 1.0))))
    assert readings.merge_buckets("took", lambda labels: labels["route"] == "/c").counts == (0.0, 0.0, 1.0)
    assert readings.merge_buckets("nothing") == Buckets()
