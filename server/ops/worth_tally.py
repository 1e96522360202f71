"""Adding up how sessions ended, one after the other, into what is shown of a profile."""

import math
from array import array
from collections import Counter
from dataclasses import dataclass, field

from msgspec import Struct

from server.store.outcome_records import Outcome

DIGITS = 3


class Times(Struct, frozen=True):
    """Seconds that half of all sessions, and nine of ten, did not exceed; None where there are none."""

    median_s: float | None
    p90_s: float | None


class ProfileWorth(Struct, frozen=True):
    """How the sessions of a profile ended. `profile` is None for all together.

    `without_person` counts those that no person had, and `without_person_share` is their share, from 0 to 1.
    `handovers` counts sessions by the reason of their last hand-over. `first_answer` and `end` are times from the first
    question on.
    """

    profile: str | None
    sessions: int
    without_person: int
    without_person_share: float | None
    handovers: dict[str, int]
    first_answer: Times
    end: Times
    thumbs_up: int
    thumbs_down: int


@dataclass
class Tally:
    """The sums of some sessions; times are kept one by one, 8 bytes each."""

    num_sessions: int = 0
    num_without: int = 0
    num_up: int = 0
    num_down: int = 0
    reasons: Counter[str] = field(default_factory=Counter)
    answers_s: "array[float]" = field(default_factory=lambda: array("d"))
    ends_s: "array[float]" = field(default_factory=lambda: array("d"))

    def add(self, outcome: Outcome) -> None:
        """Add one session."""
        self.num_sessions += 1
        self.num_without += not outcome.has_person
        self.num_up += outcome.num_up
        self.num_down += outcome.num_down
        if outcome.reason is not None:
            self.reasons[outcome.reason] += 1
        if outcome.first_answer_s is not None:
            self.answers_s.append(outcome.first_answer_s)
        self.ends_s.append(outcome.ended_s - outcome.began_s)

    def show(self, profile: str | None) -> ProfileWorth:
        """Return the sums as they are shown."""
        return ProfileWorth(
            profile=profile,
            sessions=self.num_sessions,
            without_person=self.num_without,
            without_person_share=round(self.num_without / self.num_sessions, 4) if self.num_sessions else None,
            handovers=dict(sorted(self.reasons.items())),
            first_answer=_measure(self.answers_s),
            end=_measure(self.ends_s),
            thumbs_up=self.num_up,
            thumbs_down=self.num_down,
        )


def _measure(values: "array[float]") -> Times:
    ordered = sorted(values)
    return Times(find_percentile(ordered, 0.5), find_percentile(ordered, 0.9))


def find_percentile(ordered: list[float], share: float) -> float | None:
    """Return the least of some ordered values that a `share` (0 to 1) of them does not exceed; None without values."""
    if not ordered:
        return None
    return round(ordered[max(math.ceil(share * len(ordered)) - 1, 0)], DIGITS)
