"""The record of a download, and hashes as git and the Hub compute them."""

import hashlib
from pathlib import Path

import pytest

from model.checkpoint.download_record import RECORD, Record, compute_hash, is_intact, read_record, write_record
from model.checkpoint.hub import HubFile

GIT_HASH_OF_HELLO = "ce013625030ba8dba906f756967f9e9ca394464a"  # git hash-object, of "hello\n"


def test_a_record_is_read_as_it_was_written(tmp_path: Path) -> None:
    record = Record("a/b", "0" * 40, (HubFile("config.json", 3, "ab"), HubFile("模型.json", 0, "cd")))
    write_record(tmp_path, record)
    assert read_record(tmp_path) == record
    assert [file.name for file in tmp_path.iterdir()] == [RECORD]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        '{"repository": "a/b", "commit": "x", "files": {"c": {"size": 1, "etag": "e"}}}',
        '{"repository": "a/b", "commit": "0000000000000000000000000000000000000000", "files": {}}',
        '{"repository": "a/b", "commit": "0000000000000000000000000000000000000000", "files": {"c": 3}}',
    ],
)
def test_a_record_that_cannot_be_read_is_none(tmp_path: Path, text: str) -> None:
    (tmp_path / RECORD).write_text(text)
    assert read_record(tmp_path) is None
    assert read_record(tmp_path / "absent") is None


def test_the_length_of_an_etag_tells_its_kind(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_bytes(b"hello\n")
    assert compute_hash(file, HubFile("file", 6, GIT_HASH_OF_HELLO)) == GIT_HASH_OF_HELLO
    assert compute_hash(file, HubFile("file", 6, "0" * 64)) == hashlib.sha256(b"hello\n").hexdigest()
    assert compute_hash(file, HubFile("file", 6, "0" * 32)) is None
    assert compute_hash(file, HubFile("file", 6, "config.json")) is None


def test_size_and_hash_must_agree(tmp_path: Path) -> None:
    file = tmp_path / "file"
    assert not is_intact(file, HubFile("file", 6, GIT_HASH_OF_HELLO))
    file.write_bytes(b"hello\n")
    assert is_intact(file, HubFile("file", 6, GIT_HASH_OF_HELLO))
    file.write_bytes(b"Hello\n")
    assert not is_intact(file, HubFile("file", 6, GIT_HASH_OF_HELLO))
    assert is_intact(file, HubFile("file", 6, GIT_HASH_OF_HELLO), with_hash=False)
    assert not is_intact(file, HubFile("file", 7, GIT_HASH_OF_HELLO), with_hash=False)
