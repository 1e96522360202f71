"""Names of documents are those of files, without what could mislead."""

import pytest

from server.library.names import MAX_NAME_LENGTH, clean_name


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("prices.xlsx", "prices.xlsx"),
        ("合同 第一版.pdf", "合同 第一版.pdf"),
        ("/etc/passwd", "passwd"),
        ("C:\\files\\a.pdf", "a.pdf"),
        ("a\x00b\nc.pdf", "abc.pdf"),
        ("invoice\u202efdp.exe", "invoicefdp.exe"),
        ("\ud800a", "a"),
        ("  ..  ", "document"),
        ("folder/", "document"),
        ("", "document"),
        ("x" * 300, "x" * MAX_NAME_LENGTH),
        ("x" * 300 + ".pdf", "x" * (MAX_NAME_LENGTH - 4) + ".pdf"),
        ("a." + "x" * 300, "a." + "x" * (MAX_NAME_LENGTH - 2)),
    ],
)
def test_names(given: str, shown: str) -> None:
    assert clean_name(given) == shown
