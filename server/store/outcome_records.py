"""The records of how sessions ended. Times are in Unix seconds."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Outcome:
    """How a session ended. `profile` is empty where neither the session nor its hand-over names one.

    `first_answer_s` is how long its first answer took, None where it got none. `reason` is that of its last hand-over,
    None without one. `has_person` says whether a person had it. `question` is its first, as `fold_question` writes it.
    """

    session_id: str
    shop: str
    profile: str
    began_s: float
    ended_s: float
    first_answer_s: float | None
    reason: str | None
    num_turns: int
    num_up: int
    num_down: int
    question: str
    has_person: bool = False


@dataclass(frozen=True)
class OutcomeRange:
    """Sessions that ended from `since_s` on and before `until_s`, in Unix seconds; of one shop, or with None of all."""

    since_s: float
    until_s: float
    shop: str | None = None


@dataclass(frozen=True)
class AskedQuestion:
    """A question, and how many sessions began with it."""

    question: str
    count: int
