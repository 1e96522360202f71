"""The desk as the settings want it."""

import math
import time
from collections.abc import Mapping
from pathlib import Path

from server.settings import NOTHING, Settings
from server.store.store import Store
from server.support.caching import Caching
from server.support.correcting import Correcting
from server.support.desk import Desk, Rule, rule
from server.support.instructing import Instructing
from server.support.moderating import Moderating
from server.support.moderation.moderator import Moderator
from server.support.moderation.word_lists import EXAMPLE
from server.support.profiles import SHIPPED, Profile, StageName, load_profiles
from server.support.reloading import Reloading
from server.turn import Turns

DAY_S = 86400


class DeskError(Exception):
    """A file of profiles, words or lists that is wrong: with its name, the line where there is one, and the cause."""


def check_desk(settings: Settings) -> None:
    """Before minutes are spent on loading the model. Raises `DeskError`."""
    try:
        _stages(settings, time.monotonic())
        _profiles(settings, time.monotonic())
    except (ValueError, OSError) as error:
        raise DeskError(str(error)) from error


def open_desk(settings: Settings, turns: Turns, store: Store) -> Desk:
    """Raises `ValueError` and `OSError` for a file that was spoilt since `check_desk`."""
    now = time.monotonic()
    stages = (
        Instructing(turns.limits),
        *_stages(settings, now),
        Caching(turns, store, settings.max_cached_answer_age_days * DAY_S or math.inf),
    )
    rules: dict[StageName, Rule] = {
        "typos": rule(settings.typos),
        "moderation": rule(settings.moderation),
        "cache": rule(settings.answer_cache),
    }
    return Desk(turns, stages, _profiles(settings, now), rules)


def _stages(settings: Settings, now: float) -> tuple[Correcting, Moderating]:
    """Those that are made of an operator's files."""
    lists = EXAMPLE if settings.word_lists == NOTHING else Path(settings.word_lists)
    words = None if settings.typo_words == NOTHING else Path(settings.typo_words)
    return Correcting(words, now), Moderating(Reloading(lists, Moderator.load, now))


def _profiles(settings: Settings, now: float) -> Reloading[Mapping[str, Profile]]:
    own = SHIPPED if settings.profiles == NOTHING else Path(settings.profiles)
    profiles = Reloading(own, lambda folder: load_profiles([SHIPPED, folder]), now)
    if settings.profile not in profiles.current(now):
        raise ValueError(f"the profile {settings.profile!r} is not one of {', '.join(profiles.current(now))}")
    return profiles
