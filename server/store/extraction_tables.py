"""The database tables of tables that were extracted from documents and pictures, as the newest migration leaves them.

    library_documents 1-* extracted_tables, some of which are of pictures without a document
    library_documents 1-* page_tables, what a page of a document has of tables where finding that takes long

Bodies are JSON.
"""

from sqlalchemy import Column, Double, ForeignKey, Index, Integer, LargeBinary, Table

from server.store.tables import CleanString, CleanText, metadata

extracted_tables = Table(
    "extracted_tables",
    metadata,
    Column("id", CleanString(32), primary_key=True),
    Column("owner", CleanText, nullable=False),
    Column(
        "document_id",
        CleanString(32),
        ForeignKey("library_documents.id", name="fk_extracted_tables_document_id", ondelete="CASCADE"),
    ),
    Column("body", LargeBinary, nullable=False),
    Column("created_s", Double, nullable=False),
    Index("ix_extracted_tables_owner_created_s", "owner", "created_s", "id"),
    Index("ix_extracted_tables_document_id", "document_id"),
)

page_tables = Table(
    "page_tables",
    metadata,
    Column(
        "document_id",
        CleanString(32),
        ForeignKey("library_documents.id", name="fk_page_tables_document_id", ondelete="CASCADE"),
        primary_key=True,
    ),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("body", LargeBinary, nullable=False),
)
