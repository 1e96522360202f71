"""The desk as the settings want it."""

from collections.abc import Mapping

from server.settings import Settings
from server.store.store import Store
from server.support.caching import Caching
from server.support.desk import Desk, rule
from server.support.instructing import Instructing
from server.support.profiles import SHIPPED, Profile, load_profiles
from server.turn import Turns

DAY_S = 86400


def open_desk(settings: Settings, turns: Turns, store: Store) -> Desk:
    stages = (Instructing(), Caching(turns, store, settings.max_cached_answer_age_days * DAY_S))
    return Desk(turns, stages, _Fixed(), {"cache": rule(settings.answer_cache)})


class _Fixed:
    def current(self) -> Mapping[str, Profile]:
        return load_profiles([SHIPPED])
