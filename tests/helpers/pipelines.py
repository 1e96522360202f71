"""Pipelines with few stages, or none."""

from collections.abc import Mapping

from server.pipeline.pipeline import Pipeline
from server.pipeline.profiles import SHIPPED, Profile, StageName, load_profiles
from server.pipeline.stage import Stage
from server.settings.settings import Rule
from server.turn.turns import Turns


class FixedProfiles:
    """The shipped profiles, and those that are given."""

    def __init__(self, **profiles: Profile) -> None:
        self.profiles = {**load_profiles([SHIPPED]), **profiles}

    def current(self, now: float) -> Mapping[str, Profile]:  # noqa: ARG002
        return self.profiles


def make_plain_pipeline(turns: Turns) -> Pipeline:
    """Return a pipeline without stages."""
    return Pipeline(turns, (), FixedProfiles(), {})


def make_pipeline(turns: Turns, *stages: Stage, **profiles: Profile) -> Pipeline:
    """Return a pipeline whose stages are on where a profile or a request wants them."""
    rules: dict[StageName, Rule] = {"typos": "profile", "moderation": "profile", "cache": "profile"}
    return Pipeline(turns, stages, FixedProfiles(**profiles), rules)
