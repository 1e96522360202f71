"""PDFs that are cut off: what leads to the pages is mostly at the end, and can be written anew."""

import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice, pairwise

MAX_OBJECTS = 200_000
MAX_PACKED_BYTES = 32 << 20

OBJECT = re.compile(rb"(?<!\d)(\d{1,8}) (\d{1,5}) obj\b(.{0,2048}?)(?=endobj|stream|\d obj\b)", re.S)
IS_PAGE = re.compile(rb"/Type\s*/Page(?![A-Za-z])")
IS_TREE = re.compile(rb"/Type\s*/Pages(?![A-Za-z])")
IS_PACKED = re.compile(rb"/Type\s*/ObjStm\b")
FIRST_PACKED = re.compile(rb"/First\s+(\d{1,8})\b")
HEAD = re.compile(rb"(\d{1,8})\s+(\d{1,8})\b")
STREAM = re.compile(rb"stream\r?\n")
HAS_PARENT = re.compile(rb"/Parent\s+\d")
ENCRYPTED = b"/Encrypt"
LAST_OBJECT = b"endobj"


@dataclass(frozen=True)
class FoundObject:
    """An object of a file, or of a stream of packed objects, with what it begins with."""

    reference: bytes
    number: int
    body: bytes


def repair(data: bytes) -> bytes | None:
    """Return a cut PDF with a way to its pages, through its tree of pages or else to each; None where it has none."""
    if ENCRYPTED in data:
        return None
    data = data[: data.rfind(LAST_OBJECT) + len(LAST_OBJECT)]
    packed = list(islice(_find_packed(data), MAX_OBJECTS))
    found = [*islice(_find_objects(data), MAX_OBJECTS), *packed]
    pages = [each.reference for each in found if IS_PAGE.search(each.body)]
    trees = [each.reference for each in found if IS_TREE.search(each.body) and not HAS_PARENT.search(each.body)]
    if not pages:
        return None
    unpacked = b"".join(b"\n%d 0 obj\n%s\nendobj" % (each.number, each.body) for each in packed)
    return data + unpacked + _write_end(pages, trees, max(each.number for each in found) + 1)


def _find_objects(data: bytes) -> Iterator[FoundObject]:
    for found in OBJECT.finditer(data):
        yield FoundObject(b"%s %s R" % (found[1], found[2]), int(found[1]), found[3])


def _find_packed(data: bytes) -> Iterator[FoundObject]:
    """Yield the objects that are packed into streams (ISO 32000-1, 7.5.7), up to a size of all together."""
    num_free = MAX_PACKED_BYTES
    for found in OBJECT.finditer(data):
        first, stream = FIRST_PACKED.search(found[3]), STREAM.match(data, found.end())
        if IS_PACKED.search(found[3]) and first and stream:
            content = _inflate(data[stream.end() : data.find(LAST_OBJECT, stream.end())], num_free)
            num_free -= len(content)
            yield from _split(content, int(first[1]))


def _inflate(stream: bytes, max_bytes: int) -> bytes:
    try:
        return zlib.decompressobj().decompress(stream, max_bytes) if max_bytes > 0 else b""
    except zlib.error:
        return b""


def _split(content: bytes, first: int) -> Iterator[FoundObject]:
    """Yield the objects of a stream, before whose `first` byte are the number and the place of each."""
    heads = [(int(each[1]), int(each[2])) for each in HEAD.finditer(content[:first])]
    for (number, start), (_, end) in pairwise([*heads, (0, len(content) - first)]):
        yield FoundObject(b"%d 0 R" % number, number, content[first + start : first + end])


def _write_end(pages: list[bytes], trees: list[bytes], free: int) -> bytes:
    """Return what is missing: a catalog, where there is none a tree of pages, and a trailer."""
    tree = trees[-1] if trees else b"%d 0 R" % free
    end = b"" if trees else _write_tree(pages, free)
    end += b"\n%d 0 obj\n<< /Type /Catalog /Pages %s >>\nendobj\n" % (free + 1, tree)
    return end + b"trailer\n<< /Size %d /Root %d 0 R >>\n" % (free + 2, free + 1)


def _write_tree(pages: list[bytes], number: int) -> bytes:
    body = b"<< /Type /Pages /Kids [%s] /Count %d /MediaBox [0 0 595 842] >>" % (b" ".join(pages), len(pages))
    return b"\n%d 0 obj\n%s\nendobj\n" % (number, body)
