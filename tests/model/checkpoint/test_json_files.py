"""Every fault of a small file is one sentence that names the file and says what to do."""

import os
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.checkpoint import json_files
from model.checkpoint.json_files import check_file, is_there, read_json, read_text
from model.errors import LoadError

POINTER = b"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "config.json"


def read_error(file: Path) -> str:
    with pytest.raises(LoadError) as refused:
        read_json(file)
    message = str(refused.value)
    assert "\n" not in message
    assert str(file) in message
    return message


@pytest.mark.parametrize("content", [b'{"a": "\xc3\xa9"}', b'\xef\xbb\xbf{"a": "\xc3\xa9"}', b'\n {"a":"\\u00e9"}\n'])
def test_an_object_is_read_with_or_without_a_byte_order_mark(file: Path, content: bytes) -> None:
    file.write_bytes(content)
    assert read_json(file) == {"a": "é"}


@pytest.mark.parametrize(
    ("content", "cause"),
    [
        (b"", "is empty"),
        (b" \n\t\n", "is empty"),
        (b'{"a": 1', "is cut off or is not JSON"),
        (b"{", "is cut off or is not JSON"),
        (b"<html>404</html>", "is cut off or is not JSON"),
        (b"[]", "holds a list instead of a JSON object"),
        (b'[{"a": 1}]', "holds a list"),
        (b'"{}"', "holds a string"),
        (b"null", "holds null"),
        (b"17", "holds a number"),
        (b"-1.5", "holds a number"),
        (b"true", "holds true or false"),
        (b"\x89PNG\r\n\x1a\n\x00\x00", "is not UTF-8 text"),
        ('{"a": 1}'.encode("utf-16"), "is UTF-16 text: save it as UTF-8"),
        ('{"a": "é"}'.encode("latin-1"), "is not UTF-8 text"),
        (b"\0" * 5000, "is filled with zeros"),
        (POINTER, "run `git lfs pull`"),
        (b'{"a":' * 100_000, "nested too deep"),
        (b"[" * 100_000, "nested too deep"),
        (b'{"a": ' + b"1" * 5000 + b"}", "is cut off or is not JSON"),
    ],
)
def test_a_damaged_file_is_named(file: Path, content: bytes, cause: str) -> None:
    file.write_bytes(content)
    assert cause in read_error(file)


def test_a_missing_file_is_named(file: Path) -> None:
    assert "is missing: copy or download it again" in read_error(file)


def test_a_broken_link_names_its_target(file: Path) -> None:
    file.symlink_to("../blobs/abc")
    assert "is a link to ../blobs/abc, which is not there" in read_error(file)


def test_a_link_to_itself_is_named(file: Path) -> None:
    file.symlink_to(file.name)
    assert "cannot be read" in read_error(file)


def test_a_link_is_followed(file: Path, tmp_path: Path) -> None:
    (tmp_path / "blob").write_text("{}")
    file.symlink_to("blob")
    assert read_json(file) == {}


def test_a_folder_of_the_name_is_named(file: Path) -> None:
    file.mkdir()
    assert "is a folder where a file is needed" in read_error(file)


def test_a_pipe_is_not_waited_for(file: Path) -> None:
    os.mkfifo(file)
    assert "is not a regular file" in read_error(file)


def test_a_file_that_may_not_be_read_is_named(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file.write_text("{}")

    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", refuse)  # root may read everything
    assert "may not be read: give this user the permission" in read_error(file)


def test_a_huge_file_is_not_read(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(json_files, "MAX_BYTES", 1_000_000)
    with file.open("wb") as stream:
        stream.truncate(1_000_001)
    assert "has 1 MB, far too many" in read_error(file)


def test_a_path_with_a_line_break_stays_one_line(tmp_path: Path) -> None:
    with pytest.raises(LoadError) as refused:
        read_json(tmp_path / "a\nb" / "config.json")
    assert "a\\nb/config.json is missing" in str(refused.value)


def test_text_is_read_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "merges.txt").write_bytes("Ġ Ġ\r\nin g\n".encode())
    assert read_text(tmp_path / "merges.txt") == "Ġ Ġ\r\nin g\n"


def test_a_broken_link_is_there_and_an_impossible_name_is_not(file: Path) -> None:
    assert not is_there(file)
    file.symlink_to("nowhere")
    assert is_there(file)
    assert not is_there(file.with_name("x" * 500))
    assert not is_there(file.with_name("x\0"))


def test_the_size_is_returned(file: Path) -> None:
    file.write_text("{ }")
    assert check_file(file) == 3


@given(st.binary(max_size=60) | st.text(max_size=60).map(str.encode))
def test_whatever_bytes_there_are_only_a_load_error_comes_out(
    tmp_path_factory: pytest.TempPathFactory, content: bytes
) -> None:
    file = tmp_path_factory.mktemp("any") / "config.json"
    file.write_bytes(content)
    with suppress(LoadError):
        assert isinstance(read_json(file), dict)
