"""Building the pipeline from the settings, and files that are wrong."""

import math
from pathlib import Path

import pytest

from server.keys.account import ANONYMOUS
from server.pipeline.build import PipelineError, build_pipeline, open_files
from server.pipeline.stage import StageOptions
from server.settings.settings import Settings
from server.store.store import open_store
from tests.helpers.fakes import FakeChatModel
from tests.helpers.turns import open_turns, question


def write(folder: Path, name: str, text: str) -> str:
    (folder / name).write_text(text, encoding="utf-8")
    return str(folder)


def test_the_shipped_files_are_right() -> None:
    open_files(Settings())
    open_files(Settings(profile="ecommerce"))


def test_the_operators_files_are_read(tmp_path: Path) -> None:
    write(tmp_path, "shoes.toml", 'title = { zh = "鞋店", en = "Shoes" }')
    open_files(Settings(profiles=str(tmp_path), profile="shoes"))


def test_a_mistake_stops_the_start(tmp_path: Path) -> None:
    folder = write(tmp_path, "shop.toml", "stages = []")
    with pytest.raises(PipelineError, match=r"shop\.toml, line 1: .*title"):
        open_files(Settings(profiles=folder))
    with pytest.raises(PipelineError, match="'shoes' is not one of ecommerce, plain"):
        open_files(Settings(profile="shoes"))
    with pytest.raises(PipelineError, match="has no word list"):
        open_files(Settings(word_lists=folder))
    write(tmp_path, "words.txt", "a ->")
    with pytest.raises(PipelineError, match=r"words\.txt:1"):
        open_files(Settings(typo_words=str(tmp_path / "words.txt")))
    with pytest.raises(PipelineError, match=r"words\.toml"):
        open_files(Settings(typo_words=str(tmp_path / "words.toml")))
    with pytest.raises(PipelineError, match="nowhere does not exist"):
        open_files(Settings(profiles=str(tmp_path / "nowhere")))


def test_the_default_profile_cannot_be_removed(tmp_path: Path) -> None:
    write(tmp_path, "shoes.toml", 'title = { zh = "鞋店", en = "Shoes" }')
    files = open_files(Settings(profiles=str(tmp_path), profile="shoes"))
    (tmp_path / "shoes.toml").unlink()
    assert "shoes" in files.profiles.current(math.inf)
    assert files.profiles.refused is not None
    assert files.profiles.refused.startswith("the profile 'shoes' is not one of")


@pytest.mark.anyio
async def test_files_are_read_once(tmp_path: Path) -> None:
    """The start may take minutes; an edit that spoils a file meanwhile is left out like any other."""
    settings = Settings(word_lists=write(tmp_path, "rude.txt", "fizzwobble"), moderation="on")
    files = open_files(settings)
    write(tmp_path, "rude.txt", "x")
    async with open_turns(FakeChatModel()) as turns, open_store(tmp_path / "sessions.db") as store:
        pipeline = build_pipeline(settings, files, turns, store)
        context = pipeline.build_context(question("a fizzwobble"), ANONYMOUS, StageOptions())
        (answer,), _ = await pipeline.answer(context)
    assert answer.finish_reason == "content_filter"
