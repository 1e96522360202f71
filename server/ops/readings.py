"""The numbers of `/metrics`, read once, for whoever wants some of them."""

from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from prometheus_client import CollectorRegistry

from server.telemetry.engine_metrics import PREFIX

Labels = Mapping[str, str]


@dataclass(frozen=True)
class Buckets:
    """Of a histogram: how many values were at most each of `bounds`, the last of which is infinite."""

    bounds: tuple[float, ...] = ()
    counts: tuple[float, ...] = ()

    def since(self, before: "Buckets") -> "Buckets":
        """What came after `before`, which may have been empty."""
        if not before.counts:
            return self
        return Buckets(self.bounds, tuple(now - then for now, then in zip(self.counts, before.counts, strict=True)))

    def percentile(self, share: float) -> float | None:
        """Evenly spread within a bucket, as Prometheus' `histogram_quantile` has it; None where there is no value.

        Over the last finite bound nothing is known but that.
        """
        if not self.counts or self.counts[-1] <= 0:
            return None
        rank = share * self.counts[-1]
        place = next(i for i, count in enumerate(self.counts) if count >= rank and count > 0)
        if place == len(self.bounds) - 1:
            return self.bounds[-2]
        start, before = (self.bounds[place - 1], self.counts[place - 1]) if place else (0.0, 0.0)
        return start + (self.bounds[place] - start) * (rank - before) / (self.counts[place] - before)


class Readings:
    """Names are without their prefix `minicpmv_`."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._found: dict[str, list[tuple[Labels, float]]] = defaultdict(list)
        for family in registry.collect():
            for sample in family.samples:
                self._found[sample.name.removeprefix(PREFIX)].append((sample.labels, sample.value))

    def value(self, name: str) -> float | None:
        """None for what is not measured here."""
        return next((value for _, value in self._found.get(name, ())), None)

    def total(self, name: str, **labels: str) -> float:
        """Of all that have these labels."""
        found = self._found.get(name, ())
        return sum(value for own, value in found if labels.items() <= own.items())

    def by(self, name: str, *labels: str) -> dict[tuple[str, ...], float]:
        """Totals by the values of these labels."""
        totals: dict[tuple[str, ...], float] = defaultdict(float)
        for own, value in self._found.get(name, ()):
            totals[tuple(own[label] for label in labels)] += value
        return dict(totals)

    def buckets(self, name: str, is_wanted: Callable[[Labels], bool] = lambda _: True) -> Buckets:
        """All wanted histograms of a name together."""
        counts: dict[float, float] = defaultdict(float)
        for own, value in self._found.get(f"{name}_bucket", ()):
            if is_wanted(own):
                counts[float(own["le"])] += value
        return Buckets(tuple(sorted(counts)), tuple(counts[bound] for bound in sorted(counts)))
