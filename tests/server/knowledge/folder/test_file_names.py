"""Which files are no documents."""

import pytest

from server.knowledge.folder.file_names import is_left_out


@pytest.mark.parametrize(
    "name", [".a", "~$plan.docx", "a.zip.part", "A.TMP", "a.md~", "#a#", "a.swp", "Thumbs.db", "4913", "b.crdownload"]
)
def test_what_programs_leave_is_left_out(name: str) -> None:
    assert is_left_out(name)


@pytest.mark.parametrize("name", ["a.md", "价格.xlsx", "parts.csv", "tmp.csv", "a~b.md", "a#1.md"])
def test_documents_are_not(name: str) -> None:
    assert not is_left_out(name)
