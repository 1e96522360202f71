"""The list of the pages' libraries is read whole, with the hash of each file."""

import hashlib
import re
from pathlib import Path

import pytest

from scripts.supply.vendored import VENDOR, read_libraries


def test_each_library_has_the_hash_of_its_file(tmp_path: Path) -> None:
    (tmp_path / "one").mkdir()
    (tmp_path / "one" / "one.js").write_bytes(b"content")
    (tmp_path / "VERSIONS").write_text(
        "Libraries, and what they are.\n\none 1.2.3   MIT or ISC   one/one.js   what it does\n"
    )
    (library,) = read_libraries(tmp_path)
    assert (library.name, library.version, library.licence) == ("one", "1.2.3", "MIT OR ISC")
    assert library.sha256 == hashlib.sha256(b"content").hexdigest()


def test_a_listed_file_must_be_there(tmp_path: Path) -> None:
    (tmp_path / "VERSIONS").write_text("one 1.2.3  MIT  one/one.js  what it does\n")
    with pytest.raises(FileNotFoundError):
        read_libraries(tmp_path)


def test_every_folder_is_listed() -> None:
    listed = (VENDOR / "VERSIONS").read_text(encoding="utf-8")
    for folder in (path.name for path in VENDOR.iterdir() if path.is_dir()):
        assert re.search(rf"  {folder}/\S+  ", listed), folder
    assert len(read_libraries()) == sum(path.is_dir() for path in VENDOR.iterdir())


def test_swagger_ui_has_one_version() -> None:
    (library,) = (library for library in read_libraries() if library.name == "swagger-ui-dist")
    assert f"# swagger-ui-dist {library.version}\n" in (VENDOR / "swagger-ui" / "README.md").read_text(encoding="utf-8")
