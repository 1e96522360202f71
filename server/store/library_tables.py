"""The tables of documents, as the newest migration leaves them.

    collections 1-* library_documents 1-* document_pages
    library_documents 1-* passages 1-* passage_vectors
    library_documents *-1 library_files 1-* file_chunks

A collection belongs to a session or has a name. A file is stored once for each owner, and goes with the last document
of it. SQLite has the tokens of passages in its table `search_passages`, with two views of it, `search_passages_counts`
and `search_passages_entries`; PostgreSQL has an index of them, `ix_passages_tokens`.
"""

from sqlalchemy import (
    JSON,
    BigInteger,
    CheckConstraint,
    Column,
    Double,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    UniqueConstraint,
)
from sqlalchemy.dialects import postgresql

from server.store.tables import SHA256, CleanString, CleanText, metadata

NUMBER = BigInteger().with_variant(Integer, "sqlite")

collections = Table(
    "collections",
    metadata,
    Column("id", NUMBER, primary_key=True),
    Column("owner", CleanText, nullable=False),
    Column("name", CleanText),
    Column(
        "session_id", CleanString(32), ForeignKey("sessions.id", name="fk_collections_session_id", ondelete="CASCADE")
    ),
    Column("version", Integer, nullable=False),
    Column("num_passages", Integer, nullable=False),
    Column("num_tokens", BigInteger, nullable=False),
    Column("created_s", Double, nullable=False),
    Column("title", CleanText),
    UniqueConstraint("owner", "name", name="uq_collections_owner_name"),
    UniqueConstraint("session_id", name="uq_collections_session_id"),
    CheckConstraint("(name IS NULL) <> (session_id IS NULL)", name="ck_collections_name_or_session"),
)

library_files = Table(
    "library_files",
    metadata,
    Column("id", NUMBER, primary_key=True),
    Column("owner", CleanText, nullable=False),
    Column("sha256", SHA256, nullable=False),
    Column("num_bytes", BigInteger, nullable=False),
    UniqueConstraint("owner", "sha256", name="uq_library_files_owner_sha256"),
)

file_chunks = Table(
    "file_chunks",
    metadata,
    Column(
        "file_id",
        NUMBER,
        ForeignKey("library_files.id", name="fk_file_chunks_file_id", ondelete="CASCADE"),
        primary_key=True,
        autoincrement=False,
    ),
    Column("position", Integer, primary_key=True, autoincrement=False),
    Column("data", LargeBinary, nullable=False),
)

library_documents = Table(
    "library_documents",
    metadata,
    Column("id", CleanString(32), primary_key=True),
    Column(
        "collection_id",
        NUMBER,
        ForeignKey("collections.id", name="fk_library_documents_collection_id", ondelete="CASCADE"),
        nullable=False,
    ),
    Column("file_id", NUMBER, ForeignKey("library_files.id", name="fk_library_documents_file_id"), nullable=False),
    Column("owner", CleanText, nullable=False),
    Column("name", CleanText, nullable=False),
    Column("kind", Text, nullable=False),
    Column("password", CleanText),
    Column("state", Text, nullable=False),
    Column("num_pages", Integer),
    Column("num_pages_read", Integer, nullable=False),
    Column("warnings", JSON, nullable=False),
    Column("error", JSON(none_as_null=True)),
    Column("lease_s", Double, nullable=False),
    Column("created_s", Double, nullable=False),
    Column("role", Text),
    Column("source", CleanText),
    CheckConstraint("state IN ('reading', 'ready', 'failed')", name="ck_library_documents_state"),
    Index("ix_library_documents_owner_created_s", "owner", "created_s", "id"),
    Index("ix_library_documents_collection_id", "collection_id"),
    Index("ix_library_documents_file_id", "file_id"),
    Index("ix_library_documents_state_lease_s", "state", "lease_s"),
)

document_pages = Table(
    "document_pages",
    metadata,
    Column(
        "document_id",
        CleanString(32),
        ForeignKey("library_documents.id", name="fk_document_pages_document_id", ondelete="CASCADE"),
        primary_key=True,
    ),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("body", LargeBinary, nullable=False),
)
"""`body` is JSON of the page as its reader made it."""

passages = Table(
    "passages",
    metadata,
    Column("id", NUMBER, primary_key=True),
    Column(
        "document_id",
        CleanString(32),
        ForeignKey("library_documents.id", name="fk_passages_document_id", ondelete="CASCADE"),
        nullable=False,
    ),
    Column("collection_id", NUMBER, nullable=False),
    Column("position", Integer, nullable=False),
    Column("page", Integer, nullable=False),
    Column("start", Integer, nullable=False),
    Column("end", Integer, nullable=False),
    Column("kind", Text, nullable=False),
    Column("heading", CleanText),
    Column("sheet", CleanText),
    Column("first_row", Integer),
    Column("last_row", Integer),
    Column("num_tokens", Integer, nullable=False),
    Column("text", CleanText, nullable=False),
    Column("tokens", postgresql.ARRAY(Text).with_variant(LargeBinary, "sqlite")),
    UniqueConstraint("document_id", "position", name="uq_passages_document_id_position"),
    Index("ix_passages_collection_id", "collection_id", "id", "document_id", "num_tokens"),
    sqlite_autoincrement=True,
)
"""Their numbers are never used again, as vectors are kept by them."""

passage_vectors = Table(
    "passage_vectors",
    metadata,
    Column(
        "passage_id",
        NUMBER,
        ForeignKey("passages.id", name="fk_passage_vectors_passage_id", ondelete="CASCADE"),
        primary_key=True,
        autoincrement=False,
    ),
    Column("model", CleanString(64), primary_key=True),
    Column("vector", LargeBinary, nullable=False),
)
"""`model` is the hash of the embedding model, `vector` its float16 numbers."""
