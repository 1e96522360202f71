"""The metrics of the pipeline's stages, for Prometheus."""

from collections.abc import Iterable, Mapping
from typing import Any

from prometheus_client import CollectorRegistry, Counter


class StageMetrics:
    """Counts what traces say. Profiles and categories are labels: they come from the operator's files and are few."""

    def __init__(self, registry: CollectorRegistry) -> None:
        def counter(name: str, documentation: str, *labels: str) -> Counter:
            return Counter(f"minicpmv_{name}", documentation, labels, registry=registry)

        self._turns = counter("turns", "Turns by profile", "profile")
        self._cache = counter("answer_cache", "Turns by what the answer cache said: hit, miss or bypass", "result")
        self._hits = counter("moderation_hits", "Words of the lists that were found", "category", "action", "where")
        self._corrections = counter("typo_corrections", "Typing mistakes that were corrected")

    def count(self, notes: Iterable[Mapping[str, Any]]) -> None:
        """Count the notes of one turn. Those of unknown stages are skipped."""
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
