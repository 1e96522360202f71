"""The knowledge base: collections with titles, what is derived from their documents, and what was asked in vain.

What is derived from a document is kept under its place in it, so that nothing is stored twice. `folded` texts are those
that names are compared by.
"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    number = sa.Integer if op.get_bind().dialect.name == "sqlite" else sa.BigInteger
    op.add_column("collections", sa.Column("title", sa.Text))
    op.add_column("library_documents", sa.Column("role", sa.Text))
    op.add_column("library_documents", sa.Column("source", sa.Text))
    _create_faqs(number)
    _create_entities(number)
    _create_relations(number)
    _create_unanswered()


def _create_faqs(number: type[sa.Integer]) -> None:
    op.create_table(
        "faqs",
        *_make_place(number),
        sa.Column("question", sa.Text, nullable=False),
        sa.Column("wordings", sa.JSON, nullable=False),
        sa.Column("answer", sa.Text, nullable=False),
        sa.Column("language", sa.Text, nullable=False),
        sa.Column("is_verbatim", sa.Boolean, nullable=False),
        _refer_to_document("faqs"),
    )
    op.create_index("ix_faqs_collection_id", "faqs", ["collection_id"])


def _create_entities(number: type[sa.Integer]) -> None:
    op.create_table(
        "entities",
        *_make_place(number),
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("folded", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("names", sa.JSON, nullable=False),
        sa.Column("attributes", sa.JSON, nullable=False),
        _refer_to_document("entities"),
    )
    op.create_index("ix_entities_collection_id_folded", "entities", ["collection_id", "folded", "kind", "document_id"])
    op.create_table(
        "entity_names",
        sa.Column("document_id", sa.String(32), primary_key=True),
        sa.Column("entity", sa.Text, primary_key=True),
        sa.Column("folded", sa.Text, primary_key=True),
        sa.Column("collection_id", number, nullable=False),
        _refer_to_document("entity_names"),
    )
    for first, second in (("entity", "folded"), ("folded", "entity")):
        columns = ["collection_id", first, second, "document_id"]
        op.create_index(f"ix_entity_names_collection_id_{first}", "entity_names", columns)


def _create_relations(number: type[sa.Integer]) -> None:
    op.create_table(
        "relation_ends",
        sa.Column("id", number, primary_key=True),
        sa.Column("document_id", sa.String(32), nullable=False),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("is_reversed", sa.Boolean, nullable=False),
        sa.Column("collection_id", number, nullable=False),
        sa.Column("passage", sa.Integer, nullable=False),
        sa.Column("near", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("far", sa.Text, nullable=False),
        sa.UniqueConstraint("document_id", "position", "is_reversed", name="uq_relation_ends_document_id_position"),
        _refer_to_document("relation_ends"),
    )
    op.create_index("ix_relation_ends_collection_id_near", "relation_ends", ["collection_id", "near", "id"])


def _create_unanswered() -> None:
    op.create_table(
        "unanswered_questions",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("profile", sa.Text, nullable=False),
        sa.Column("question", sa.Text, nullable=False),
        sa.Column("count", sa.Integer, nullable=False),
        sa.Column("first_s", sa.Double, nullable=False),
        sa.Column("last_s", sa.Double, nullable=False),
    )
    op.create_index("ix_unanswered_questions_count", "unanswered_questions", ["count", "id"])
    op.create_index("ix_unanswered_questions_last_s", "unanswered_questions", ["last_s", "id"])


def _make_place(number: type[sa.Integer]) -> "list[sa.Column[object]]":
    """Make the columns that say where something is derived from."""
    return [
        sa.Column("document_id", sa.String(32), primary_key=True),
        sa.Column("position", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("collection_id", number, nullable=False),
        sa.Column("passage", sa.Integer, nullable=False),
    ]


def _refer_to_document(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["document_id"], ["library_documents.id"], name=f"fk_{table}_document_id", ondelete="CASCADE"
    )
