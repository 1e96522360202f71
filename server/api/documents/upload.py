"""What `POST /documents` takes: a form with a file, or JSON with the file as base64."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Annotated, BinaryIO

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
NAMED = ("name", "user_id", "session", "password")
"""The texts of an upload."""


class DocumentBody(Fields):
    """A document for the session of the name `user_id`, or of the id `session`. `data` is its file as base64.

    A session that does not exist yet is made for `user_id`. `password` opens an encrypted document.
    """

    name: str | None = None
    data: str | None = None
    user_id: str | None = None
    session: str | None = None
    password: str | None = None


class DocumentForm(Struct):
    """The same as a form, in any order. `name` is that of the file where it is not given."""

    file: Annotated[str, Meta(extra_json_schema={"contentMediaType": "application/octet-stream"})]
    name: str | None = None
    user_id: str | None = None
    session: str | None = None
    password: str | None = None


@dataclass(frozen=True)
class Upload:
    """A document that came in as a temporary file, and the session it is for: `user_id` or `session` is not None."""

    name: str
    file: BinaryIO
    user_id: str | None
    session: str | None
    password: str | None


@asynccontextmanager
async def receive_upload(request: AnyRequest, library: Library) -> AsyncIterator[Upload]:
    """Give the document of a request; its file is closed, and so gone, when the block is left.

    Raises `BadBody`, `FieldRefused`, `MissingFields`, `DocumentTooBig`, `DocumentsBusy`, and as reading bodies does.
    """
    with make_file() as file:
        if is_form(request.headers.get("content-type", "")):
            body = await _receive_form(request, library, file)
        else:
            body = await _receive_json(request, library, file)
        yield _check(body, file)


async def _receive_form(request: AnyRequest, library: Library, file: BinaryIO) -> DocumentBody:
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
    note_ignored(request, *(name for name in form.fields if name not in NAMED))
    texts = {name: form.fields[name] for name in NAMED if form.fields.get(name)}
    return DocumentBody(**{"name": form.name, **texts})


async def _receive_json(request: AnyRequest, library: Library, file: BinaryIO) -> DocumentBody:
    body = await read_body(request, DocumentBody)
    if not has_text(body.name) or not body.data:
        raise MissingFields(*(name for name in ("name", "data") if not has_text(getattr(body, name))))
    text, body.data = body.data, None
    if len(text) // 4 * 3 > library.limits.max_document_bytes + len(text) // 4:
        raise DocumentTooBig(library.limits.max_document_bytes)
    try:
        data = await asyncio.to_thread(decode_base64, text)
    except ImageError as error:
        raise FieldRefused("data", "it is no base64 of a file", "不是文件的 base64 编码") from error
    await asyncio.to_thread(file.write, data)
    await asyncio.to_thread(file.seek, 0)
    return body


def _check(body: DocumentBody, file: BinaryIO) -> Upload:
    user_id, session = body.user_id, body.session
    if session is None and not has_text(user_id):
        raise MissingFields("user_id")
    if session is not None and user_id is not None:
        raise FieldRefused("session", "user_id names a session already", "已由 user_id 指定会话")
    if len(body.password or "") > MAX_PASSWORD_LENGTH:
        raise FieldRefused("password", "it is too long", "过长")
    return Upload(body.name or "", file, user_id, session, body.password or None)
