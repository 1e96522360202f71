"""What is in a file, unless it changes meanwhile."""

import hashlib
import os
from pathlib import Path

import pytest

from server.knowledge.folder.contents import FileChanged, copy_file, hash_file
from server.knowledge.folder.scan import FolderFile, Stamp


def look(path: Path) -> FolderFile:
    return FolderFile(path, Stamp.of(path.stat()))


def test_a_file_is_hashed_and_copied(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"x" * 3_000_000)
    assert hash_file(look(path)) == hashlib.sha256(path.read_bytes()).hexdigest()
    with copy_file(look(path)) as copy:
        assert copy.read() == path.read_bytes()


def test_a_file_that_is_another_one_by_now_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"one")
    seen = look(path)
    path.write_bytes(b"three")
    for read in (hash_file, copy_file):
        with pytest.raises(FileChanged):
            read(seen)


def test_a_pipe_in_its_place_is_not_waited_for(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"one")
    seen = look(path)
    path.unlink()
    os.mkfifo(path)
    with pytest.raises(FileChanged):
        hash_file(seen)
