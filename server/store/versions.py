"""The versions of documents that come from the followed folder: what was read of each of its files, and what is now."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, select
from sqlalchemy.ext.asyncio import AsyncConnection

from server.store.library_records import KNOWLEDGE, Collection, DocumentRole, DocumentState, NewDocument
from server.store.library_tables import collections, library_documents
from server.store.library_tables import library_files as files

documents = library_documents.c


@dataclass(frozen=True)
class Version:
    """A document of a file in the folder of a collection. `source` is the file's path in it."""

    id: str
    source: str
    sha256: str
    state: DocumentState
    role: DocumentRole | None


async def list_versions(connection: AsyncConnection, collection_id: int) -> list[Version]:
    """List all documents of a collection that come from the folder, the oldest first."""
    columns = (documents.id, documents.source, files.c.sha256, documents.state, documents.role)
    joined = library_documents.join(files, files.c.id == documents.file_id)
    found = select(*columns).select_from(joined).where(documents.collection_id == collection_id, is_version())
    return [Version(*row) for row in await connection.execute(found.order_by(documents.created_s, documents.id))]


async def list_followed(connection: AsyncConnection) -> list[str]:
    """List the names of the collections with documents that come from the folder."""
    theirs = select(documents.collection_id).where(is_version())
    is_it = (collections.c.owner == KNOWLEDGE) & collections.c.id.in_(theirs)
    return list((await connection.scalars(select(collections.c.name).where(is_it).order_by(collections.c.name))).all())


async def find_same(connection: AsyncConnection, collection: Collection, new: NewDocument) -> str | None:
    """Return the id of the newest version of a source that has the same file and role and did not fail.

    Other servers that follow the same folder wait until the transaction ends.
    """
    is_collection = collections.c.id == collection.id
    await connection.execute(select(collections.c.id).where(is_collection).with_for_update())
    same = (documents.collection_id == collection.id) & (documents.source == new.source) & is_version()
    same &= (files.c.sha256 == new.sha256) & (documents.state != "failed")
    if new.role is not None:
        same &= documents.role == new.role
    joined = library_documents.join(files, files.c.id == documents.file_id)
    found: Any = select(documents.id).select_from(joined).where(same)
    same_id: str | None = await connection.scalar(found.order_by(documents.created_s.desc()).limit(1))
    return same_id


def is_version() -> ColumnElement[bool]:
    """Select the documents that come from the folder, and are not being deleted."""
    return (documents.owner == KNOWLEDGE) & documents.source.is_not(None)
