"""Documents in collections, their files, pages and passages, and what turns cite of them."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    number = sa.Integer if is_sqlite else sa.BigInteger
    op.add_column("turns", sa.Column("citations", sa.JSON))
    op.add_column("parts", sa.Column("time_s", sa.Double))
    op.add_column("parts", sa.Column("max_slice_nums", sa.Integer))
    op.create_table(
        "collections",
        sa.Column("id", number, primary_key=True),
        sa.Column("owner", sa.Text, nullable=False),
        sa.Column("name", sa.Text),
        sa.Column("session_id", sa.String(32)),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("num_passages", sa.Integer, nullable=False),
        sa.Column("num_tokens", sa.BigInteger, nullable=False),
        sa.Column("created_s", sa.Double, nullable=False),
        sa.ForeignKeyConstraint(["session_id"], ["sessions.id"], name="fk_collections_session_id", ondelete="CASCADE"),
        sa.UniqueConstraint("owner", "name", name="uq_collections_owner_name"),
        sa.UniqueConstraint("session_id", name="uq_collections_session_id"),
        sa.CheckConstraint("(name IS NULL) <> (session_id IS NULL)", name="ck_collections_name_or_session"),
    )
    _create_files(number)
    _create_documents(number)
    _create_passages(number, is_sqlite)
    _create_passage_index(is_sqlite)
    _create_vectors(number)


def _create_files(number: type[sa.Integer]) -> None:
    op.create_table(
        "library_files",
        sa.Column("id", number, primary_key=True),
        sa.Column("owner", sa.Text, nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("num_bytes", sa.BigInteger, nullable=False),
        sa.UniqueConstraint("owner", "sha256", name="uq_library_files_owner_sha256"),
    )
    op.create_table(
        "file_chunks",
        sa.Column("file_id", number, primary_key=True, autoincrement=False),
        sa.Column("position", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("data", sa.LargeBinary, nullable=False),
        sa.ForeignKeyConstraint(["file_id"], ["library_files.id"], name="fk_file_chunks_file_id", ondelete="CASCADE"),
    )


def _create_documents(number: type[sa.Integer]) -> None:
    op.create_table(
        "library_documents",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("collection_id", number, nullable=False),
        sa.Column("file_id", number, nullable=False),
        sa.Column("owner", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("password", sa.Text),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("num_pages", sa.Integer),
        sa.Column("num_pages_read", sa.Integer, nullable=False),
        sa.Column("warnings", sa.JSON, nullable=False),
        sa.Column("error", sa.JSON),
        sa.Column("lease_s", sa.Double, nullable=False),
        sa.Column("created_s", sa.Double, nullable=False),
        sa.ForeignKeyConstraint(
            ["collection_id"], ["collections.id"], name="fk_library_documents_collection_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["file_id"], ["library_files.id"], name="fk_library_documents_file_id"),
        sa.CheckConstraint("state IN ('reading', 'ready', 'failed')", name="ck_library_documents_state"),
    )
    op.create_index("ix_library_documents_owner_created_s", "library_documents", ["owner", "created_s", "id"])
    op.create_index("ix_library_documents_collection_id", "library_documents", ["collection_id"])
    op.create_index("ix_library_documents_file_id", "library_documents", ["file_id"])
    op.create_index("ix_library_documents_state_lease_s", "library_documents", ["state", "lease_s"])
    op.create_table(
        "document_pages",
        sa.Column("document_id", sa.String(32), primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
        sa.ForeignKeyConstraint(
            ["document_id"], ["library_documents.id"], name="fk_document_pages_document_id", ondelete="CASCADE"
        ),
    )


def _create_passages(number: type[sa.Integer], is_sqlite: bool) -> None:
    op.create_table(
        "passages",
        sa.Column("id", number, primary_key=True),
        sa.Column("document_id", sa.String(32), nullable=False),
        sa.Column("collection_id", number, nullable=False),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("page", sa.Integer, nullable=False),
        sa.Column("start", sa.Integer, nullable=False),
        sa.Column("end", sa.Integer, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("heading", sa.Text),
        sa.Column("sheet", sa.Text),
        sa.Column("first_row", sa.Integer),
        sa.Column("last_row", sa.Integer),
        sa.Column("num_tokens", sa.Integer, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("tokens", sa.LargeBinary if is_sqlite else postgresql.ARRAY(sa.Text)),
        sa.ForeignKeyConstraint(
            ["document_id"], ["library_documents.id"], name="fk_passages_document_id", ondelete="CASCADE"
        ),
        sa.UniqueConstraint("document_id", "position", name="uq_passages_document_id_position"),
        sqlite_autoincrement=True,
    )


def _create_passage_index(is_sqlite: bool) -> None:
    op.create_index("ix_passages_collection_id", "passages", ["collection_id", "id", "document_id", "num_tokens"])
    if is_sqlite:
        options = "content='', columnsize=0, detail=none, tokenize='ascii'"
        op.execute(f"CREATE VIRTUAL TABLE search_passages USING fts5(tokens, {options})")
        op.execute("CREATE VIRTUAL TABLE search_passages_counts USING fts5vocab(search_passages, 'row')")
        op.execute("CREATE VIRTUAL TABLE search_passages_entries USING fts5vocab(search_passages, 'instance')")
    else:
        # at once: what waits to be merged into the index is looked through again for each token
        op.create_index(
            "ix_passages_tokens",
            "passages",
            ["tokens"],
            postgresql_using="gin",
            postgresql_with={"fastupdate": "off"},
        )


def _create_vectors(number: type[sa.Integer]) -> None:
    op.create_table(
        "passage_vectors",
        sa.Column("passage_id", number, primary_key=True, autoincrement=False),
        sa.Column("model", sa.String(64), primary_key=True),
        sa.Column("vector", sa.LargeBinary, nullable=False),
        sa.ForeignKeyConstraint(
            ["passage_id"], ["passages.id"], name="fk_passage_vectors_passage_id", ondelete="CASCADE"
        ),
    )
