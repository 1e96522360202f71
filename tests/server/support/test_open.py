"""The desk that settings make, and files that are wrong."""

from pathlib import Path

import pytest

from server.settings import Settings
from server.support.open import DeskError, check_desk


def written(folder: Path, name: str, text: str) -> str:
    (folder / name).write_text(text, encoding="utf-8")
    return str(folder)


def test_the_shipped_files_are_right() -> None:
    check_desk(Settings())
    check_desk(Settings(profile="ecommerce"))


def test_ones_own_files_are_read(tmp_path: Path) -> None:
    written(tmp_path, "shoes.toml", 'title = { zh = "鞋店", en = "Shoes" }')
    check_desk(Settings(profiles=str(tmp_path), profile="shoes"))


def test_a_mistake_stops_the_start(tmp_path: Path) -> None:
    folder = written(tmp_path, "shop.toml", "stages = []")
    with pytest.raises(DeskError, match=r"shop\.toml, line 1: .*title"):
        check_desk(Settings(profiles=folder))
    with pytest.raises(DeskError, match="'shoes' is not one of ecommerce, plain"):
        check_desk(Settings(profile="shoes"))
    with pytest.raises(DeskError, match="has no word list"):
        check_desk(Settings(word_lists=folder))
    written(tmp_path, "words.txt", "a ->")
    with pytest.raises(DeskError, match=r"words\.txt:1"):
        check_desk(Settings(typo_words=str(tmp_path / "words.txt")))
    with pytest.raises(DeskError, match=r"words\.toml"):
        check_desk(Settings(typo_words=str(tmp_path / "words.toml")))
    with pytest.raises(DeskError):
        check_desk(Settings(profiles=str(tmp_path / "nowhere"), profile="nowhere"))
