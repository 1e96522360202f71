"""Reloading: an edit counts within a second; a wrong one is left out and logged once."""

import os
import time
from pathlib import Path

import pytest

from server.pipeline.reloading import CHECK_EVERY_S, Reloadable, stamp_files


def load_number(path: Path) -> int:
    return int(path.read_text())


def load_sum(folder: Path) -> int:
    return sum(int(path.read_text()) for path in folder.rglob("*.txt"))


def write(path: Path, text: str) -> None:
    """Replace the file by another one, as editors do."""
    new = path.with_suffix(".new")
    new.write_text(text)
    new.replace(path)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    found = tmp_path / "number"
    found.write_text("1")
    return found


def test_an_edit_is_loaded_at_the_next_look(path: Path) -> None:
    held = Reloadable(path, load_number, now=10.0)
    assert held.current(10.0) == 1
    write(path, "2")
    assert held.current(10.0 + CHECK_EVERY_S / 2) == 1
    assert held.current(10.0 + CHECK_EVERY_S) == 2


def test_without_an_edit_nothing_is_loaded_again(path: Path) -> None:
    loaded: list[Path] = []

    def load(given: Path) -> object:
        loaded.append(given)
        return object()

    held = Reloadable(path, load, now=0.0)
    first = held.current(0.0)
    assert held.current(100.0) is first
    assert held.current(200.0) is first
    assert loaded == [path]


def test_a_wrong_edit_keeps_the_old_value_and_is_logged_once(path: Path, caplog: pytest.LogCaptureFixture) -> None:
    held = Reloadable(path, load_number, now=0.0)
    write(path, "many")
    assert [held.current(float(now)) for now in range(1, 9)] == [1] * 8
    assert caplog.text.count("invalid literal for int() with base 10: 'many'") == 1
    write(path, "several")
    assert held.current(10.0) == 1
    assert "several" in caplog.text
    write(path, "3")
    assert held.current(20.0) == 3


def test_the_time_of_loading_and_the_last_error_are_kept(path: Path) -> None:
    held = Reloadable(path, load_number, now=0.0)
    loaded_s = held.loaded_s
    assert (held.path, held.refused, abs(time.time() - loaded_s) < 60) == (path, None, True)
    write(path, "many")
    held.current(1.0)
    assert "'many'" in str(held.refused)
    assert held.loaded_s == loaded_s
    write(path, "2")
    held.current(2.0)
    assert held.refused is None
    assert held.loaded_s > loaded_s


def test_deleted_files_keep_the_old_value(path: Path, caplog: pytest.LogCaptureFixture) -> None:
    held = Reloadable(path, load_number, now=0.0)
    path.unlink()
    assert [held.current(1.0), held.current(2.0)] == [1, 1]
    assert caplog.text.count("No such file") == 1
    write(path, "1")
    write(path, "4")
    assert held.current(3.0) == 4


def test_an_error_at_the_start_is_raised(path: Path) -> None:
    path.write_text("many")
    with pytest.raises(ValueError, match="many"):
        Reloadable(path, load_number, now=0.0)


def test_other_errors_are_raised(path: Path) -> None:
    def load(given: Path) -> int:
        return 1 // (2 - load_number(given))

    held = Reloadable(path, load, now=0.0)
    write(path, "2")
    with pytest.raises(ZeroDivisionError):
        held.current(1.0)


def test_a_folder_is_watched_with_all_in_it(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.txt").write_text("1")
    held = Reloadable(tmp_path, load_sum, now=0.0)
    (tmp_path / "b.txt").write_text("10")
    assert held.current(1.0) == 11
    write(tmp_path / "in" / "a.txt", "5")
    assert held.current(2.0) == 15
    (tmp_path / "b.txt").unlink()
    assert held.current(3.0) == 5


@pytest.mark.parametrize("edit", ["1 ", "2"])
def test_an_edit_in_place_changes_the_stamp(path: Path, edit: str) -> None:
    before = stamp_files(path)
    path.write_text(edit)
    os.utime(path, ns=(0, before[0][3] + 1))
    assert stamp_files(path) != before


def test_the_stamp_of_nothing_is_empty(tmp_path: Path) -> None:
    assert stamp_files(tmp_path / "missing") == ()
