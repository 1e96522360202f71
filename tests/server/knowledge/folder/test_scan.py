"""What is seen of a folder, and when a file has come to rest."""

from dataclasses import replace
from pathlib import Path

import pytest

from server.knowledge.folder import scan as scan_module
from server.knowledge.folder.scan import Stamp, scan_folder

NOW_S = 1000.0
OLD = Stamp((1, 2), 10, 900 * 10**9)
FRESH = Stamp((1, 2), 10, int(999.5 * 10**9))
AHEAD = Stamp((1, 2), 10, 5000 * 10**9)


@pytest.mark.parametrize(
    ("stamp", "before", "is_settled"),
    [
        (OLD, None, True),
        (OLD, OLD, True),
        (OLD, replace(OLD, num_bytes=9), False),
        (FRESH, None, False),
        (FRESH, FRESH, False),
        (AHEAD, None, False),
        (AHEAD, AHEAD, True),
        (AHEAD, OLD, False),
    ],
)
def test_a_file_that_changed_just_now_is_not_settled(stamp: Stamp, before: Stamp | None, is_settled: bool) -> None:
    assert stamp.is_settled(before, NOW_S) is is_settled


def test_files_are_found_by_their_paths(tmp_path: Path) -> None:
    (tmp_path / "shop" / "deep").mkdir(parents=True)
    (tmp_path / "empty").mkdir()
    for name in ("a.md", "deep/b.md", "collection.toml"):
        (tmp_path / "shop" / name).write_text("x")
    found = scan_folder(tmp_path)
    assert set(found.collections) == {"shop", "empty"}
    shop = found.collections["shop"]
    assert set(shop.files) == {"a.md", "deep/b.md"}
    assert shop.settings_file is not None
    assert shop.is_whole
    assert found.remarks == ()


def test_an_edit_changes_the_scan_and_nothing_else_does(tmp_path: Path) -> None:
    (tmp_path / "shop").mkdir()
    file = tmp_path / "shop" / "a.md"
    file.write_text("one")
    before = scan_folder(tmp_path)
    assert scan_folder(tmp_path) == before
    file.write_text("three")
    assert scan_folder(tmp_path) != before


def test_a_folder_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="nowhere"):
        scan_folder(tmp_path / "nowhere")


def test_a_name_that_is_no_text_is_left_out(tmp_path: Path) -> None:
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop" / "\udcff.md").write_text("x")
    found = scan_folder(tmp_path)
    assert found.collections["shop"].files == {}
    assert "not UTF-8" in found.remarks[0]


def test_more_files_than_are_looked_at_delete_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scan_module, "MAX_FILES", 2)
    (tmp_path / "shop").mkdir()
    for number in range(4):
        (tmp_path / "shop" / f"{number}.md").write_text("x")
    shop = scan_folder(tmp_path).collections["shop"]
    assert len(shop.files) == 2
    assert not shop.is_whole
