"""How documents are sent: as a form with a file, or as JSON with the file as base64."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Annotated, BinaryIO, Generic, TypeVar

from msgspec import Meta, Struct

from model.errors import ImageError
from model.pictures.base64_text import decode_base64
from server.api.body_intake import IncomingBody
from server.api.documents.form import MAX_OVERHEAD_BYTES, FormReader, is_form
from server.api.error_response import AnyRequest
from server.api.text import has_text
from server.api.transport import read_body
from server.api.unknown_fields import Fields, note_ignored
from server.errors import (
    BodyMemoryFull,
    BodyTooLarge,
    DocumentsBusy,
    DocumentTooBig,
    FieldRefused,
    MissingFields,
)
from server.library.files import make_file
from server.library.library import Library

MAX_PASSWORD_LENGTH = 1000
DATA = "data"
"""The field that JSON has in place of the file of a form."""


class UploadBody(Fields):
    """What every upload has: a file as base64 in `data`, and its name. `password` opens an encrypted document."""

    name: str | None = None
    data: str | None = None
    password: str | None = None


class UploadForm(Struct):
    """The same as a form, in any order. `name` is that of the file where it is not given."""

    file: Annotated[str, Meta(extra_json_schema={"contentMediaType": "application/octet-stream"})]
    name: str | None = None
    password: str | None = None


Body = TypeVar("Body", bound=UploadBody)


@dataclass(frozen=True)
class Upload(Generic[Body]):
    """A document that came in as a temporary file. `fields` are the texts that came with it."""

    name: str
    file: BinaryIO
    password: str | None
    fields: Body


@asynccontextmanager
async def receive_upload(request: AnyRequest, library: Library, kind: type[Body]) -> AsyncIterator[Upload[Body]]:
    """Give the document of a request; its file is closed, and so gone, when the block is left.

    The fields of `kind` are all texts. Raises `BadBody`, `FieldRefused`, `MissingFields`, `DocumentTooBig`,
    `DocumentsBusy`, and as reading bodies does.
    """
    with make_file() as file:
        if is_form(request.headers.get("content-type", "")):
            body = await _receive_form(request, library, file, kind)
        else:
            body = await _receive_json(request, library, file, kind)
        if len(body.password or "") > MAX_PASSWORD_LENGTH:
            raise FieldRefused("password", "it is too long", "过长")
        yield Upload(body.name or "", file, body.password or None, body)


async def _receive_form(request: AnyRequest, library: Library, file: BinaryIO, kind: type[Body]) -> Body:
    """Write the file of a form as it comes, and return its texts."""
    max_bytes = library.limits.max_document_bytes
    incoming: IncomingBody = request.scope["incoming_body"]  # type: ignore[typeddict-item]
    form = FormReader(request.headers.get("content-type", ""), file, max_bytes)
    try:
        async for piece in incoming.stream(request, max_bytes + MAX_OVERHEAD_BYTES, library.uploads):
            await form.add(piece)
    except BodyTooLarge as error:
        raise DocumentTooBig(max_bytes) from error
    except BodyMemoryFull as error:
        raise DocumentsBusy from error
    await form.finish()
    named = [name for name in kind.__struct_fields__ if name != DATA]
    note_ignored(request, *(name for name in form.fields if name not in named))
    texts = {name: form.fields[name] for name in named if form.fields.get(name)}
    return kind(**{"name": form.name, **texts})


async def _receive_json(request: AnyRequest, library: Library, file: BinaryIO, kind: type[Body]) -> Body:
    body = await read_body(request, kind)
    if not has_text(body.name) or not body.data:
        raise MissingFields(*(name for name in ("name", DATA) if not has_text(getattr(body, name))))
    text, body.data = body.data, None
    if len(text) // 4 * 3 > library.limits.max_document_bytes + len(text) // 4:
        raise DocumentTooBig(library.limits.max_document_bytes)
    try:
        data = await asyncio.to_thread(decode_base64, text)
    except ImageError as error:
        raise FieldRefused(DATA, "it is no base64 of a file", "不是文件的 base64 编码") from error
    await asyncio.to_thread(file.write, data)
    await asyncio.to_thread(file.seek, 0)
    return body
