"""What the stages of turns did, for Prometheus."""

from collections.abc import Iterable, Mapping
from typing import Any

from prometheus_client import CollectorRegistry, Counter


class StageMetrics:
    """Counts the notes of traces. Profiles and categories are the operator's files, so their names are few."""

    def __init__(self, registry: CollectorRegistry) -> None:
        def counter(name: str, documentation: str, *labels: str) -> Counter:
            return Counter(f"minicpmv_{name}", documentation, labels, registry=registry)

        self._turns = counter("turns", "Turns by profile", "profile")
        self._cache = counter("answer_cache", "Turns by what the answer cache said: hit, miss or bypass", "result")
        self._hits = counter("moderation_hits", "Words of the lists that were found", "category", "action", "where")
        self._corrections = counter("typo_corrections", "Typing mistakes that were corrected")

    def note(self, notes: Iterable[Mapping[str, Any]]) -> None:
        for note in notes:
            match note:
                case {"stage": "profile", "name": name}:
                    self._turns.labels(name).inc()
                case {"stage": "cache", "result": result}:
                    self._cache.labels(result).inc()
                case {"stage": "typos", "corrections": corrections}:
                    self._corrections.inc(len(corrections))
                case {"stage": "moderation", "hits": hits}:
                    for hit in hits:
                        self._hits.labels(hit["category"], hit["action"], hit["where"]).inc()
