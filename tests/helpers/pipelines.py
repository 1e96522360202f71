"""Support desks with few stages, or none."""

from collections.abc import Mapping

from server.pipeline.pipeline import Pipeline
from server.pipeline.profiles import SHIPPED, Profile, StageName, load_profiles
from server.pipeline.stage import Stage
from server.settings.settings import Rule
from server.turn.turn import Turns


class FixedProfiles:
    """Those that are shipped, and these."""

    def __init__(self, **profiles: Profile) -> None:
        self.profiles = {**load_profiles([SHIPPED]), **profiles}

    def current(self, now: float) -> Mapping[str, Profile]:  # noqa: ARG002
        return self.profiles


def plain_pipeline(turns: Turns) -> Pipeline:
    return Pipeline(turns, (), FixedProfiles(), {})


def pipeline_of(turns: Turns, *stages: Stage, **profiles: Profile) -> Pipeline:
    """Whose stages are on where a profile or a request wants them."""
    rules: dict[StageName, Rule] = {"typos": "profile", "moderation": "profile", "cache": "profile"}
    return Pipeline(turns, stages, FixedProfiles(**profiles), rules)
