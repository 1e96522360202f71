"""Documents and their pages, as they are shown: what is read of them, pictures of pages, and the files themselves."""

from typing import Annotated
from urllib.parse import quote

import msgspec
from litestar import Response, get
from litestar.datastructures import State
from litestar.params import FromPath
from litestar.response import Stream
from msgspec import Meta

from server.api.account import find_owner
from server.api.documents.access import find_owned, find_readable
from server.api.error_response import AnyRequest
from server.api.media_types import JSON
from server.api.openapi.operation import BINARY, STORE_ERRORS, describe
from server.api.sessions.routes import PICTURE_HEADERS, NoQuery
from server.api.transport import read_query
from server.errors.base import shorten
from server.library.library import Library
from server.library.readers.records import Page
from server.library.readers.tasks import MAX_SIDE
from server.store.errors import PageNotFound
from server.store.library_records import LibraryDocument

MAX_DIGITS = 9
MAX_ASPECT = 3
"""How many times its width a picture of a page may be high."""

PNG_SIGN = b"\x89PNG"
BYTES = "application/octet-stream"
FILE_POLICY = "default-src 'none'; frame-ancestors 'none'; sandbox"


class ImageQuery(msgspec.Struct, forbid_unknown_fields=True):
    """The width of a picture in pixels, at most: a high page is narrower."""

    width: Annotated[int, Meta(ge=16, le=2400)] = 1000


@get(
    "/documents/{document_id:str}/pages/{number:str}",
    opt=describe("Show what was read of a page", query=NoQuery, answers={JSON: (Page,)}, errors=STORE_ERRORS),
)
async def show_page(
    request: AnyRequest, state: State, document_id: FromPath[str], number: FromPath[str]
) -> Response[bytes]:
    read_query(request, NoQuery)
    library: Library = state.library
    document = await find_readable(request, state, document_id)
    return Response(await library.store.get_page(document.id, _parse_number(number)), media_type=JSON)


@get(
    "/documents/{document_id:str}/pages/{number:str}/image",
    opt=describe(
        "Draw a page of a PDF or of a picture",
        query=ImageQuery,
        answers={"image/*": BINARY},
        errors=(*STORE_ERRORS, 413, 429),
    ),
)
async def draw_page(
    request: AnyRequest, state: State, document_id: FromPath[str], number: FromPath[str]
) -> Response[bytes]:
    width = read_query(request, ImageQuery).width
    library: Library = state.library
    document = await find_readable(request, state, document_id)
    height = min(MAX_ASPECT * width, MAX_SIDE)
    picture = await library.render_page(
        document.owner, document.id, _parse_number(number), width, height, viewer=find_owner(request)
    )
    media_type = "image/png" if picture.startswith(PNG_SIGN) else "image/jpeg"
    return Response(picture, media_type=media_type, headers=PICTURE_HEADERS)


@get(
    "/documents/{document_id:str}/file",
    opt=describe("Download a document as it was sent", query=NoQuery, answers={BYTES: BINARY}, errors=STORE_ERRORS),
)
async def download_file(request: AnyRequest, state: State, document_id: FromPath[str]) -> Stream:
    read_query(request, NoQuery)
    return send_file(state.library, await find_owned(request, state, document_id))


def send_file(library: Library, document: LibraryDocument) -> Stream:
    """Return the file of a document as a download."""
    # a document is whatever a user sent, so browsers must neither show it nor run it as a page of this server
    headers = {
        "Content-Disposition": f"attachment; filename*=UTF-8''{quote(document.name, safe='')}",
        "Content-Length": str(document.num_bytes),
        "Content-Security-Policy": FILE_POLICY,
    }
    return Stream(library.store.load_file(document.id), media_type=BYTES, headers=headers)


def _parse_number(text: str) -> int:
    """Return the number of a page. Raises `PageNotFound` for any other text."""
    if not (text.isascii() and text.isdigit() and len(text) <= MAX_DIGITS):
        raise PageNotFound(shorten(text))
    return int(text)
