"""XML parts of Office files, read from beginning to end without keeping them."""

import zipfile
from collections.abc import Callable, Iterator, Mapping
from typing import BinaryIO
from xml.parsers import expat

from server.library.readers.protocol import Refused
from server.library.readers.records import Refusal

CHUNK_BYTES = 1 << 20


def parse_part(
    part: BinaryIO,
    start: Callable[[str, Mapping[str, str]], None],
    end: Callable[[str], None] | None = None,
    text: Callable[[str], None] | None = None,
) -> None:
    """Parse XML, with names as they are written. Document types and entities are refused, whatever they define."""
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = text
    parser.StartDoctypeDeclHandler = _refuse_entities
    parser.EntityDeclHandler = _refuse_entities
    try:
        while chunk := part.read(CHUNK_BYTES):
            parser.Parse(chunk, False)
        parser.Parse(b"", True)
    except (expat.ExpatError, zipfile.BadZipFile, ValueError) as error:
        raise Refused(Refusal("broken", {"cause": "reader"})) from error


def get_local_name(name: str) -> str:
    """Return a name without its prefix."""
    return name.rpartition(":")[2]


def list_elements(part: BinaryIO, wanted: str) -> Iterator[Mapping[str, str]]:
    """Yield the attributes of all elements of a local name."""
    found: list[Mapping[str, str]] = []

    def start(name: str, attributes: Mapping[str, str]) -> None:
        if get_local_name(name) == wanted:
            found.append(attributes)

    parse_part(part, start)
    yield from found


def _refuse_entities(*_: object) -> None:
    raise Refused(Refusal("external_entities"))
