"""`/graph/{collection}`: the product graph of a collection, for operators."""

from collections.abc import Mapping
from typing import Annotated

from litestar import get
from litestar.datastructures import State
from litestar.params import FromPath
from msgspec import Meta, Struct

from server.api.account import require_operator
from server.api.error_response import AnyRequest
from server.api.media_types import JSON
from server.api.openapi.operation import STORE_ERRORS, describe
from server.api.sessions.routes import MAX_SEARCH_LENGTH, PageQuery
from server.api.text import has_text
from server.api.transport import read_query
from server.errors import MissingFields
from server.errors.base import shorten
from server.store.errors import EntityNotFound
from server.store.knowledge_names import fold_reference
from server.store.knowledge_records import EntityKind, Graph, GraphAttribute, GraphEdge, GraphNode, RelationKind
from server.store.library_records import KNOWLEDGE, Passage
from server.store.store import Store

MAX_EDGES = 200
"""How many relations around an entity are shown: a drawing of more cannot be read."""


class EntitiesQuery(PageQuery, forbid_unknown_fields=True):
    """Which entities to list: those of a `kind`, and those whose names have `q`."""

    q: Annotated[str, Meta(max_length=MAX_SEARCH_LENGTH)] | None = None
    kind: EntityKind | None = None


class EntityQuery(Struct, forbid_unknown_fields=True):
    """The `key` of an entity, and how many relations away to look from it."""

    key: str = ""
    steps: Annotated[int, Meta(ge=1, le=2)] = 1


class ListedEntity(Struct):
    """An entity with its names, the one to show first, and the ids of the documents that have it."""

    key: str
    kind: EntityKind
    name: str
    names: list[str]
    documents: list[str]

    @classmethod
    def of(cls, node: GraphNode) -> "ListedEntity":
        return cls(node.key, node.kind, node.name, _list_names(node), list(node.document_ids))


class EntityList(Struct):
    """A page of entities, by key, and how many entities and relations of each kind the collection has."""

    kinds: dict[str, int]
    relations: dict[str, int]
    entities: list[ListedEntity]
    next_cursor: str | None


class ShownAttribute(Struct):
    """What a page of a document says of an entity."""

    name: str
    value: str
    document: str
    document_name: str
    page: int

    @classmethod
    def of(cls, attribute: GraphAttribute, source: Passage) -> "ShownAttribute":
        return cls(attribute.name, attribute.value, source.document_id, source.document_name, source.page)


class ShownEntity(Struct):
    key: str
    kind: EntityKind
    name: str
    names: list[str]
    attributes: list[ShownAttribute]


class ShownNode(Struct):
    key: str
    kind: EntityKind
    name: str


class ShownEdge(Struct, rename={"subject": "from", "object": "to"}):
    """A relation from one entity to another, `steps` away, and the page that says it."""

    subject: str
    object: str
    kind: RelationKind
    steps: int
    document: str
    document_name: str
    page: int

    @classmethod
    def of(cls, edge: GraphEdge, source: Passage) -> "ShownEdge":
        place = source.document_id, source.document_name, source.page
        return cls(edge.subject, edge.object, edge.kind, edge.steps, *place)


class EntityGraph(Struct):
    """An entity, and what is around it. `nodes` has the entity too; `is_cut` says that there is more."""

    entity: ShownEntity
    nodes: list[ShownNode]
    edges: list[ShownEdge]
    is_cut: bool


@get(
    "/graph/{collection:str}",
    opt=describe(
        "List the entities of a collection by key",
        query=EntitiesQuery,
        answers={JSON: (EntityList,)},
        errors=STORE_ERRORS,
    ),
)
async def list_entities(request: AnyRequest, state: State, collection: FromPath[str]) -> EntityList:
    require_operator(request)
    query = read_query(request, EntitiesQuery)
    store: Store = state.store
    collection_id = (await store.knowledge.open_collection(collection)).id
    search = query.q if has_text(query.q) else None
    page = await store.knowledge.list_entities(collection_id, search, query.kind, query.limit, query.cursor)
    counts = await store.knowledge.count_graph(collection_id)
    entities = [ListedEntity.of(node) for node in page.nodes]
    return EntityList(counts.entities, counts.relations, entities, page.next_cursor)


@get(
    "/graph/{collection:str}/entity",
    opt=describe(
        "Show an entity and what is around it",
        query=EntityQuery,
        answers={JSON: (EntityGraph,)},
        errors=STORE_ERRORS,
    ),
)
async def show_entity(request: AnyRequest, state: State, collection: FromPath[str]) -> EntityGraph:
    require_operator(request)
    query = read_query(request, EntityQuery)
    if not query.key:
        raise MissingFields("key")
    store: Store = state.store
    collection_id = (await store.knowledge.open_collection(collection)).id
    graph = await store.knowledge.walk_graph([collection_id], [query.key], query.steps, MAX_EDGES)
    folded = fold_reference(query.key)
    entity = next((node for node in graph.nodes if fold_reference(node.key) == folded), None)
    if entity is None:
        raise EntityNotFound(shorten(query.key))
    return _show(entity, graph, await _load_sources(store, graph))


async def _load_sources(store: Store, graph: Graph) -> Mapping[int, Passage]:
    """Return the passages that a part of the graph comes from, by id."""
    ids = {attribute.passage_id for attribute in graph.attributes} | {edge.passage_id for edge in graph.edges}
    return await store.library.get_passages(KNOWLEDGE, ids)


def _show(entity: GraphNode, graph: Graph, sources: Mapping[int, Passage]) -> EntityGraph:
    """Leave out what has no source any more: its document was deleted meanwhile."""
    own = (attribute for attribute in graph.attributes if attribute.key == entity.key)
    attributes = [ShownAttribute.of(each, sources[each.passage_id]) for each in own if each.passage_id in sources]
    return EntityGraph(
        ShownEntity(entity.key, entity.kind, entity.name, _list_names(entity), attributes),
        [ShownNode(node.key, node.kind, node.name) for node in graph.nodes],
        [ShownEdge.of(edge, sources[edge.passage_id]) for edge in graph.edges if edge.passage_id in sources],
        graph.is_cut,
    )


def _list_names(node: GraphNode) -> list[str]:
    return [name.text for name in node.names]
