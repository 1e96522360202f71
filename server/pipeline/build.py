"""Building the pipeline from the settings and the operator's files."""

import math
import os
import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from server.environment import ENV_FILE, EnvFileError, Environment, read_env_file
from server.knowledge.knowledge import Knowledge
from server.library.asking.sources import Sources
from server.pipeline.moderation.moderator import Moderator
from server.pipeline.moderation.word_lists import EXAMPLE
from server.pipeline.pipeline import Pipeline
from server.pipeline.profiles import SHIPPED, Profile, StageName, load_profiles
from server.pipeline.reloading import Reloadable
from server.pipeline.stages.actions import ActionStage
from server.pipeline.stages.cache import CacheStage
from server.pipeline.stages.documents import DocumentsStage
from server.pipeline.stages.knowledge import KnowledgeStage
from server.pipeline.stages.moderation import ModerationStage
from server.pipeline.stages.profile import ProfileStage
from server.pipeline.stages.tool_rules import ToolRulesStage
from server.pipeline.stages.tools import ToolsStage
from server.pipeline.stages.typos import TypoStage
from server.pipeline.tool_calls import ToolCalls
from server.pipeline.typos import dictionary
from server.pipeline.typos.dictionary import Dictionary
from server.settings.setting import NOTHING
from server.settings.settings import Rule, Settings, split_items
from server.store.store import Store
from server.tools.actions import Actions
from server.tools.binding import Binding
from server.tools.hosts import AllowedHosts
from server.tools.tools_file import EXAMPLE as EXAMPLE_TOOLS
from server.tools.tools_file import Tools, load_tools
from server.turn.turns import Turns

DAY_S = 86400


class PipelineError(Exception):
    """A file of profiles, words or lists cannot be used; the text names the file, the line if known, and the cause."""


@dataclass(frozen=True)
class PipelineFiles:
    """The files that an operator may edit while the server runs.

    `typo_words` and `tools` are None if the settings name none.
    """

    profiles: Reloadable[Mapping[str, Profile]]
    word_lists: Reloadable[Moderator]
    typo_words: Reloadable[Dictionary] | None
    tools: Reloadable[Tools] | None = None

    def reload(self) -> None:
        for files in (self.profiles, self.word_lists, self.typo_words, self.tools):
            if files is not None:
                files.reload()


def build_pipeline(
    settings: Settings,
    files: PipelineFiles,
    turns: Turns,
    store: Store,
    sources: Sources | None = None,
    knowledge: Knowledge | None = None,
    actions: Actions | None = None,
    tools: ToolCalls | None = None,
) -> Pipeline:
    """Build the pipeline; the order of `stages` is the order in which a turn goes through them.

    Without `sources` no turn is answered from documents, nor from the knowledge base, which needs `knowledge` too.
    Without `actions` no turn is taken for the answer to a call that waits for one.
    Without `tools` no turn has tools of the server.
    """
    known = None if sources is None or knowledge is None else (knowledge, sources.documents)
    stages = (
        ProfileStage(turns.limits),
        *(() if actions is None else (ActionStage(actions),)),
        TypoStage(files.typo_words),
        ModerationStage(files.word_lists, settings.moderate_instructions),
        *(() if tools is None else (ToolRulesStage(tools, turns.limits),)),
        *(() if sources is None else (DocumentsStage(sources, turns, settings),)),
        *(() if known is None else (KnowledgeStage(*known, turns, store, settings),)),
        *(() if tools is None else (ToolsStage(tools, turns, settings.max_tool_rounds),)),
        CacheStage(turns, store, settings.max_cached_answer_age_days * DAY_S or math.inf),
    )
    rules: dict[StageName, Rule] = {
        "typos": settings.typos,
        "moderation": settings.moderation,
        "knowledge": "profile",
        "tools": "profile",
        "cache": settings.answer_cache,
    }
    return Pipeline(turns, stages, files.profiles, rules, settings.profile)


def open_files(settings: Settings) -> PipelineFiles:
    """Read the operator's files, before minutes are spent on loading the model. Raises `PipelineError`."""
    now = time.monotonic()
    lists = EXAMPLE if settings.word_lists == NOTHING else Path(settings.word_lists)
    words = None if settings.typo_words == NOTHING else Path(settings.typo_words)
    try:
        profiles = _open_profiles(settings, now)
        return PipelineFiles(
            profiles,
            Reloadable(lists, Moderator.load, now),
            None if words is None else Reloadable(words, dictionary.load, now),
            _open_tools(settings, profiles, now),
        )
    except (ValueError, OSError, EnvFileError) as error:
        raise PipelineError(str(error)) from error


def _open_tools(
    settings: Settings, profiles: Reloadable[Mapping[str, Profile]], now: float
) -> Reloadable[Tools] | None:
    """Read the file of business tools; their secrets are in the environment, or in the file beside it."""
    if settings.tools == NOTHING:
        return None
    file = EXAMPLE_TOOLS if settings.tools == "example" else Path(settings.tools)
    environment = Environment(os.environ, read_env_file(Path(ENV_FILE)))
    hosts = AllowedHosts.of(split_items(settings.tool_hosts))

    def load(path: Path) -> Tools:
        known = profiles.current(time.monotonic())
        return load_tools(path, Binding(hosts, environment, settings.max_tool_result_bytes, known))

    return Reloadable(file, load, now)


def _open_profiles(settings: Settings, now: float) -> Reloadable[Mapping[str, Profile]]:
    folder = SHIPPED if settings.profiles == NOTHING else Path(settings.profiles)
    return Reloadable(folder, partial(_load_profiles, default=settings.profile), now)


def _load_profiles(folder: Path, default: str) -> Mapping[str, Profile]:
    if not folder.is_dir():
        raise ValueError(f"the folder of profiles {folder} does not exist")
    profiles = load_profiles([SHIPPED, folder])
    if default not in profiles:
        raise ValueError(f"the profile {default!r} is not one of {', '.join(profiles)}")
    return profiles
