"""The corpus of broken documents, and the script that writes it."""

import json
from pathlib import Path

import pytest

from scripts.broken.corpus import list_documents
from scripts.broken.document import READ, BrokenDocument, cut, flip
from scripts.broken.passwords import list_passwords
from scripts.make_broken_documents import write_documents
from server.library.remarks import REFUSALS, REMARKS

MIN_DOCUMENTS = 70
MAX_BYTES = 7 << 20
RANDOM = {document.name for document in list_passwords()}


@pytest.fixture(scope="module")
def documents() -> list[BrokenDocument]:
    return list(list_documents())


def test_there_are_many_and_they_are_small(documents: list[BrokenDocument]) -> None:
    assert len({document.name for document in documents}) == len(documents) >= MIN_DOCUMENTS
    assert sum(len(document.data) for document in documents) < MAX_BYTES


def test_every_kind_is_there(documents: list[BrokenDocument]) -> None:
    endings = {Path(document.name).suffix for document in documents}
    assert endings >= {
        ".docx",
        ".xlsx",
        ".xls",
        ".ods",
        ".pptx",
        ".csv",
        ".html",
        ".md",
        ".txt",
        ".pdf",
        ".png",
        ".tiff",
    }


def test_what_is_expected_has_a_text(documents: list[BrokenDocument]) -> None:
    assert {code for each in documents for code in each.outcomes} <= REFUSALS.keys() | {READ}
    assert {code for each in documents for code in each.remarks} <= REMARKS.keys()
    assert all(document.outcomes for document in documents)


def test_flipping_and_cutting() -> None:
    assert flip(b"abc", 0.5) == b"a\x9dc"
    assert cut(b"abcd", 0.5) == b"ab"


def test_the_script_writes_all(
    documents: list[BrokenDocument], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_documents(tmp_path / "corpus")
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [line["name"] for line in lines] == [document.name for document in documents]
    for document in documents:
        if document.name not in RANDOM:  # encryption draws a new key each time
            assert (tmp_path / "corpus" / document.name).read_bytes() == document.data, document.name
