"""The knowledge base: collections with titles, what is derived from their documents, and what was asked in vain."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    number = sa.Integer if op.get_bind().dialect.name == "sqlite" else sa.BigInteger
    op.add_column("collections", sa.Column("title", sa.Text))
    op.add_column("library_documents", sa.Column("role", sa.Text))
    op.add_column("library_documents", sa.Column("source", sa.Text))
    _create_derived(
        "faqs",
        number,
        sa.Column("question", sa.Text, nullable=False),
        sa.Column("wordings", sa.JSON, nullable=False),
        sa.Column("answer", sa.Text, nullable=False),
        sa.Column("language", sa.Text, nullable=False),
        sa.Column("is_verbatim", sa.Boolean, nullable=False),
    )
    _create_derived(
        "entities",
        number,
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("names", sa.JSON, nullable=False),
        sa.Column("attributes", sa.JSON, nullable=False),
    )
    _create_derived(
        "entity_names",
        number,
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("folded", sa.Text, nullable=False),
    )
    _create_derived(
        "relations",
        number,
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("object", sa.Text, nullable=False),
    )
    op.create_index("ix_entities_collection_id_key", "entities", ["collection_id", "key"])
    op.create_index("ix_entity_names_collection_id_folded", "entity_names", ["collection_id", "folded"])
    op.create_index("ix_entity_names_collection_id_key", "entity_names", ["collection_id", "key"])
    op.create_index("ix_relations_collection_id_subject", "relations", ["collection_id", "subject"])
    op.create_index("ix_relations_collection_id_object", "relations", ["collection_id", "object"])
    op.create_table(
        "unanswered_questions",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("profile", sa.Text, nullable=False),
        sa.Column("question", sa.Text, nullable=False),
        sa.Column("count", sa.Integer, nullable=False),
        sa.Column("first_s", sa.Double, nullable=False),
        sa.Column("last_s", sa.Double, nullable=False),
        sa.UniqueConstraint("profile", "question", name="uq_unanswered_questions_profile_question"),
    )
    op.create_index("ix_unanswered_questions_count", "unanswered_questions", ["count", "id"])


def _create_derived(name: str, number: type[sa.Integer], *columns: "sa.Column[object]") -> None:
    """Create a table of what is derived from passages of documents, and goes with the documents."""
    op.create_table(
        name,
        sa.Column("id", number, primary_key=True),
        sa.Column("document_id", sa.String(32), nullable=False),
        sa.Column("collection_id", number, nullable=False),
        sa.Column("passage", sa.Integer, nullable=False),
        *columns,
        sa.ForeignKeyConstraint(
            ["document_id"], ["library_documents.id"], name=f"fk_{name}_document_id", ondelete="CASCADE"
        ),
    )
    op.create_index(f"ix_{name}_document_id", name, ["document_id"])
