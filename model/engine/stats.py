"""What the engine counts: plain numbers that its thread writes and any other thread may read. No tensors here."""

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from model.engine.sequence import Group

SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 120.0)
"""Upper bounds in seconds, from one decode step on a GPU to a long prompt on a CPU."""


@dataclass
class Histogram:
    """Counts of values by size, and their sum.

    `counts[i]` is the number of values over `bounds[i - 1]` and up to `bounds[i]`; the last counts those over all.
    """

    bounds: tuple[float, ...] = SECONDS
    total: float = 0.0
    counts: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.counts = self.counts or [0] * (len(self.bounds) + 1)

    def add(self, value: float, count: int = 1) -> None:
        self.counts[bisect_left(self.bounds, value)] += count
        self.total += value * count

    @property
    def count(self) -> int:
        return sum(self.counts)


@dataclass
class EngineStats:
    """Totals since the start, and histograms of times in seconds."""

    num_prompt_tokens: int = 0
    num_cached_tokens: int = 0
    """Prompt tokens whose keys and values were found in the cache."""
    num_generated_tokens: int = 0
    num_image_hits: int = 0
    """Views whose features were cached when a request with them came."""
    num_shed: int = 0
    """Requests ended because memory had run out."""
    finish_reasons: Counter[str] = field(default_factory=Counter)
    step_s: Histogram = field(default_factory=Histogram)
    first_token_s: Histogram = field(default_factory=Histogram)
    """From the arrival of a request to its first token."""
    inter_token_s: Histogram = field(default_factory=Histogram)

    def record_tokens(self, groups: Iterable[Group], now_s: float) -> None:
        """Count the first tokens, and the gaps before later ones, of groups that each got a token in every sequence."""
        gaps: Counter[float] = Counter()  # groups that were in the same step before share one gap
        for group in groups:
            if group.last_token_s is None:
                self._record_first_token(group, now_s)
            else:
                gaps[group.last_token_s] += 1
            group.last_token_s = now_s
        for last_s, count in gaps.items():
            self.inter_token_s.add(now_s - last_s, count)

    def _record_first_token(self, group: Group, now_s: float) -> None:
        group.first_token_s = now_s
        self.first_token_s.add(now_s - group.arrival_s)
        self.num_prompt_tokens += group.sequences[0].num_prompt_tokens
        self.num_cached_tokens += group.num_cached

    def record_end(self, group: Group) -> None:
        """Count the finish reasons of a finished group."""
        self.finish_reasons.update(str(sequence.finish_reason) for sequence in group.sequences)
