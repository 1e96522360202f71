"""The desk as the settings want it."""

import math
import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from server.settings.settings import NOTHING, Rule, Settings
from server.store.store import Store
from server.pipeline.stages.cache import Caching
from server.pipeline.stages.typos import Correcting
from server.pipeline.pipeline import Desk
from server.pipeline.stages.profile import Instructing
from server.pipeline.stages.moderation import Moderating
from server.pipeline.moderation.moderator import Moderator
from server.pipeline.moderation.word_lists import EXAMPLE
from server.pipeline.profiles import SHIPPED, Profile, StageName, load_profiles
from server.pipeline.reloading import Reloading
from server.pipeline.typos import dictionary
from server.pipeline.typos.dictionary import Dictionary
from server.turn.turn import Turns

DAY_S = 86400


class DeskError(Exception):
    """A file of profiles, words or lists that is wrong: with its name, the line where there is one, and the cause."""


@dataclass(frozen=True)
class DeskFiles:
    """What an operator may edit while the server runs. `typo_words` is None where the settings name none."""

    profiles: Reloading[Mapping[str, Profile]]
    word_lists: Reloading[Moderator]
    typo_words: Reloading[Dictionary] | None


def open_desk(settings: Settings, files: DeskFiles, turns: Turns, store: Store) -> Desk:
    stages = (
        Instructing(turns.limits),
        Correcting(files.typo_words),
        Moderating(files.word_lists),
        Caching(turns, store, settings.max_cached_answer_age_days * DAY_S or math.inf),
    )
    rules: dict[StageName, Rule] = {
        "typos": settings.typos,
        "moderation": settings.moderation,
        "cache": settings.answer_cache,
    }
    return Desk(turns, stages, files.profiles, rules)


def open_files(settings: Settings) -> DeskFiles:
    """Before minutes are spent on loading the model. Raises `DeskError`."""
    now = time.monotonic()
    lists = EXAMPLE if settings.word_lists == NOTHING else Path(settings.word_lists)
    words = None if settings.typo_words == NOTHING else Path(settings.typo_words)
    try:
        return DeskFiles(
            _profiles(settings, now),
            Reloading(lists, Moderator.load, now),
            None if words is None else Reloading(words, dictionary.load, now),
        )
    except (ValueError, OSError) as error:
        raise DeskError(str(error)) from error


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
