"""The records of the knowledge base: what is derived from the operators' documents, and what was asked in vain.

Entities are named by their keys, and relations say from which entity to which they go. All of it is derived from rows
of documents and goes with them; each knows the passage that it comes from.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

EntityKind = Literal["product", "variant", "category", "fault", "cause", "remedy"]

RelationKind = Literal[
    "variant_of", "in_category", "fits", "replaces", "belongs_with", "has_fault", "causes", "remedied_by"
]
"""Each reads as a sentence: the subject fits the object; a product has a fault, which a cause causes."""

TextLanguage = Literal["zh", "en"]


@dataclass(frozen=True)
class Name:
    """A name of an entity as it is written; `language` is None for codes and where it is not known."""

    text: str
    language: TextLanguage | None = None


@dataclass(frozen=True)
class Attribute:
    """What a sheet says of an entity beside its names: the column's name, and the cell's text."""

    name: str
    value: str


@dataclass(frozen=True)
class Entity:
    """An entity as one document has it. The first of its names is shown. `passage` is its place in the document.

    `key` is its code in the sheet, or its first name where there is none; two documents with one key mean one entity.
    """

    key: str
    kind: EntityKind
    names: tuple[Name, ...]
    attributes: tuple[Attribute, ...] = ()
    passage: int = 0


@dataclass(frozen=True)
class Relation:
    """A relation as one document has it. `subject` and `object` are keys or names, as the document writes them."""

    subject: str
    kind: RelationKind
    object: str
    passage: int = 0


@dataclass(frozen=True)
class Faq:
    """A question with its answer in one language. `wordings` are other ways to ask it.

    A `verbatim` answer is given word for word, without the model, where it is certain that it is the one asked for.
    """

    question: str
    answer: str
    wordings: tuple[str, ...] = ()
    language: TextLanguage = "zh"
    is_verbatim: bool = False
    passage: int = 0


@dataclass(frozen=True)
class Derived:
    """All that is derived from one document."""

    faqs: Sequence[Faq] = ()
    entities: Sequence[Entity] = ()
    relations: Sequence[Relation] = ()


@dataclass(frozen=True)
class StoredFaq:
    """A question with its answer, of a document that is ready. `passage_id` is that of its passage."""

    faq: Faq
    collection_id: int
    document_id: str
    passage_id: int


@dataclass(frozen=True)
class GraphNode:
    """An entity of a collection, put together from all documents that have it."""

    collection_id: int
    key: str
    kind: EntityKind
    names: tuple[Name, ...]
    document_ids: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        return self.names[0].text if self.names else self.key


@dataclass(frozen=True)
class GraphAttribute:
    """An attribute of an entity, with the passage that says it."""

    key: str
    name: str
    value: str
    passage_id: int


@dataclass(frozen=True)
class GraphEdge:
    """A relation between two entities by their keys, with the passage that says it.

    `steps` is how far from what was asked for it is: 1 beside it.
    """

    subject: str
    kind: RelationKind
    object: str
    passage_id: int
    steps: int = 1


@dataclass(frozen=True)
class Graph:
    """A part of the product graph. `is_cut` says that there is more than was asked for."""

    nodes: tuple[GraphNode, ...] = ()
    edges: tuple[GraphEdge, ...] = ()
    attributes: tuple[GraphAttribute, ...] = ()
    is_cut: bool = False


@dataclass(frozen=True)
class GraphPage:
    """A page of a list of entities. `next_cursor` asks for the page after it, and is None on the last."""

    nodes: tuple[GraphNode, ...]
    next_cursor: str | None


@dataclass(frozen=True)
class GraphCounts:
    """How many entities and relations of each kind a collection has."""

    entities: dict[str, int]
    relations: dict[str, int]


@dataclass(frozen=True)
class CollectionSummary:
    """A collection of the knowledge base, and how much is in it. Times are in Unix seconds."""

    id: int
    name: str
    title: str | None
    version: int
    num_documents: int
    num_reading: int
    num_failed: int
    num_passages: int
    num_faqs: int
    num_entities: int
    created_s: float


@dataclass(frozen=True)
class CollectionState:
    """What is ready in a collection now. Whatever is derived from its documents stays as it is while this does."""

    id: int
    name: str
    document_ids: frozenset[str]


@dataclass(frozen=True)
class DocumentNames:
    """The entities of one document, to be found in texts."""

    document_id: str
    entities: tuple[Entity, ...]


@dataclass(frozen=True)
class Unanswered:
    """A question that found nothing, how often it was asked, and when first and last."""

    id: str
    profile: str
    question: str
    count: int
    first_s: float
    last_s: float


@dataclass(frozen=True)
class UnansweredPage:
    """A page of those, the most often asked first."""

    questions: tuple[Unanswered, ...]
    next_cursor: str | None
