"""Archives are refused before anything of them is unpacked."""

import io
import struct
import zipfile
import zlib
from itertools import islice

import pytest

from server.library.readers.archives import MAX_RATIO, UNSUSPICIOUS_BYTES, check_archive, check_xml, list_members
from server.library.readers.inflating import PIECE, inflate
from server.library.readers.records import Refusal
from tests.helpers.refusals import refusal_of
from tests.helpers.zip_writer import (
    FLAGS_IN_CENTRAL,
    METHOD_IN_CENTRAL,
    OFFSET_IN_CENTRAL,
    SIZE_IN_CENTRAL,
    set_central,
    write_zip,
)

MIB = 1 << 20
NOISE = bytes(zlib.compress(bytes(range(256)) * 4))


def refuse(data: bytes, max_bytes: int = 64 * MIB) -> Refusal:
    return refusal_of(lambda: check_archive(io.BytesIO(data), max_bytes))


def test_an_honest_archive_passes() -> None:
    file = io.BytesIO(write_zip({"a.xml": b"<a>b</a>", "b/c.bin": NOISE, "empty": b""}))
    check_archive(file, MIB)
    assert file.tell() == 0
    assert list(list_members(file)) == ["a.xml", "b/c.bin", "empty"]
    check_archive(io.BytesIO(write_zip({"a": NOISE}, zipfile.ZIP_STORED)), MIB)


def test_a_large_one_is_refused_by_what_it_says() -> None:
    refusal = refuse(write_zip({"a": bytes(MIB), "b": bytes(MIB)}), MIB)
    assert refusal == Refusal("bomb", {"num_bytes": 2 * MIB, "limit": MIB})


def test_a_dense_one_is_refused() -> None:
    dense = write_zip({"a": bytes(UNSUSPICIOUS_BYTES + MIB)})
    assert len(dense) * MAX_RATIO < UNSUSPICIOUS_BYTES + MIB
    assert refuse(dense).code == "bomb"
    check_archive(io.BytesIO(write_zip({"a": bytes(UNSUSPICIOUS_BYTES - MIB)})), 64 * MIB)


def test_one_that_unpacks_to_more_than_it_says_is_refused() -> None:
    lying = set_central(write_zip({"a": bytes(9 * MIB)}), SIZE_IN_CENTRAL, "<I", 100)
    assert refuse(lying) == Refusal("lying_archive")


def test_one_that_unpacks_to_less_is_broken() -> None:
    lying = set_central(write_zip({"a": bytes(100)}), SIZE_IN_CENTRAL, "<I", 200)
    assert refuse(lying) == Refusal("broken", {"cause": "archive"})


def test_entries_that_share_their_bytes_are_refused() -> None:
    data = write_zip({"a": NOISE, "b": NOISE})
    assert refuse(set_central(data, OFFSET_IN_CENTRAL, "<I", 0, number=1)) == Refusal("lying_archive")


def test_entries_of_one_name_are_refused() -> None:
    data = write_zip({"a": b"1", "b": b"2"}).replace(b"b", b"a")
    assert refuse(data) == Refusal("broken", {"cause": "archive_names"})


def test_an_encrypted_entry_is_refused() -> None:
    assert refuse(set_central(write_zip({"a": b"1"}), FLAGS_IN_CENTRAL, "<H", 1)) == Refusal("encrypted")


@pytest.mark.parametrize("compression", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_a_rare_compression_is_refused(compression: int) -> None:
    data = write_zip({"a": NOISE}, compression)
    assert refuse(data) == Refusal("broken", {"cause": "archive_compression"})
    assert refuse(set_central(data, METHOD_IN_CENTRAL, "<H", 99)).code == "broken"


def test_too_many_entries_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("server.library.readers.archives.MAX_ENTRIES", 2)
    check_archive(io.BytesIO(write_zip({"a": b"", "b": b""})), MIB)
    assert refuse(write_zip({"a": b"", "b": b"", "c": b""})) == Refusal("broken", {"cause": "archive_entries"})


def test_damage_is_refused() -> None:
    data = write_zip({"a": NOISE * 9})
    place = data.index(b"a") + 9
    assert refuse(data[:place] + b"\xff" * 9 + data[place + 9 :]).code == "broken"
    assert refuse(data[:-30]) == Refusal("broken", {"cause": "archive"})
    assert refuse(b"PK\3\4") == Refusal("broken", {"cause": "archive"})
    assert refuse(data.replace(b"PK\3\4", b"PK\3\5")) == Refusal("broken", {"cause": "archive"})


def test_an_archive_in_an_archive_is_a_member_like_others() -> None:
    check_archive(io.BytesIO(write_zip({"a.zip": write_zip({"b": bytes(200 * MIB)})})), MIB)


@pytest.mark.parametrize("name", ["word/document.xml", "_rels/.rels", "A.XML"])
def test_entities_in_xml_are_refused(name: str) -> None:
    attack = b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>'
    assert refuse(write_zip({name: attack})) == Refusal("external_entities")
    check_archive(io.BytesIO(write_zip({"media/picture.svg": attack})), MIB)


def test_entities_behind_much_else_are_found() -> None:
    comment = b"<!--" + b"x" * (PIECE - 9) + b"-->"
    assert refuse(write_zip({"a.xml": comment + b"<!DOCTYPE a>" + NOISE * 9})) == Refusal("external_entities")


@pytest.mark.parametrize(
    "data",
    [
        "<!DOCTYPE a>".encode("utf-16"),
        "<!doctype a>".encode("utf-32"),
        b"<?xml version='1.0' encoding='UTF-7'?>+ADwAIQ-DOCTYPE a>",
        b'<?xml version="1.0" encoding="cp037"?>',
    ],
)
def test_encodings_hide_nothing(data: bytes) -> None:
    assert refusal_of(lambda: check_xml(data)) == Refusal("external_entities")


@pytest.mark.parametrize("encoding", ["UTF-8", "utf-16", "ISO-8859-1", "GBK"])
def test_usual_encodings_pass(encoding: str) -> None:
    check_xml(f'<?xml version="1.0" encoding="{encoding}"?><a>&lt;!DOCTYPE</a>'.encode())


def test_entries_are_unpacked_in_small_pieces() -> None:
    data = write_zip({"a": bytes(64 * MIB)})
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        pieces = list(islice(inflate(io.BytesIO(data), archive.infolist()[0]), 100))
    assert sum(map(len, pieces)) == 64 * MIB
    assert max(map(len, pieces)) <= PIECE


def test_an_entry_that_ends_behind_the_file_is_refused() -> None:
    data = write_zip({"a": NOISE * 99}, zipfile.ZIP_STORED)
    size = struct.pack("<I", len(NOISE) * 99)
    assert refuse(data.replace(size, struct.pack("<I", 1 << 20))) == Refusal("broken", {"cause": "cut_off"})
