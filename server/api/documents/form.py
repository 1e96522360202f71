"""A form with a file, `multipart/form-data` (https://www.rfc-editor.org/rfc/rfc7578), read while it comes.

The file goes to the disk, so that it takes no memory, whatever its size.
"""

import asyncio
import re
from typing import BinaryIO
from urllib.parse import unquote

from multipart import (  # type: ignore[import-untyped]
    MultipartError,
    MultipartSegment,
    ParserLimitReached,
    PushMultipartParser,
    parse_options_header,
)

from server.api.media_types import MULTIPART
from server.errors import BadBody, DocumentTooBig, FieldRefused

FILE = "file"
MAX_PARTS = 16
MAX_FIELD_BYTES = 4096
MAX_OVERHEAD_BYTES = MAX_PARTS * (8 * 4096 + MAX_FIELD_BYTES)
"""How much a form may have beside its file."""

WRITE_BYTES = 1 << 18
"""How much of a file is gathered before it is written, in a thread."""

EXTENDED_NAME = re.compile(r"filename\*\s*=\s*utf-8'[^']*'([^;\s]+)", re.IGNORECASE)
"""A name as RFC 5987 encodes it: no form should have one, some clients' have."""


class FormReader:
    """Reads one form. `fields` are the texts in it, `name` is that of the file, empty without one."""

    def __init__(self, content_type: str, file: BinaryIO, max_file_bytes: int) -> None:
        """Raises `BadBody` for a type without a boundary."""
        boundary = parse_options_header(content_type)[1].get("boundary", "")
        try:
            self._parser = PushMultipartParser(boundary, max_segment_count=MAX_PARTS)
        except (MultipartError, UnicodeError) as error:
            raise BadBody(
                "its Content-Type has no boundary that can be used", "Content-Type 中没有可用的 boundary"
            ) from error
        self.fields: dict[str, str] = {}
        self.name = ""
        self.has_file = False
        self._file = file
        self._max_file_bytes = max_file_bytes
        self._part = ""
        self._field, self._gathered = bytearray(), bytearray()
        self._num_file_bytes = 0

    async def add(self, piece: bytes) -> None:
        """Read on. Raises `BadBody`, `FieldRefused` and `DocumentTooBig`."""
        try:
            for event in self._parser.parse(piece) if piece else ():
                self._take(event)
        except MultipartError as error:
            raise _explain(error) from error
        if len(self._gathered) >= WRITE_BYTES:
            await self._write()

    async def finish(self) -> None:
        """Check that the form is whole, and go back to the beginning of the file. Raises `BadBody`."""
        try:
            self._parser.close()
        except MultipartError as error:
            raise _explain(error) from error
        if not self.has_file:
            raise BadBody("it has no part named file", "缺少名为 file 的部分", FILE)
        await self._write()
        await asyncio.to_thread(self._file.seek, 0)

    def _take(self, event: MultipartSegment | bytes | None) -> None:
        if isinstance(event, MultipartSegment):
            self._begin(event)
        elif event is None:
            self._end()
        elif self._part == FILE:
            self._add_to_file(event)
        else:
            self._add_to_field(event)

    def _begin(self, part: MultipartSegment) -> None:
        self._part = part.name or ""
        if self._part in self.fields or (self._part == FILE and self.has_file):
            raise BadBody(f"it has two parts named {self._part!r}", f"有两个名为 {self._part!r} 的部分", self._part)
        if self._part == FILE:
            self.has_file = True
            extended = EXTENDED_NAME.search(part.header("Content-Disposition") or "")
            self.name = unquote(extended[1]) if extended else part.filename or ""

    def _end(self) -> None:
        if self._part != FILE:
            try:
                self.fields[self._part] = self._field.decode()
            except UnicodeDecodeError as error:
                raise FieldRefused(self._part, "it is not UTF-8", "不是 UTF-8") from error
            self._field.clear()

    def _add_to_field(self, data: bytes) -> None:
        self._field += data
        if len(self._field) > MAX_FIELD_BYTES:
            limit = MAX_FIELD_BYTES
            raise FieldRefused(self._part, f"it has more than {limit} bytes", f"超过 {limit} 字节")

    def _add_to_file(self, data: bytes) -> None:
        self._gathered += data
        self._num_file_bytes += len(data)
        if self._num_file_bytes > self._max_file_bytes:
            raise DocumentTooBig(self._max_file_bytes)

    async def _write(self) -> None:
        data = bytes(self._gathered)
        self._gathered.clear()
        await asyncio.to_thread(self._file.write, data)


def is_form(content_type: str) -> bool:
    """Whether a body of that type is a form with files."""
    return bool(parse_options_header(content_type)[0] == MULTIPART)


def _explain(error: MultipartError) -> BadBody:
    if isinstance(error, ParserLimitReached):
        return BadBody("the form has too many parts, or too long headers", "表单的分段过多，或分段头过长")
    return BadBody(f"it is no whole {MULTIPART}", f"内容不是完整的 {MULTIPART}")
