"""The profiles and word lists in force, and edits that cannot be used."""

import math
from pathlib import Path
from typing import Any

import pytest

from server.keys.keyfile import add_key
from server.keys.keyring import KeyRing
from server.ops.in_force import list_profiles, list_tools, list_watched_files, list_word_lists, reload_files
from server.pipeline.build import PipelineFiles, open_files
from server.pipeline.pipeline import Pipeline
from server.pipeline.profiles import SHIPPED
from server.pipeline.stages.moderation import ModerationStage
from server.settings.settings import Settings
from tests.helpers.keys import make_key, make_secret

PROFILE = 'language = "en"\nstages = ["moderation"]\n[title]\nzh = "店"\nen = "Shop"\n'


@pytest.fixture
def files(tmp_path: Path) -> PipelineFiles:
    for name, text in (
        ("profiles/shop.toml", PROFILE),
        ("lists/rude.txt", "darn\n# a comment\nheck"),
        ("lists/odd.txt", "hmm"),
        ("lists/categories.toml", '[rude]\naction = "mask"\nzh = "粗话"\n'),
        ("words.txt", "pirce -> price"),
    ):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    profiles, lists, words = (str(tmp_path / name) for name in ("profiles", "lists", "words.txt"))
    return open_files(Settings(profiles=profiles, word_lists=lists, typo_words=words))


def make_pipeline(files: PipelineFiles) -> Pipeline:
    """Make a pipeline with one stage, which cannot answer."""
    turns: Any = None
    return Pipeline(turns, (ModerationStage(files.word_lists),), files.profiles, {"moderation": "profile"})


def test_profiles_have_their_files_and_default_stages(files: PipelineFiles, tmp_path: Path) -> None:
    found = {profile.name: profile for profile in list_profiles(make_pipeline(files), files)}
    shop = found["shop"]
    assert (shop.title.en, shop.language, shop.stages) == ("Shop", "en", ["moderation"])
    assert shop.file == str(tmp_path / "profiles" / "shop.toml")
    assert found["plain"].file == str(SHIPPED / "plain.toml")
    assert (found["plain"].language, found["plain"].stages, found["plain"].tools) == (None, [], [])
    assert list_tools(files) == []


def test_lists_have_their_words_counted(files: PipelineFiles) -> None:
    odd, rude = list_word_lists(reload_files(files))
    assert (odd.name, odd.action, odd.num_words) == ("odd", "block", 1)
    assert (rude.name, rude.title.zh, rude.title.en, rude.action, rude.num_words) == ("rude", "粗话", "rude", "mask", 2)


def test_an_edit_that_cannot_be_used_is_shown_with_its_line(
    files: PipelineFiles, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "profiles" / "shop.toml").write_text(PROFILE + "colour = 3\n", encoding="utf-8")
    (tmp_path / "words.txt").write_text("pirce ->", encoding="utf-8")
    monkeypatch.setattr("time.monotonic", lambda: math.inf)
    reload_files(files)
    assert files.profiles.current(0.0)["shop"].title.en == "Shop"
    profiles, lists, words = list_watched_files(files, None)
    assert (profiles.kind, profiles.path) == ("profiles", str(tmp_path / "profiles"))
    assert f"{tmp_path / 'profiles' / 'shop.toml'}, line 6" in str(profiles.refused)
    assert "colour" in str(profiles.refused)
    assert (lists.kind, lists.refused, words.kind) == ("word_lists", None, "typo_words")
    assert f"{tmp_path / 'words.txt'}:1" in str(words.refused)


def test_the_file_of_keys_is_listed(files: PipelineFiles, tmp_path: Path) -> None:
    path = tmp_path / "keys.toml"
    add_key(path, make_key())
    ring = KeyRing(path=path)
    path.write_text("[ann\n", encoding="utf-8")
    ring.find(make_secret("ann"))
    *_, keys = list_watched_files(files, ring)
    assert (keys.kind, keys.path) == ("keys", str(path))
    assert "line 1" in str(keys.refused)
    assert len(list(list_watched_files(files, KeyRing([make_key()])))) == 3
