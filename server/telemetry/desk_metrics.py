"""How sessions end, as metrics of Prometheus: with or without a person, how soon, and how they are rated."""

from collections.abc import Callable

from prometheus_client import CollectorRegistry, Counter, Histogram

from server.store.outcome_records import Outcome

OTHER = "other"
"""The label of a profile that does not exist any more: labels come from the operator's files, and are few."""

BUCKETS_S = (1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0, 600.0, 1800.0, 3600.0, 14400.0, 86400.0)


class DeskMetrics:
    """Counts the sessions whose end this server has stored. `is_known` says whether there is a profile of a name."""

    def __init__(self, registry: CollectorRegistry, is_known: Callable[[str], bool]) -> None:
        def counter(name: str, documentation: str, *labels: str) -> Counter:
            return Counter(f"minicpmv_{name}", documentation, labels, registry=registry)

        def histogram(name: str, documentation: str) -> Histogram:
            return Histogram(f"minicpmv_{name}", documentation, ("profile",), buckets=BUCKETS_S, registry=registry)

        self._is_known = is_known
        self._ended = counter("desk_sessions_ended", "Sessions that ended, by who had them", "profile", "ended_by")
        self._handovers = counter("handovers", "Sessions that ended after a hand-over", "profile", "reason")
        self._ratings = counter("ratings", "Ratings in sessions that ended", "profile", "thumb")
        self._answer_s = histogram("desk_first_answer_seconds", "From the first question to its answer")
        self._end_s = histogram("desk_session_duration_seconds", "From the first question to the end of the session")

    def count(self, outcome: Outcome, profile: str) -> None:
        """Count a session that ended, and was answered with a profile of that name."""
        profile = profile if self._is_known(profile) else OTHER
        self._ended.labels(profile, "person" if outcome.has_person else "bot").inc()
        if outcome.reason is not None:
            self._handovers.labels(profile, outcome.reason).inc()
        for thumb, number in (("up", outcome.num_up), ("down", outcome.num_down)):
            if number:
                self._ratings.labels(profile, thumb).inc(number)
        if outcome.first_answer_s is not None:
            self._answer_s.labels(profile).observe(outcome.first_answer_s)
        self._end_s.labels(profile).observe(outcome.ended_s - outcome.began_s)
