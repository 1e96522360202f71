"""The desk as the settings want it."""

import math
import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from server.pipeline.moderation.moderator import Moderator
from server.pipeline.moderation.word_lists import EXAMPLE
from server.pipeline.pipeline import Pipeline
from server.pipeline.profiles import SHIPPED, Profile, StageName, load_profiles
from server.pipeline.reloading import Reloading
from server.pipeline.stages.cache import CacheStage
from server.pipeline.stages.moderation import ModerationStage
from server.pipeline.stages.profile import ProfileStage
from server.pipeline.stages.typos import TypoStage
from server.pipeline.typos import dictionary
from server.pipeline.typos.dictionary import Dictionary
from server.settings.settings import NOTHING, Rule, Settings
from server.store.store import Store
from server.turn.turn import Turns

DAY_S = 86400


class PipelineError(Exception):
    """A file of profiles, words or lists that is wrong: with its name, the line where there is one, and the cause."""


@dataclass(frozen=True)
class PipelineFiles:
    """What an operator may edit while the server runs. `typo_words` is None where the settings name none."""

    profiles: Reloading[Mapping[str, Profile]]
    word_lists: Reloading[Moderator]
    typo_words: Reloading[Dictionary] | None


def build_pipeline(settings: Settings, files: PipelineFiles, turns: Turns, store: Store) -> Pipeline:
    stages = (
        ProfileStage(turns.limits),
        TypoStage(files.typo_words),
        ModerationStage(files.word_lists),
        CacheStage(turns, store, settings.max_cached_answer_age_days * DAY_S or math.inf),
    )
    rules: dict[StageName, Rule] = {
        "typos": settings.typos,
        "moderation": settings.moderation,
        "cache": settings.answer_cache,
    }
    return Pipeline(turns, stages, files.profiles, rules)


def open_files(settings: Settings) -> PipelineFiles:
    """Before minutes are spent on loading the model. Raises `PipelineError`."""
    now = time.monotonic()
    lists = EXAMPLE if settings.word_lists == NOTHING else Path(settings.word_lists)
    words = None if settings.typo_words == NOTHING else Path(settings.typo_words)
    try:
        return PipelineFiles(
            _profiles(settings, now),
            Reloading(lists, Moderator.load, now),
            None if words is None else Reloading(words, dictionary.load, now),
        )
    except (ValueError, OSError) as error:
        raise PipelineError(str(error)) from error


def _profiles(settings: Settings, now: float) -> Reloading[Mapping[str, Profile]]:
    own = SHIPPED if settings.profiles == NOTHING else Path(settings.profiles)
    return Reloading(own, partial(_load_profiles, default=settings.profile), now)


def _load_profiles(own: Path, default: str) -> Mapping[str, Profile]:
    if not own.is_dir():
        raise ValueError(f"the folder of profiles {own} does not exist")
    profiles = load_profiles([SHIPPED, own])
    if default not in profiles:
        raise ValueError(f"the profile {default!r} is not one of {', '.join(profiles)}")
    return profiles
