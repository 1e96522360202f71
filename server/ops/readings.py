"""The numbers of `/metrics`, read once and looked up by name."""

from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from prometheus_client import CollectorRegistry

from server.telemetry.engine_metrics import PREFIX

Labels = Mapping[str, str]


@dataclass(frozen=True)
class Buckets:
    """A histogram: how many values were at most each of `bounds`, the last of which is infinite."""

    bounds: tuple[float, ...] = ()
    counts: tuple[float, ...] = ()

    def subtract(self, before: "Buckets") -> "Buckets":
        """Return the values that came after `before`, which may be empty."""
        if not before.counts:
            return self
        return Buckets(self.bounds, tuple(now - then for now, then in zip(self.counts, before.counts, strict=True)))

    def percentile(self, share: float) -> float | None:
        """Return the value that a `share` (0 to 1) of all values does not exceed, None if there are no values.

        Values are taken to be evenly spread within a bucket, as by `histogram_quantile` of Prometheus
        (https://prometheus.io/docs/prometheus/latest/querying/functions/); above the last finite bound, it is that.
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
    """The samples of a registry at one moment. Names are given without their prefix `minicpmv_`."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._found: dict[str, list[tuple[Labels, float]]] = defaultdict(list)
        for family in registry.collect():
            for sample in family.samples:
                self._found[sample.name.removeprefix(PREFIX)].append((sample.labels, sample.value))

    def get_value(self, name: str) -> float | None:
        """Return the first sample of that name, None where there is none, as on a machine without a GPU."""
        return next((value for _, value in self._found.get(name, ())), None)

    def sum(self, name: str, **labels: str) -> float:
        """Return the sum of all samples that have these labels."""
        found = self._found.get(name, ())
        return sum(value for own, value in found if labels.items() <= own.items())

    def sum_by(self, name: str, *labels: str) -> dict[tuple[str, ...], float]:
        """Return the sums of samples with the same values of these labels, by those values."""
        totals: dict[tuple[str, ...], float] = defaultdict(float)
        for own, value in self._found.get(name, ()):
            totals[tuple(own[label] for label in labels)] += value
        return dict(totals)

    def merge_buckets(self, name: str, is_wanted: Callable[[Labels], bool] = lambda _: True) -> Buckets:
        """Return the sum of all histograms of that name whose labels are wanted."""
        counts: dict[float, float] = defaultdict(float)
        for own, value in self._found.get(f"{name}_bucket", ()):
            if is_wanted(own):
                counts[float(own["le"])] += value
        return Buckets(tuple(sorted(counts)), tuple(counts[bound] for bound in sorted(counts)))
