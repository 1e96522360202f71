"""What of an operator's files is in force, and which edits of them were refused."""

import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

from msgspec import Struct

from server.keys.keyring import KeyRing
from server.pipeline.build import PipelineFiles
from server.pipeline.moderation.word_lists import WordLists
from server.pipeline.pipeline import Pipeline
from server.pipeline.profiles import SHIPPED, Title, profile_files
from server.pipeline.reloading import Reloading
from server.pipeline.stage import StageOptions

FileKind = Literal["profiles", "word_lists", "typo_words", "keys"]


class WatchedFile(Struct, frozen=True):
    """A file or folder that may be edited at any time; `loaded_s` is of Unix.

    `refused` is why its last edit is not in force, with file and line; what was there before is.
    """

    kind: FileKind
    path: str
    loaded_s: float
    refused: str | None = None


class ProfileInForce(Struct, frozen=True):
    """`stages` are those of a turn whose request does not switch any. `language` is that of answers."""

    name: str
    title: Title
    language: str | None
    stages: list[str]
    file: str | None


class ListInForce(Struct, frozen=True):
    """A category of the word lists."""

    name: str
    title: Title
    action: str
    num_words: int


def looked_at(files: PipelineFiles) -> WordLists:
    """Read again what was edited, as the next turn would, and give the lists. Large ones take a while."""
    now = time.monotonic()
    files.profiles.current(now)
    if files.typo_words is not None:
        files.typo_words.current(now)
    return files.word_lists.current(now).lists


def profiles_in_force(pipeline: Pipeline, files: PipelineFiles) -> list[ProfileInForce]:
    known = files.profiles.current(time.monotonic())
    paths = profile_files([SHIPPED, files.profiles.path])
    return [
        ProfileInForce(
            name,
            profile.title,
            profile.language,
            sorted(pipeline.stages_of(profile, StageOptions()) - {"profile"}),
            str(paths[name]) if name in paths else None,
        )
        for name, profile in known.items()
    ]


def lists_in_force(lists: WordLists) -> list[ListInForce]:
    counts = Counter(word.category.name for word in lists.words)
    return [
        ListInForce(category.name, Title(category.zh, category.en), category.action.value, counts[category.name])
        for category in lists.categories
    ]


def watched_files(files: PipelineFiles, keys: KeyRing | None) -> Iterator[WatchedFile]:
    """As they were looked at last."""
    yield _watched("profiles", files.profiles)
    yield _watched("word_lists", files.word_lists)
    if files.typo_words is not None:
        yield _watched("typo_words", files.typo_words)
    if keys is not None and keys.path is not None:
        yield WatchedFile("keys", shown(keys.path), keys.loaded_s, keys.refused)


def _watched(kind: FileKind, file: Reloading[Any]) -> WatchedFile:
    return WatchedFile(kind, shown(file.path), file.loaded_s, file.refused)


def shown(path: Path) -> str:
    return str(path.resolve())
