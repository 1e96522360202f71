"""ZIP archives that nobody trusts: Office files are such. What they would unpack to is known before that is done."""

import re
import zipfile
from collections.abc import Iterator
from itertools import pairwise
from typing import BinaryIO

from server.library.readers.inflating import find_data, inflate
from server.library.readers.protocol import Refused
from server.library.readers.records import Kind, Refusal

MAX_ENTRIES = 20_000
MAX_RATIO = 200
UNSUSPICIOUS_BYTES = 16 << 20
"""Archives that unpack to less than this may be as dense as they like."""

CONTENT_TYPES = "[Content_Types].xml"
MEDIA_TYPE = "mimetype"
MAX_TYPES_BYTES = 4 << 20

MAIN_PARTS: tuple[tuple[re.Pattern[str], Kind], ...] = (
    (re.compile(r"wordprocessingml\.(document|template)\.main|ms-word\.\w+\.macroEnabled\w*\.main", re.I), "docx"),
    (
        re.compile(r"spreadsheetml\.(sheet|template)\.main|ms-excel\.\w+\.(macroEnabled|binary[.\w]*)\.main", re.I),
        "xlsx",
    ),
    (
        re.compile(
            r"presentationml\.(presentation|slideshow|template)\.main|ms-powerpoint\.\w+\.macroEnabled\.main", re.I
        ),
        "pptx",
    ),
)
"""What is the main part of an Office file by its media type (ECMA-376, part 1), also with macros."""

MAIN_NAMES: tuple[tuple[str, Kind], ...] = (
    ("word/document.xml", "docx"),
    ("xl/workbook.", "xlsx"),
    ("ppt/presentation.xml", "pptx"),
)
SPREADSHEETS = (
    b"application/vnd.oasis.opendocument.spreadsheet",
    b"application/vnd.oasis.opendocument.spreadsheet-template",
)

MANIFEST = "META-INF/manifest.xml"
SPREADSHEET_ROOT = re.compile(
    rb"""<manifest:file-entry\b(?=[^>]*full-path="/")[^>]*media-type="application/vnd\.oasis\.opendocument\.spreadsheet"""
)
"""What is left of a spreadsheet's media type where a program that packed it anew lost the first entry."""

ENTITIES = re.compile(rb"<!(DOCTYPE|ENTITY)", re.I)
KNOWN_ENCODINGS = re.compile(
    rb"(utf-?8|utf-?16\w*|us-ascii|ascii|iso-8859-\d+|windows-125\d|gb2312|gbk|gb18030|big5)", re.I
)
DECLARED = re.compile(rb"""<\?xml[^>]*?encoding\s*=\s*["']([^"'>]*)""", re.I)


def find_office_kind(file: BinaryIO) -> Kind:
    """Return the kind of an Office file by what it says of itself, else by its members. Raises `Refused`."""
    with open_archive(file) as archive:
        names = set(archive.namelist())
        if MEDIA_TYPE in names and _read_start(archive, MEDIA_TYPE).strip() in SPREADSHEETS:
            return "ods"
        if MANIFEST in names and SPREADSHEET_ROOT.search(_read_start(archive, MANIFEST)):
            return "ods"
        types = _read_start(archive, CONTENT_TYPES).decode("utf-8", "replace") if CONTENT_TYPES in names else ""
    found = [kind for pattern, kind in MAIN_PARTS if pattern.search(types)]
    named = [kind for start, kind in MAIN_NAMES if any(name.lower().startswith(start) for name in names)]
    for kind in (*(kind for kind in found if kind in named), *found, *named):
        return kind
    raise Refused(Refusal("unknown_kind"))


def open_archive(file: BinaryIO) -> zipfile.ZipFile:
    """Open an archive and read the list of its entries. Raises `Refused` where it is damaged or has too many."""
    file.seek(0)
    try:
        archive = zipfile.ZipFile(file)
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, EOFError) as error:
        raise Refused(Refusal("broken", {"cause": "archive"})) from error
    if len(archive.infolist()) > MAX_ENTRIES:
        raise Refused(Refusal("broken", {"cause": "archive_entries"}))
    return archive


def check_archive(file: BinaryIO, max_bytes: int) -> None:
    """Refuse an archive that no reader should unpack, with the file back at its beginning.

    That is one that would have more than `max_bytes` or is packed too densely, whose entries overlap, share a name, are
    encrypted or are larger than it says, or that defines XML entities. What readers of it unpack is then bounded by
    `max_bytes`, whichever way they do it; none of them unpacks an archive in an archive.
    """
    with open_archive(file) as archive:
        entries = archive.infolist()
        check_declared(entries, max_bytes)
        spans = sorted(find_data(file, entry) for entry in entries)
        if any(end > start for (_, _, end), (start, _, _) in pairwise(spans)):
            raise Refused(Refusal("lying_archive"))
        for entry in entries:
            check_entry(file, entry)
    file.seek(0)


def check_declared(entries: list[zipfile.ZipInfo], max_bytes: int) -> None:
    """Refuse an archive for what the list of its entries says."""
    num_bytes, num_packed = sum(each.file_size for each in entries), sum(each.compress_size for each in entries)
    if num_bytes > max_bytes:
        raise Refused(Refusal("bomb", {"num_bytes": num_bytes, "limit": max_bytes}))
    if num_bytes > max(UNSUSPICIOUS_BYTES, MAX_RATIO * num_packed):
        raise Refused(
            Refusal("bomb", {"num_bytes": num_bytes, "limit": max(UNSUSPICIOUS_BYTES, MAX_RATIO * num_packed)})
        )
    if any(each.flag_bits & 1 for each in entries):
        raise Refused(Refusal("encrypted"))
    if len({each.filename for each in entries}) < len(entries):
        raise Refused(Refusal("broken", {"cause": "archive_names"}))


def check_entry(file: BinaryIO, entry: zipfile.ZipInfo) -> None:
    """Unpack an entry piece by piece, without keeping it, and refuse it for its size or for XML entities."""
    is_xml = entry.filename.lower().endswith((".xml", ".rels"))
    num_bytes, before = 0, b""
    for piece in inflate(file, entry):
        num_bytes += len(piece)
        if num_bytes > entry.file_size:
            raise Refused(Refusal("lying_archive"))
        if is_xml:
            check_xml(before + piece)
            before = piece[-64:]
    if num_bytes != entry.file_size:
        raise Refused(Refusal("broken", {"cause": "archive"}))


def check_xml(data: bytes) -> None:
    """Refuse XML, or a part of it, that defines entities, or whose encoding could hide that it does."""
    plain = data.replace(b"\0", b"") if b"\0" in data else data
    declared = DECLARED.search(plain)
    if ENTITIES.search(plain) or (declared and not KNOWN_ENCODINGS.fullmatch(declared[1])):
        raise Refused(Refusal("external_entities"))


def list_members(file: BinaryIO) -> Iterator[str]:
    """Yield the names of an archive's entries, with the file back at its beginning."""
    with open_archive(file) as archive:
        yield from archive.namelist()
    file.seek(0)


def _read_start(archive: zipfile.ZipFile, name: str) -> bytes:
    try:
        with archive.open(name) as entry:
            return entry.read(MAX_TYPES_BYTES)
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, RuntimeError, EOFError) as error:
        raise Refused(Refusal("broken", {"cause": "archive"})) from error
