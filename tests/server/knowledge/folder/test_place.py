"""The setting `knowledge`."""

from pathlib import Path

import pytest

from server.knowledge.folder.place import EXAMPLE, FolderError, find_folder
from server.knowledge.folder.scan import scan_folder


def test_a_folder_is_found(tmp_path: Path) -> None:
    assert find_folder(str(tmp_path)) == tmp_path
    assert find_folder("none") is None


def test_the_example_is_the_shop() -> None:
    folder = find_folder(EXAMPLE)
    assert folder is not None
    assert set(scan_folder(folder).collections) == {"shop"}


def test_a_wrong_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for name, cause in (("nowhere", "does not exist"), ("file", "is not a folder")):
        with pytest.raises(FolderError, match=cause):
            find_folder(str(tmp_path / name))
