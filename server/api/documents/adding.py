"""`POST /documents`: a document comes in, and is read in the background."""

from contextlib import suppress

from litestar import Response, post
from litestar.datastructures import State

from server.api.account import find_owner
from server.api.documents.response import ShownDocument, show
from server.api.documents.upload import Upload, UploadBody, UploadForm, receive_upload
from server.api.error_response import AnyRequest
from server.api.media_types import JSON
from server.api.openapi.operation import CARD, describe
from server.api.text import has_text
from server.api.transport import run_while_connected
from server.errors import FieldRefused, MissingFields
from server.library.library import Library
from server.store.errors import NameTaken, NameTooLong, SessionNotFound
from server.store.library_records import LibraryDocument
from server.store.store import Store

NUM_TRIES = 3
"""How often a session is looked for again that is deleted, or created, at that very moment."""


class DocumentBody(UploadBody):
    """A document for the session of the name `user_id`, or of the id `session`. `data` is its file as base64.

    A session that does not exist yet is made for `user_id`. `password` opens an encrypted document.
    """

    user_id: str | None = None
    session: str | None = None


class DocumentForm(UploadForm):
    """The same as a form, in any order. `name` is that of the file where it is not given."""

    user_id: str | None = None
    session: str | None = None


@post(
    "/documents",
    status_code=202,
    opt=describe(
        "Send a document to a session, as a form with `file`, or as JSON",
        body=DocumentBody,
        form=DocumentForm,
        answers={JSON: (ShownDocument,)},
        errors=(404, 413, 415, 429, 503),
        example={"user_id": "ann", "name": "card.png", "data": CARD},
    ),
)
async def add_document(request: AnyRequest, state: State) -> Response[ShownDocument]:
    library: Library = state.library
    await library.check_room()
    async with receive_upload(request, library, DocumentBody) as upload:
        adding = _add(state.store, library, find_owner(request), upload)
        session_id, document = await run_while_connected(request, adding)
    return Response(show(request, document), status_code=202, headers={"X-Session": session_id})


async def _add(store: Store, library: Library, owner: str, upload: Upload[DocumentBody]) -> tuple[str, LibraryDocument]:
    """Store a document in its session, which is made for `user_id` if there is none; return its id and the document."""
    _check_session(upload.fields)
    name, session_id = upload.fields.user_id or "", upload.fields.session
    if session_id is not None:
        return await _add_to(library, owner, session_id, upload)
    for _ in range(NUM_TRIES):
        with suppress(SessionNotFound, NameTaken):
            try:
                session = await store.get_session_by_name(owner, name)
            except SessionNotFound:
                return await _add_to_new(store, library, owner, name, upload)
            return await _add_to(library, owner, session.id, upload)
    raise SessionNotFound(name)


async def _add_to_new(
    store: Store, library: Library, owner: str, name: str, upload: Upload[DocumentBody]
) -> tuple[str, LibraryDocument]:
    """Make a session for a document; nothing is left of it where that is refused."""
    try:
        session = await store.create_session(owner, name)
    except NameTooLong as error:
        raise FieldRefused("user_id", str(error), f"共 {error.length} 个字符，上限 {error.limit}") from error
    try:
        return await _add_to(library, owner, session.id, upload)
    except BaseException:
        with suppress(SessionNotFound):
            await store.delete_empty_session(owner, session.id)
        raise


async def _add_to(
    library: Library, owner: str, session_id: str, upload: Upload[DocumentBody]
) -> tuple[str, LibraryDocument]:
    collection = await library.store.open_session_collection(owner, session_id)
    return session_id, await library.add(owner, collection, upload.name, upload.file, upload.password)


def _check_session(fields: DocumentBody) -> None:
    """Raise `MissingFields` or `FieldRefused` unless one session is named."""
    if fields.session is None and not has_text(fields.user_id):
        raise MissingFields("user_id")
    if fields.session is not None and fields.user_id is not None:
        raise FieldRefused("session", "user_id names a session already", "已由 user_id 指定会话")
