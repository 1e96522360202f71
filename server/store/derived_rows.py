"""What is derived from a document as rows of the tables, some at a time."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from sqlalchemy import Table

from server.store.knowledge_names import fold_reference
from server.store.knowledge_records import Attribute, Derived, Entity, Faq, Name, Relation
from server.store.knowledge_tables import entities, entity_names, faqs, relation_ends
from server.store.library_records import LibraryDocument
from server.store.tables import clean

MAX_STORED = 100
MAX_RELATIONS = 300
"""How many entities or questions, and relations, are stored at once: this bounds how long nobody else may write."""

Row = dict[str, Any]
T = TypeVar("T")


@dataclass(frozen=True)
class DerivedRows:
    """Rows of a table that are stored in one transaction with others."""

    table: Table
    rows: Sequence[Row]


def make_chunks(document: LibraryDocument, derived: Derived) -> Iterator[list[DerivedRows]]:
    """Yield all rows of what is derived from a document, in the chunks that they are stored in."""
    place = {"document_id": document.id, "collection_id": document.collection_id}
    yield from _cut_faqs(place, derived.faqs)
    yield from _cut_entities(place, derived.entities)
    yield from _cut_relations(place, derived.relations)


def _cut(values: Sequence[T], most: int) -> Iterator[list[tuple[int, T]]]:
    """Yield the values with their places, so many at once."""
    for first in range(0, len(values), most):
        yield list(enumerate(values[first : first + most], start=first))


def _cut_faqs(place: Mapping[str, Any], found: Sequence[Faq]) -> Iterator[list[DerivedRows]]:
    for part in _cut(found, MAX_STORED):
        yield [DerivedRows(faqs, [{**place, "position": number, **_describe_faq(faq)} for number, faq in part])]


def _describe_faq(faq: Faq) -> Row:
    return {
        "passage": faq.passage,
        "question": faq.question,
        "wordings": [clean(wording) for wording in faq.wordings],
        "answer": faq.answer,
        "language": faq.language,
        "is_verbatim": faq.is_verbatim,
    }


def _cut_entities(place: Mapping[str, Any], found: Sequence[Entity]) -> Iterator[list[DerivedRows]]:
    for part in _cut(found, MAX_STORED):
        rows = [{**place, "position": number, **_describe_entity(entity)} for number, entity in part]
        names = {pair for _, entity in part for pair in _list_names(entity)}
        named = [{**place, "entity": entity, "folded": folded} for entity, folded in sorted(names)]
        yield [DerivedRows(entities, rows), DerivedRows(entity_names, named)]


def _describe_entity(entity: Entity) -> Row:
    return {
        "passage": entity.passage,
        "key": entity.key,
        "folded": fold_reference(entity.key),
        "kind": entity.kind,
        "names": [[clean(name.text), name.language] for name in entity.names],
        "attributes": [[clean(each.name), clean(each.value)] for each in entity.attributes],
    }


def _list_names(entity: Entity) -> Iterator[tuple[str, str]]:
    """Yield the folded key of an entity with each of its folded names, of which its key is one."""
    key = fold_reference(entity.key)
    yield key, key
    yield from ((key, fold_reference(name.text)) for name in entity.names)


def _cut_relations(place: Mapping[str, Any], found: Sequence[Relation]) -> Iterator[list[DerivedRows]]:
    """Each relation once, though the document may say it of several rows."""
    first: dict[tuple[str, str, str], Relation] = {}
    for each in found:
        first.setdefault((fold_reference(each.subject), each.kind, fold_reference(each.object)), each)
    for part in _cut(list(first.items()), MAX_RELATIONS):
        ends = [
            {**place, "position": number, "passage": each.passage, "kind": kind, **end}
            for number, ((subject, kind, other), each) in part
            for end in _list_ends(subject, other)
        ]
        yield [DerivedRows(relation_ends, ends)]


def _list_ends(subject: str, other: str) -> Iterator[Row]:
    yield {"near": subject, "far": other, "is_reversed": False}
    yield {"near": other, "far": subject, "is_reversed": True}


def read_names(stored: Sequence[Sequence[Any]]) -> tuple[Name, ...]:
    return tuple(Name(text, language) for text, language in stored)


def read_attributes(stored: Sequence[Sequence[str]]) -> tuple[Attribute, ...]:
    return tuple(Attribute(name, value) for name, value in stored)
