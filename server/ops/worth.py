"""What the desk is worth: how many sessions end without a person, how soon, how they are rated, and what is asked."""

import asyncio

from msgspec import Struct

from server.keys.keyring import KeyRing
from server.ops.worth_tally import ProfileWorth, Tally
from server.store.outcome_records import Outcome, OutcomeRange
from server.store.outcome_store import BATCH, OutcomeStore
from server.telemetry.desk_metrics import DeskMetrics

UNUSED_S = 1800.0
"""A session that nobody has used for so long has ended."""

RECORD_EVERY_S = 120.0
MAX_BATCHES = 50
"""How many times `BATCH` sessions are stored in one pass; the others follow in the next."""

NUM_QUESTIONS = 20
NUM_REPORTS = 2
"""How many reports are added up at once; more wait."""


class Asked(Struct, frozen=True):
    """A question, in one way of writing, and how many sessions began with it."""

    question: str
    sessions: int


class WorthReport(Struct, frozen=True):
    """How sessions ended from `since_s` on and before `until_s`, in Unix seconds. `shop` is None for all shops.

    `total` is of all profiles. `questions` are those most often asked first in a session.
    """

    since_s: float
    until_s: float
    shop: str | None
    total: ProfileWorth
    profiles: list[ProfileWorth]
    questions: list[Asked]


class Worth:
    """Stores how sessions end, and adds it up. Sessions that name no profile have that of their shop's keys."""

    def __init__(self, outcomes: OutcomeStore, metrics: DeskMetrics, keys: KeyRing | None, profile: str) -> None:
        """`profile` is the server's own."""
        self._outcomes = outcomes
        self._metrics = metrics
        self._keys = keys
        self._profile = profile
        self._places = asyncio.Semaphore(NUM_REPORTS)

    async def record(self) -> None:
        """Store how the sessions ended that have ended since the last time. Raises `DatabaseUnreachable`."""
        for _ in range(MAX_BATCHES):
            new = await self._outcomes.record_ended(UNUSED_S)
            profiles = self._list_profiles()
            for outcome in new:
                self._metrics.count(outcome, self._name_profile(outcome, profiles))
            if len(new) < BATCH:
                return

    async def read(self, within: OutcomeRange) -> WorthReport:
        """Add up how the sessions of a range ended. Raises `DatabaseUnreachable`, `SearchTimedOut`."""
        async with self._places:
            total, by_profile = Tally(), dict[str, Tally]()
            profiles = self._list_profiles()
            async for page in self._outcomes.read(within):
                for outcome in page:
                    total.add(outcome)
                    by_profile.setdefault(self._name_profile(outcome, profiles), Tally()).add(outcome)
            asked = await self._outcomes.list_most_asked(within, NUM_QUESTIONS)
            shown = await asyncio.to_thread(_show, total, by_profile)
        questions = [Asked(one.question, one.count) for one in asked]
        return WorthReport(within.since_s, within.until_s, within.shop, *shown, questions)

    def _name_profile(self, outcome: Outcome, profiles: dict[str, str]) -> str:
        return outcome.profile or profiles.get(outcome.shop, self._profile)

    def _list_profiles(self) -> dict[str, str]:
        """Return the profiles of shops whose keys have one, that of the first."""
        keys = () if self._keys is None else self._keys.keys
        return {key.owner: key.default_profile for key in reversed(keys) if key.default_profile is not None}


def _show(total: Tally, by_profile: dict[str, Tally]) -> tuple[ProfileWorth, list[ProfileWorth]]:
    """Return what is shown of all, and of each profile, those with the most sessions first.

    Runs in a thread, as it orders the times of all sessions.
    """
    most_first = sorted(by_profile.items(), key=lambda item: (-item[1].num_sessions, item[0]))
    return total.show(None), [tally.show(profile) for profile, tally in most_first]
