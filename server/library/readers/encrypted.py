"""Office files with a password: of today in a compound file (MS-OFFCRYPTO), and xls files with encrypted records."""

import io
import struct
from typing import Any, BinaryIO

import olefile  # type: ignore[import-untyped]

from server.library.readers.compound_files import ENCRYPTED, WORKBOOKS, list_streams
from server.library.readers.protocol import Refused
from server.library.readers.records import Refusal

OLE2 = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
DEFAULT_PASSWORD = "VelvetSweatshop"
"""With this Excel encrypts files that are only protected against changes, and opens them without asking."""

FILE_PASSWORD = 0x2F
BEGIN_SHEET = 0x85
MAX_RECORDS = 100

RC4_BLOCK = 1024
PLAIN_RECORDS = frozenset((0x809, FILE_PASSWORD, 0x194, 0x195, 0xE1, 0x196, 0x138))
NUM_PLAIN_BYTES = {BEGIN_SHEET: 4}
"""What of a workbook is never encrypted: these records, and so many bytes of others (MS-XLS, 2.2.10)."""


def decrypt(file: BinaryIO, password: str | None) -> BinaryIO:
    """Return a file decrypted in memory, or itself where it is no encrypted Office file.

    Raises `Refused`: `encrypted` without a password, `wrong_password`, or `broken`.
    """
    if not is_encrypted(file):
        return file
    for each in (password,) if password else (DEFAULT_PASSWORD,):
        decrypted = _decrypt(file, each)
        if decrypted is not None:
            return decrypted
    raise Refused(Refusal("wrong_password" if password else "encrypted"))


def is_encrypted(file: BinaryIO) -> bool:
    """Whether a file is an Office file with a password, with the file back at its beginning."""
    file.seek(0)
    is_compound = file.read(len(OLE2)) == OLE2
    names = list_streams(file) if is_compound else set()
    workbook = next((name for name in WORKBOOKS if name in names), None)
    found = ENCRYPTED in names or (workbook is not None and _has_password(file, workbook))
    file.seek(0)
    return found


def _has_password(file: BinaryIO, workbook: str) -> bool:
    """Whether a record near the beginning of a workbook says that those after it are encrypted (MS-XLS, 2.4.117)."""
    file.seek(0)
    with olefile.OleFileIO(file) as compound, compound.openstream(workbook) as stream:
        for _ in range(MAX_RECORDS):
            header = stream.read(4)
            if len(header) < 4:
                return False
            kind, size = struct.unpack("<HH", header)
            if kind in (FILE_PASSWORD, BEGIN_SHEET):
                return bool(kind == FILE_PASSWORD)
            stream.seek(size, io.SEEK_CUR)
    return False


def _decrypt(file: BinaryIO, password: str) -> BinaryIO | None:
    """Return the decrypted file, None where the password is wrong."""
    import msoffcrypto  # type: ignore[import-untyped]
    from msoffcrypto.exceptions import (  # type: ignore[import-untyped]
        DecryptionError,
        FileFormatError,
        InvalidKeyError,
        ParseError,
    )

    damages = (
        DecryptionError,
        FileFormatError,
        ParseError,
        OSError,
        ValueError,
        KeyError,
        AssertionError,
        struct.error,
    )
    file.seek(0)
    try:
        office = msoffcrypto.OfficeFile(file)
        is_sheet = office.format == "xls97"
        office.load_key(password=password, **({} if is_sheet else {"verify_password": True}))
    except InvalidKeyError:
        return None
    except damages as error:
        raise Refused(Refusal("broken", {"cause": "encryption"})) from error
    try:
        return _decrypt_workbook(file, office) if is_sheet else _decrypt_package(office)
    except damages as error:
        raise Refused(Refusal("broken", {"cause": "encryption"})) from error


def _decrypt_package(office: Any) -> BinaryIO:
    decrypted = io.BytesIO()
    office.decrypt(decrypted)
    decrypted.seek(0)
    return decrypted


def _decrypt_workbook(file: BinaryIO, office: Any) -> BinaryIO:
    """Decrypt the records of a workbook; `msoffcrypto` does that itself in a file, which this process may not write.

    Raises `ValueError` for the oldest way to encrypt, which is not RC4.
    """
    from msoffcrypto.method.rc4 import DocumentRC4  # type: ignore[import-untyped]
    from msoffcrypto.method.rc4_cryptoapi import DocumentRC4CryptoAPI  # type: ignore[import-untyped]

    file.seek(0)
    copy = io.BytesIO(file.read())
    with olefile.OleFileIO(copy, write_mode=True) as compound:
        records = compound.openstream(WORKBOOKS[0]).read()
        if office.type == "rc4":
            plain = DocumentRC4.decrypt(office.key, office.salt, io.BytesIO(records), blocksize=RC4_BLOCK)
        elif office.type == "rc4_cryptoapi":
            plain = DocumentRC4CryptoAPI.decrypt(
                office.key, office.salt, office.keySize, io.BytesIO(records), blocksize=RC4_BLOCK
            )
        else:
            raise ValueError(office.type)
        compound.write_stream(WORKBOOKS[0], restore_plain(records, plain.read()))
    return io.BytesIO(copy.getvalue())


def restore_plain(records: bytes, decrypted: bytes) -> bytes:
    """Put back what of encrypted records is plain, such as kinds and lengths, and drop the one of the password."""
    restored, place = bytearray(decrypted), 0
    while place + 4 <= len(records):
        kind, size = struct.unpack_from("<HH", records, place)
        num_plain = size if kind in PLAIN_RECORDS else NUM_PLAIN_BYTES.get(kind, 0)
        end = place + 4 + num_plain
        restored[place:end] = records[place:end]
        if kind == FILE_PASSWORD:
            restored[place : place + 2] = bytes(2)
        place += 4 + size
    return bytes(restored)
