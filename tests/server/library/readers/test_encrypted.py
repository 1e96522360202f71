"""Office files with a password."""

import io
import random

import pytest

from scripts.broken.compound_writer import write_compound
from scripts.broken.office_writer import paragraph, text_cell, write_docx, write_xlsx
from scripts.broken.passwords import encrypt, encrypt_xls
from scripts.broken.xls_writer import XlsSheet, write_workbook, write_xls
from server.library.readers.encrypted import DEFAULT_PASSWORD, decrypt, is_encrypted
from tests.helpers.reading import open_document, read_text, refuse

FILLING = {"docProps/a.bin": random.Random(1).randbytes(6000)}
DOCUMENT = write_docx(paragraph("秘密"), FILLING)
SHEET = write_xlsx({"A": f"<sheetData><row r='1'>{text_cell('A1', 'secret')}</row></sheetData>"}, FILLING)
SECRET = encrypt(DOCUMENT, "密码 1")


def test_with_its_password_a_file_is_read() -> None:
    assert read_text(SECRET, password="密码 1") == "秘密\n\n"
    assert open_document(encrypt(SHEET, "x"), password="x").opened.kind == "xlsx"


def test_that_a_password_is_needed_and_that_it_is_wrong_are_told_apart() -> None:
    assert refuse(SECRET).code == "encrypted"
    assert refuse(SECRET, password="guess").code == "wrong_password"
    assert refuse(SECRET, password="").code == "encrypted"


def test_what_excel_opens_without_asking_is_read() -> None:
    assert read_text(encrypt(SHEET, DEFAULT_PASSWORD)) == "secret\n"


def test_xls() -> None:
    locked = encrypt_xls(write_workbook(XlsSheet("A", [["secret", 5], ["b", 1.5]])), "x1")
    assert is_encrypted(io.BytesIO(locked))
    assert refuse(locked).code == "encrypted"
    assert refuse(locked, password="guess").code == "wrong_password"
    assert read_text(locked, password="x1") == "secret\t5\nb\t1.5\n"


@pytest.mark.parametrize("data", [DOCUMENT, SHEET, write_xls(XlsSheet("A", [["a"]])), b"text", b""])
def test_what_is_not_encrypted_is_itself(data: bytes) -> None:
    file = io.BytesIO(data)
    assert decrypt(file, "needless") is file
    assert file.tell() == 0


def test_damage() -> None:
    assert refuse(write_compound({"EncryptedPackage": b"x", "EncryptionInfo": b"y"}), password="a").code == "broken"
    assert refuse(write_compound({"EncryptedPackage": b"x"}), password="a").code == "broken"
