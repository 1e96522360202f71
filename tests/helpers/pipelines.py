"""Support desks with few stages, or none."""

from collections.abc import Mapping

from server.settings.settings import Rule
from server.pipeline.stage import Stage
from server.pipeline.pipeline import Desk
from server.pipeline.profiles import SHIPPED, Profile, StageName, load_profiles
from server.turn.turn import Turns


class FixedProfiles:
    """Those that are shipped, and these."""

    def __init__(self, **profiles: Profile) -> None:
        self.profiles = {**load_profiles([SHIPPED]), **profiles}

    def current(self, now: float) -> Mapping[str, Profile]:  # noqa: ARG002
        return self.profiles


def plain_desk(turns: Turns) -> Desk:
    return Desk(turns, (), FixedProfiles(), {})


def desk_of(turns: Turns, *stages: Stage, **profiles: Profile) -> Desk:
    """Whose stages are on where a profile or a request wants them."""
    rules: dict[StageName, Rule] = {"typos": "profile", "moderation": "profile", "cache": "profile"}
    return Desk(turns, stages, FixedProfiles(**profiles), rules)
