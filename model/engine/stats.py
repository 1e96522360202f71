"""What the engine counts as it goes: plain numbers that its thread writes and any other may read. No tensors here."""

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from model.engine.sequence import Group

SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 120.0)
"""Upper bounds, from one decode step on a GPU to a long prompt on a CPU."""


@dataclass
class Histogram:
    """How many values were at most each of `bounds`, and over the last; and the sum of all."""

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
    """Since the start; times in seconds. A request's first token comes `first_token_s` after it was submitted."""

    num_prompt_tokens: int = 0
    num_cached_tokens: int = 0
    """Of the prompts', those found in the KV cache."""
    num_generated_tokens: int = 0
    num_image_hits: int = 0
    """Views whose features were there already when a request with them came."""
    num_shed: int = 0
    """Requests given up because memory had run out."""
    finish_reasons: Counter[str] = field(default_factory=Counter)
    step_s: Histogram = field(default_factory=Histogram)
    first_token_s: Histogram = field(default_factory=Histogram)
    inter_token_s: Histogram = field(default_factory=Histogram)

    def note_tokens(self, groups: Iterable[Group], now_s: float) -> None:
        """Each of these groups has a new token in every sequence. What ran in the step before shares one gap."""
        gaps: Counter[float] = Counter()
        for group in groups:
            if group.last_token_s is None:
                self._note_first(group, now_s)
            else:
                gaps[group.last_token_s] += 1
            group.last_token_s = now_s
        for last_s, count in gaps.items():
            self.inter_token_s.add(now_s - last_s, count)

    def _note_first(self, group: Group, now_s: float) -> None:
        group.first_token_s = now_s
        self.first_token_s.add(now_s - group.arrival_s)
        self.num_prompt_tokens += group.sequences[0].num_prompt_tokens
        self.num_cached_tokens += group.num_cached

    def note_end(self, group: Group) -> None:
        self.finish_reasons.update(str(sequence.finish_reason) for sequence in group.sequences)
