"""Office files with a password, and what happens without it."""

import hashlib
import io
import random
import struct
from collections.abc import Iterator

from scripts.broken.compound_writer import write_compound
from scripts.broken.document import BrokenDocument, flip, read, refused
from scripts.broken.office_writer import paragraph, text_cell, write_docx, write_xlsx
from scripts.broken.xls_writer import XlsSheet, write_workbook

BEGIN, FILE_PASSWORD, BEGIN_SHEET = 0x809, 0x2F, 0x85

PASSWORD = "open sesame 芝麻"


def list_passwords() -> Iterator[BrokenDocument]:
    filling = {"docProps/x.bin": random.Random(1).randbytes(6000)}
    secret = encrypt(write_docx(paragraph("secret"), filling), PASSWORD)
    yield read("password.docx", secret, "secret", password=PASSWORD)
    yield refused("no-password.docx", secret, "encrypted")
    yield refused("wrong-password.docx", secret, "wrong_password", password="guess")
    sheet = write_xlsx({"A": f"<sheetData><row r='1'>{text_cell('A1', 'secret')}</row></sheetData>"}, filling)
    yield read("password.xlsx", encrypt(sheet, PASSWORD), "secret", password=PASSWORD)
    yield read("default-password.xlsx", encrypt(sheet, "VelvetSweatshop"), "secret")
    yield BrokenDocument(
        "flipped-password.xlsx",
        flip(encrypt(sheet, PASSWORD), 0.5),
        ("read", "broken", "wrong_password"),
        password=PASSWORD,
    )
    locked = encrypt_xls(write_workbook(XlsSheet("A", [["secret", 1.5]])), PASSWORD)
    yield read("password.xls", locked, "secret", password=PASSWORD)
    yield refused("no-password.xls", locked, "encrypted")
    yield refused("wrong-password.xls", locked, "wrong_password", password="guess")
    yield read("needless-password.docx", write_docx(paragraph("open")), "open", password=PASSWORD)


def encrypt(data: bytes, password: str) -> bytes:
    """Encrypt an Office file as Word and Excel do. It must have more than 4,096 bytes."""
    from msoffcrypto.format.ooxml import OOXMLFile  # type: ignore[import-untyped]

    file = io.BytesIO()
    OOXMLFile(io.BytesIO(data)).encrypt(password, file)
    return file.getvalue()


def encrypt_xls(workbook: bytes, password: str) -> bytes:
    """Encrypt a workbook as Excel 97 does (MS-OFFCRYPTO, 2.3.6; MS-XLS, 2.2.10), and put it into a compound file."""
    salt, verifier = bytes(range(16)), bytes(range(100, 116))
    checked = _encrypt(verifier + hashlib.md5(verifier).digest(), password, salt)
    record = b"\x2f\0\x36\0" + b"\x01\0\x01\0\x01\0" + salt + checked
    end = 4 + int.from_bytes(workbook[2:4], "little")
    data = _move_sheets(workbook[:end] + record + workbook[end:], len(record))
    return write_compound({"Workbook": _keep_plain(data, _encrypt(data, password, salt))})


def _encrypt(data: bytes, password: str, salt: bytes) -> bytes:
    from msoffcrypto.method.rc4 import DocumentRC4  # type: ignore[import-untyped]

    return bytes(DocumentRC4.decrypt(password, salt, io.BytesIO(data), blocksize=1024).read())


def _move_sheets(workbook: bytes, num_bytes: int) -> bytes:
    """Say in a workbook that sheets begin so many bytes later."""
    moved, place = bytearray(workbook), 0
    while place < len(workbook):
        kind, size, start = struct.unpack_from("<HHI", workbook.ljust(place + 8, b"\0"), place)
        if kind == BEGIN_SHEET:
            struct.pack_into("<I", moved, place + 4, start + num_bytes)
        place += 4 + size
    return bytes(moved)


def _keep_plain(records: bytes, encrypted: bytes) -> bytes:
    kept, place = bytearray(encrypted), 0
    while place < len(records):
        kind, size = struct.unpack_from("<HH", records, place)
        end = place + 4 + {BEGIN: size, FILE_PASSWORD: size, BEGIN_SHEET: 4}.get(kind, 0)
        kept[place:end] = records[place:end]
        place += 4 + size
    return bytes(kept)
