"""ZIP archives, also ones that lie about themselves."""

import io
import struct
import zipfile
from collections.abc import Mapping

CENTRAL, LOCAL = b"PK\x01\x02", b"PK\x03\x04"
SIZE_IN_CENTRAL, SIZE_IN_LOCAL, FLAGS_IN_CENTRAL, METHOD_IN_CENTRAL, OFFSET_IN_CENTRAL = 24, 22, 8, 10, 42


def write_zip(files: Mapping[str, bytes], compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", compression) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return data.getvalue()


def write_office(part: str, media_type: str, files: Mapping[str, bytes] | None = None) -> bytes:
    """Return an Office file of one part, whose content is no more than an element."""
    types = f'<Types><Override PartName="/{part}" ContentType="application/vnd.{media_type}.main+xml"/></Types>'
    return write_zip({"[Content_Types].xml": types.encode(), part: b"<a/>", **(files or {})})


def set_central(data: bytes, at: int, form: str, value: int, number: int = 0) -> bytes:
    """Return an archive with a field of one of its entries changed in the list of entries."""
    place = find_nth(data, CENTRAL, number) + at
    return data[:place] + struct.pack(form, value) + data[place + struct.calcsize(form) :]


def find_nth(data: bytes, signature: bytes, number: int) -> int:
    place = -1
    for _ in range(number + 1):
        place = data.index(signature, place + 1)
    return place
