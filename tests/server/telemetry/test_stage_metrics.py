from prometheus_client import CollectorRegistry

from server.telemetry.stage_metrics import StageMetrics

HIT = {"where": "answer", "category": "rude", "action": "mask"}


def test_notes_of_traces_are_counted() -> None:
    registry = CollectorRegistry()
    metrics = StageMetrics(registry)
    for result in ("miss", "hit", "hit"):
        metrics.count([{"stage": "profile", "name": "shop", "language": "en"}, {"stage": "cache", "result": result}])
    metrics.count([{"stage": "typos", "corrections": [{}, {}]}, {"stage": "moderation", "hits": [HIT, HIT]}])
    metrics.count([{"stage": "one of an operator's own", "anything": 1}])

    def value(name: str, **labels: str) -> float | None:
        return registry.get_sample_value(f"minicpmv_{name}_total", labels)

    assert value("turns", profile="shop") == 3
    assert (value("answer_cache", result="hit"), value("answer_cache", result="miss")) == (2, 1)
    assert value("moderation_hits", **HIT) == 2
    assert value("typo_corrections") == 2
