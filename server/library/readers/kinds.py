"""What kind of document a file is, told by its content; the ending of its name decides only between kinds of text."""

import re
from typing import BinaryIO

from server.library.readers.archives import find_office_kind
from server.library.readers.compound_files import find_compound_kind
from server.library.readers.protocol import Refused
from server.library.readers.records import Kind, Refusal
from server.library.readers.text_kinds import find_text_kind

HEAD_BYTES = 64 << 10
PDF_HEADER_BYTES = 1024

ZIP = (b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")
OLE2 = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
PICTURES = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"GIF87a", b"GIF89a", b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
PICTURE_BRANDS = frozenset(
    (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"mif2", b"msf1", b"avif", b"avis", b"miaf")
)
BITMAP_HEADER_SIZES = (12, 40, 52, 56, 64, 108, 124)
OTHER_FORMATS = (b"{\\rtf", b"%!PS", b"Rar!\x1a\x07", b"7z\xbc\xaf\x27\x1c", b"\x1f\x8b", b"BZh", b"\xfd7zXZ\0")


def find_kind(file: BinaryIO, name: str) -> Kind:
    """Return the kind of a document, with the file back at its beginning.

    Raises `Refused` for an empty file, kinds that no reader is for, and Office files that are encrypted.
    """
    file.seek(0)
    head = file.read(HEAD_BYTES)
    try:
        return _find_kind(file, head, name)
    finally:
        file.seek(0)


def _find_kind(file: BinaryIO, head: bytes, name: str) -> Kind:
    if not head.strip(b"\0\t\n\r "):
        raise Refused(Refusal("empty" if len(head) < HEAD_BYTES else "unknown_kind"))
    if head.startswith(ZIP):
        return find_office_kind(file)
    if head.startswith(OLE2):
        return find_compound_kind(file)
    if _is_picture(head):
        return "picture"
    if _is_pdf(head):
        return "pdf"
    kind = None if head.startswith(OTHER_FORMATS) else find_text_kind(head, len(head) < HEAD_BYTES, name)
    if kind is None:
        raise Refused(Refusal("unknown_kind"))
    return kind


def _is_picture(head: bytes) -> bool:
    if head.startswith(PICTURES) or (head[:4] == b"RIFF" and head[8:12] == b"WEBP"):
        return True
    if head[:2] == b"BM" and int.from_bytes(head[14:18], "little") in BITMAP_HEADER_SIZES:
        return True
    return head[4:8] == b"ftyp" and bool(PICTURE_BRANDS & set(_list_brands(head)))


def _list_brands(head: bytes) -> list[bytes]:
    """Return the brands of the first box of a HEIF or AVIF file (ISO/IEC 14496-12)."""
    end = min(int.from_bytes(head[:4], "big"), 256)
    return [head[8:12], *(head[at : at + 4] for at in range(16, end, 4))]


def _is_pdf(head: bytes) -> bool:
    """Whether a PDF begins here, maybe behind something that does not belong to it."""
    found = re.search(rb"%PDF-\d", head[:PDF_HEADER_BYTES])
    return found is not None and (found.start() == 0 or re.search(rb"\d obj\b", head) is not None)
