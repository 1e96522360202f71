"""Tables that were extracted from documents and pictures."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    op.create_table(
        "extracted_tables",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("owner", sa.Text, nullable=False),
        sa.Column("document_id", sa.String(32)),
        sa.Column("body", sa.LargeBinary, nullable=False),
        sa.Column("created_s", sa.Double, nullable=False),
        sa.ForeignKeyConstraint(
            ["document_id"], ["library_documents.id"], name="fk_extracted_tables_document_id", ondelete="CASCADE"
        ),
    )
    op.create_index("ix_extracted_tables_owner_created_s", "extracted_tables", ["owner", "created_s", "id"])
    op.create_index("ix_extracted_tables_document_id", "extracted_tables", ["document_id"])
    op.create_table(
        "page_tables",
        sa.Column("document_id", sa.String(32), primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
        sa.ForeignKeyConstraint(
            ["document_id"], ["library_documents.id"], name="fk_page_tables_document_id", ondelete="CASCADE"
        ),
    )
