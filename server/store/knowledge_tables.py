"""The tables of the knowledge base, as the newest migration leaves them.

    library_documents 1-* faqs
    library_documents 1-* entities 1-* entity_names
    library_documents 1-* relation_ends
    unanswered_questions

What is derived from a document goes with it, and is found while it is ready. `position` is a place in what is derived,
`passage` one among the passages of the document. Columns named `folded`, `entity`, `near` and `far` have texts as
`fold_reference` makes them: entities of one folded key are one, and relations refer to keys or names.
"""

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Double,
    ForeignKeyConstraint,
    Index,
    Integer,
    Table,
    Text,
    UniqueConstraint,
)

from server.store.library_tables import NUMBER
from server.store.tables import CleanString, CleanText, metadata


def _make_place() -> "list[Column[object]]":
    """Make the columns that say where something is derived from."""
    return [
        Column("document_id", CleanString(32), primary_key=True),
        Column("position", Integer, primary_key=True, autoincrement=False),
        Column("collection_id", NUMBER, nullable=False),
        Column("passage", Integer, nullable=False),
    ]


def _refer_to_document(table: str) -> ForeignKeyConstraint:
    name = f"fk_{table}_document_id"
    return ForeignKeyConstraint(["document_id"], ["library_documents.id"], name=name, ondelete="CASCADE")


faqs = Table(
    "faqs",
    metadata,
    *_make_place(),
    Column("question", CleanText, nullable=False),
    Column("wordings", JSON, nullable=False),
    Column("answer", CleanText, nullable=False),
    Column("language", Text, nullable=False),
    Column("is_verbatim", Boolean, nullable=False),
    _refer_to_document("faqs"),
    Index("ix_faqs_collection_id", "collection_id"),
)

entities = Table(
    "entities",
    metadata,
    *_make_place(),
    Column("key", CleanText, nullable=False),
    Column("folded", CleanText, nullable=False),
    Column("kind", Text, nullable=False),
    Column("names", JSON, nullable=False),
    Column("attributes", JSON, nullable=False),
    _refer_to_document("entities"),
    Index("ix_entities_collection_id_folded", "collection_id", "folded", "kind", "document_id"),
)

entity_names = Table(
    "entity_names",
    metadata,
    Column("document_id", CleanString(32), primary_key=True),
    Column("entity", CleanText, primary_key=True),
    Column("folded", CleanText, primary_key=True),
    Column("collection_id", NUMBER, nullable=False),
    _refer_to_document("entity_names"),
    Index("ix_entity_names_collection_id_entity", "collection_id", "entity", "folded", "document_id"),
    Index("ix_entity_names_collection_id_folded", "collection_id", "folded", "entity", "document_id"),
)
"""`entity` is the folded key of one that `folded` names. Its key is one of its names."""

relation_ends = Table(
    "relation_ends",
    metadata,
    Column("id", NUMBER, primary_key=True),
    Column("document_id", CleanString(32), nullable=False),
    Column("position", Integer, nullable=False),
    Column("is_reversed", Boolean, nullable=False),
    Column("collection_id", NUMBER, nullable=False),
    Column("passage", Integer, nullable=False),
    Column("near", CleanText, nullable=False),
    Column("kind", Text, nullable=False),
    Column("far", CleanText, nullable=False),
    UniqueConstraint("document_id", "position", "is_reversed", name="uq_relation_ends_document_id_position"),
    _refer_to_document("relation_ends"),
    Index("ix_relation_ends_collection_id_near", "collection_id", "near", "id"),
)
"""Each relation twice, from its subject to its object and reversed: so one index finds those of an entity."""

unanswered_questions = Table(
    "unanswered_questions",
    metadata,
    Column("id", CleanString(32), primary_key=True),
    Column("profile", CleanText, nullable=False),
    Column("question", CleanText, nullable=False),
    Column("count", Integer, nullable=False),
    Column("first_s", Double, nullable=False),
    Column("last_s", Double, nullable=False),
    Index("ix_unanswered_questions_count", "count", "id"),
    Index("ix_unanswered_questions_last_s", "last_s", "id"),
)
"""`id` is made from the profile and the folded question, which so are there once."""

DERIVED = (faqs, entities, entity_names, relation_ends)
