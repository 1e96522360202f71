"""`POST /collections/{name}/documents`: a document comes into the knowledge base, and is read in the background."""

from typing import Annotated, get_args

from litestar import Response, post
from litestar.datastructures import State
from litestar.params import FromPath
from msgspec import Meta

from server.api.account import require_operator
from server.api.documents.upload import UploadBody, UploadForm, receive_upload
from server.api.error_response import AnyRequest
from server.api.knowledge.response import KnowledgeDocument, show
from server.api.media_types import JSON
from server.api.openapi.operation import CARD, describe
from server.api.transport import run_while_connected
from server.errors import FieldRefused
from server.library.library import Library
from server.store.library_records import KNOWLEDGE, DocumentRole
from server.store.store import Store

AUTO = "auto"
ROLES: dict[str, DocumentRole | None] = {AUTO: None, **{role: role for role in get_args(DocumentRole)}}
"""What a document may be sent as; with `auto` its kind and its columns decide."""

RoleName = Annotated[str, Meta(extra_json_schema={"enum": list(ROLES)})]


class KnowledgeBody(UploadBody):
    """A document for a collection. `data` is its file as base64, and `password` opens an encrypted one.

    `role` is what it is: text alone, questions with their answers, or a sheet of products; `auto` finds that out.
    """

    role: RoleName | None = None


class KnowledgeForm(UploadForm):
    """The same as a form, in any order. `name` is that of the file where it is not given."""

    role: RoleName | None = None


@post(
    "/collections/{name:str}/documents",
    status_code=202,
    opt=describe(
        "Send a document to a collection, as a form with `file`, or as JSON",
        body=KnowledgeBody,
        form=KnowledgeForm,
        answers={JSON: (KnowledgeDocument,)},
        errors=(404, 413, 415, 429, 503),
        example={"name": "card.png", "data": CARD},
    ),
)
async def add_document(request: AnyRequest, state: State, name: FromPath[str]) -> Response[KnowledgeDocument]:
    require_operator(request)
    store: Store = state.store
    library: Library = state.library
    collection = await store.knowledge.open_collection(name)
    await library.check_room()
    async with receive_upload(request, library, KnowledgeBody) as upload:
        role = _parse_role(upload.fields.role)
        adding = library.add(KNOWLEDGE, collection, upload.name, upload.file, upload.password, role=role)
        document = await run_while_connected(request, adding)
    return Response(show(request, collection, document), status_code=202)


def _parse_role(name: str | None) -> DocumentRole | None:
    """Return the role of that name, None where it is to be found out. Raises `FieldRefused`."""
    name = name or AUTO
    if name not in ROLES:
        known = ", ".join(ROLES)
        raise FieldRefused("role", f"it must be one of {known}", f"可选的有：{known}")
    return ROLES[name]
