"""The profiles and word lists in force, and the files they come from with the edits that could not be used."""

import time
from collections import Counter
from collections.abc import Iterator
from typing import Any, Literal, get_args

from msgspec import Struct

from server.keys.keyring import KeyRing
from server.pipeline.build import PipelineFiles
from server.pipeline.moderation.word_lists import WordLists
from server.pipeline.pipeline import TOOLS, Pipeline
from server.pipeline.profiles import SHIPPED, StageName, Title, find_profile_files
from server.pipeline.reloading import Reloadable
from server.pipeline.stage import StageOptions

SWITCHED = frozenset(get_args(StageName))
"""The stages that can be switched; the others see to all turns."""

FileKind = Literal["profiles", "word_lists", "typo_words", "tools", "keys"]


class WatchedFile(Struct, frozen=True):
    """A file or folder that may be edited while the server runs. `loaded_s` is when it was last read, in Unix seconds.

    `refused` is why the last edit cannot be used, with file and line; the version before it stays in force then.
    """

    kind: FileKind
    path: str
    loaded_s: float
    refused: str | None = None


class ProfileInForce(Struct, frozen=True):
    """A profile. `stages` are those of a turn whose request switches none on or off; `language` is that of answers.

    `tools` are the business tools of such a turn, as far as its key and its customer are let have them.
    """

    name: str
    title: Title
    language: str | None
    stages: list[str]
    tools: list[str]
    file: str | None


class ToolInForce(Struct, frozen=True):
    """A business tool. `changes` says whether it changes data; `profiles` are those that its declaration names."""

    name: str
    kind: Literal["call", "handover"]
    changes: bool
    profiles: list[str]


class ListInForce(Struct, frozen=True):
    """A category of the word lists, and how many words it has."""

    name: str
    title: Title
    action: str
    num_words: int


def reload_files(files: PipelineFiles) -> WordLists:
    """Read again the files that were edited, as the next turn would, and return the word lists.

    Large lists take a while: call it in a thread.
    """
    now = time.monotonic()
    files.profiles.current(now)
    if files.typo_words is not None:
        files.typo_words.current(now)
    if files.tools is not None:
        files.tools.current(now)
    return files.word_lists.current(now).lists


def list_profiles(pipeline: Pipeline, files: PipelineFiles) -> list[ProfileInForce]:
    known, tools = files.profiles.current(time.monotonic()), list_tools(files)
    paths = find_profile_files([SHIPPED, files.profiles.path])
    stages = {name: pipeline.select_stages(profile, StageOptions()) & SWITCHED for name, profile in known.items()}
    return [
        ProfileInForce(
            name,
            profile.title,
            profile.language,
            sorted(stages[name]),
            [tool.name for tool in tools if name in tool.profiles and TOOLS in stages[name]],
            str(paths[name]) if name in paths else None,
        )
        for name, profile in known.items()
    ]


def list_tools(files: PipelineFiles) -> list[ToolInForce]:
    """Return the tools in the order of their file; empty where the settings name none."""
    known = {} if files.tools is None else files.tools.current(time.monotonic())
    declared = [tool.declaration for tool in known.values()]
    return [ToolInForce(tool.name, tool.kind, tool.changes, list(tool.profiles)) for tool in declared]


def list_word_lists(lists: WordLists) -> list[ListInForce]:
    counts = Counter(word.category.name for word in lists.words)
    return [
        ListInForce(category.name, Title(category.zh, category.en), category.action.value, counts[category.name])
        for category in lists.categories
    ]


def list_watched_files(files: PipelineFiles, keys: KeyRing | None) -> Iterator[WatchedFile]:
    """Yield the files as they were last read."""
    yield _describe_file("profiles", files.profiles)
    yield _describe_file("word_lists", files.word_lists)
    if files.typo_words is not None:
        yield _describe_file("typo_words", files.typo_words)
    if files.tools is not None:
        yield _describe_file("tools", files.tools)
    if keys is not None and keys.path is not None:
        yield WatchedFile("keys", str(keys.path.resolve()), keys.loaded_s, keys.refused)


def _describe_file(kind: FileKind, file: Reloadable[Any]) -> WatchedFile:
    return WatchedFile(kind, str(file.path.resolve()), file.loaded_s, file.refused)
