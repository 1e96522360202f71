"""What is derived from a document as rows of the tables, some at a time."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Table

from server.store.knowledge_names import fold_reference
from server.store.knowledge_records import Attribute, Derived, Entity, Faq, Name, Relation
from server.store.knowledge_tables import entities, entity_names, faqs, relation_ends
from server.store.library_records import LibraryDocument
from server.store.tables import clean

MAX_STORED = 100
"""How many entities, relations or questions are stored at once, which bounds how long nobody else may write."""

Row = dict[str, Any]


@dataclass(frozen=True)
class DerivedRows:
    """Rows of a table that are stored in one transaction with others."""

    table: Table
    rows: Sequence[Row]


def make_chunks(document: LibraryDocument, derived: Derived) -> list[list[DerivedRows]]:
    """Return all rows of what is derived from a document, in the chunks that they are stored in."""
    place = {"document_id": document.id, "collection_id": document.collection_id}
    return [
        *_cut_faqs(place, derived.faqs),
        *_cut_entities(place, derived.entities),
        *_cut_relations(place, derived.relations),
    ]


def _cut(number: int) -> Iterator[slice]:
    return (slice(first, first + MAX_STORED) for first in range(0, number, MAX_STORED))


def _cut_faqs(place: Mapping[str, Any], found: Sequence[Faq]) -> Iterator[list[DerivedRows]]:
    rows = [{**place, "position": position, **_describe_faq(faq)} for position, faq in enumerate(found)]
    return ([DerivedRows(faqs, rows[part])] for part in _cut(len(rows)))


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
    rows = [{**place, "position": position, **_describe_entity(entity)} for position, entity in enumerate(found)]
    for part in _cut(len(rows)):
        names = {pair for entity in found[part] for pair in _list_names(entity)}
        named = [{**place, "entity": entity, "folded": folded} for entity, folded in sorted(names)]
        yield [DerivedRows(entities, rows[part]), DerivedRows(entity_names, named)]


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
    first = {(fold_reference(each.subject), each.kind, fold_reference(each.object)): each for each in reversed(found)}
    rows = [
        {**place, "position": position, "passage": each.passage, "kind": kind, **end}
        for position, ((subject, kind, other), each) in enumerate(reversed(first.items()))
        for end in _list_ends(subject, other)
    ]
    return ([DerivedRows(relation_ends, rows[part])] for part in _cut(len(rows)))


def _list_ends(subject: str, other: str) -> Iterator[Row]:
    yield {"near": subject, "far": other, "is_reversed": False}
    yield {"near": other, "far": subject, "is_reversed": True}


def read_names(stored: Sequence[Sequence[Any]]) -> tuple[Name, ...]:
    return tuple(Name(text, language) for text, language in stored)


def read_attributes(stored: Sequence[Sequence[str]]) -> tuple[Attribute, ...]:
    return tuple(Attribute(name, value) for name, value in stored)
