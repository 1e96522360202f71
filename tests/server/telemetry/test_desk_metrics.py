"""How sessions end in the metrics: few labels, and only what is known."""

from dataclasses import replace

from prometheus_client import CollectorRegistry

from server.store.outcome_records import Outcome
from server.telemetry.desk_metrics import BUCKETS_S, OTHER, DeskMetrics

ENDED = Outcome("s", "shop", "p", 100.0, 160.0, 2.0, None, 1, 0, 0, "hello")


def make() -> tuple[CollectorRegistry, DeskMetrics]:
    registry = CollectorRegistry()
    return registry, DeskMetrics(registry, {"p"}.__contains__)


def test_a_session_counts_by_who_had_it() -> None:
    registry, metrics = make()
    for outcome in (ENDED, ENDED, replace(ENDED, has_person=True)):
        metrics.count(outcome, "p")
    values = [
        registry.get_sample_value("minicpmv_desk_sessions_ended_total", {"profile": "p", "ended_by": who})
        for who in ("bot", "person")
    ]
    assert values == [2, 1]


def test_what_there_is_not_is_not_counted() -> None:
    registry, metrics = make()
    metrics.count(replace(ENDED, first_answer_s=None), "p")
    labels = {"profile": "p"}
    assert registry.get_sample_value("minicpmv_desk_first_answer_seconds_count", labels) is None
    assert registry.get_sample_value("minicpmv_desk_session_duration_seconds_sum", labels) == 60
    assert registry.get_sample_value("minicpmv_handovers_total", {"profile": "p", "reason": "None"}) is None
    assert registry.get_sample_value("minicpmv_ratings_total", {"profile": "p", "thumb": "up"}) is None


def test_profiles_that_are_gone_share_a_label() -> None:
    registry, metrics = make()
    for number in range(100):
        metrics.count(replace(ENDED, reason="anger", num_up=2, num_down=1), f"gone{number}")
    for name, labels, value in (
        ("desk_sessions_ended_total", {"ended_by": "bot"}, 100),
        ("handovers_total", {"reason": "anger"}, 100),
        ("ratings_total", {"thumb": "up"}, 200),
        ("ratings_total", {"thumb": "down"}, 100),
    ):
        assert registry.get_sample_value(f"minicpmv_{name}", {"profile": OTHER, **labels}) == value
    labelled = {sample.labels.get("profile") for metric in registry.collect() for sample in metric.samples}
    assert labelled == {OTHER}


def test_buckets_reach_from_a_second_to_a_day() -> None:
    assert (BUCKETS_S[0], BUCKETS_S[-1]) == (1.0, 86400.0)
    assert sorted(BUCKETS_S) == list(BUCKETS_S)
