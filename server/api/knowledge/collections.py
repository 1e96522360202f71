"""`/collections`: the collections of the knowledge base."""

from litestar import Response, delete, get, put
from litestar.datastructures import State
from litestar.params import FromPath
from msgspec import UNSET, Struct, UnsetType

from server.api.account import require_operator
from server.api.error_response import AnyRequest
from server.api.media_types import JSON
from server.api.openapi.operation import STORE_ERRORS, describe
from server.api.sessions.routes import NoQuery, Title
from server.api.text import refuse_blank
from server.api.transport import read_body, read_query
from server.api.unknown_fields import Fields
from server.errors import DocumentFollowed
from server.store.knowledge_names import normalize_collection_name
from server.store.knowledge_records import CollectionSummary
from server.store.store import Store


class CollectionBody(Fields):
    """The title that people see in place of the name; null removes it, and without it nothing changes."""

    title: Title | UnsetType | None = UNSET

    def __post_init__(self) -> None:
        if self.title:
            refuse_blank("title", self.title)

    @property
    def stored_title(self) -> str | None:
        """The title as the store takes it: None leaves the one that there is, an empty one removes it."""
        return None if self.title is UNSET else self.title or ""


class ShownCollection(Struct):
    """A collection, and how much is in it. `reading` and `failed` are how many of its documents are so."""

    name: str
    title: str | None
    documents: int
    reading: int
    failed: int
    passages: int
    faqs: int
    entities: int
    created_s: float

    @classmethod
    def of(cls, summary: CollectionSummary) -> "ShownCollection":
        return cls(
            name=summary.name,
            title=summary.title,
            documents=summary.num_documents,
            reading=summary.num_reading,
            failed=summary.num_failed,
            passages=summary.num_passages,
            faqs=summary.num_faqs,
            entities=summary.num_entities,
            created_s=summary.created_s,
        )


class CollectionList(Struct):
    collections: list[ShownCollection]


@get(
    "/collections",
    opt=describe(
        "List the collections of the knowledge base", query=NoQuery, answers={JSON: (CollectionList,)}, errors=(503,)
    ),
)
async def list_collections(request: AnyRequest, state: State) -> CollectionList:
    require_operator(request)
    read_query(request, NoQuery)
    store: Store = state.store
    return CollectionList([ShownCollection.of(summary) for summary in await store.knowledge.list_collections()])


@put(
    "/collections/{name:str}",
    opt=describe(
        "Make a collection, or set its title",
        body=CollectionBody,
        answers={JSON: (ShownCollection,)},
        others={201: ShownCollection},
        errors=(413, 503),
        example={"title": "Frequent questions"},
    ),
)
async def put_collection(request: AnyRequest, state: State, name: FromPath[str]) -> Response[ShownCollection]:
    require_operator(request)
    body = await read_body(request, CollectionBody) if _has_body(request) else CollectionBody()
    store: Store = state.store
    summary, is_new = await store.knowledge.put_collection(name, body.stored_title, state.max_collections)
    return Response(ShownCollection.of(summary), status_code=201 if is_new else 200)


def _has_body(request: AnyRequest) -> bool:
    return request.headers.get("content-length", "0") != "0" or "transfer-encoding" in request.headers


@get(
    "/collections/{name:str}",
    opt=describe("Show a collection", query=NoQuery, answers={JSON: (ShownCollection,)}, errors=STORE_ERRORS),
)
async def show_collection(request: AnyRequest, state: State, name: FromPath[str]) -> ShownCollection:
    require_operator(request)
    read_query(request, NoQuery)
    store: Store = state.store
    return ShownCollection.of(await store.knowledge.get_collection(name))


@delete(
    "/collections/{name:str}",
    opt=describe("Delete a collection with all its documents", query=NoQuery, errors=(*STORE_ERRORS, 409)),
)
async def delete_collection(request: AnyRequest, state: State, name: FromPath[str]) -> None:
    require_operator(request)
    read_query(request, NoQuery)
    store: Store = state.store
    followed = await store.knowledge.list_followed() if state.folder is not None else ()
    if normalize_collection_name(name) in followed:
        raise DocumentFollowed(name)
    await store.knowledge.delete_collection(name)
