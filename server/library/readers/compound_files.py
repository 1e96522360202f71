"""Office files of before 2007, and encrypted ones of today, are both compound files (MS-CFB)."""

from typing import BinaryIO

import olefile  # type: ignore[import-untyped]

from server.library.readers.protocol import Refused
from server.library.readers.records import Kind, Refusal

OLD_FORMATS = {"WordDocument": "Word 97-2003 (.doc)", "PowerPoint Document": "PowerPoint 97-2003 (.ppt)"}
"""The stream that tells a format which no reader is for, and what the format is called."""

WORKBOOKS = ("Workbook", "Book")
ENCRYPTED = "EncryptedPackage"


def find_compound_kind(file: BinaryIO) -> Kind:
    """Return the kind of a compound file. Raises `Refused`: `encrypted` for Office files of today with a password."""
    names = list_streams(file)
    if ENCRYPTED in names:
        raise Refused(Refusal("encrypted"))
    for stream, kind in OLD_FORMATS.items():
        if stream in names:
            raise Refused(Refusal("old_format", {"kind": kind}))
    if names.isdisjoint(WORKBOOKS):
        raise Refused(Refusal("unknown_kind"))
    return "xls"


def list_streams(file: BinaryIO) -> set[str]:
    """Return the names of the streams at the top of a compound file. Raises `Refused` where it is damaged."""
    file.seek(0)
    try:
        with olefile.OleFileIO(file) as compound:
            return {path[0] for path in compound.listdir() if len(path) == 1}
    except MemoryError:
        raise
    except Exception as error:  # on damaged files the parser raises exceptions of any type
        raise Refused(Refusal("broken", {"cause": "compound_file"})) from error
