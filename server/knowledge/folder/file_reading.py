"""The documents of the files of a collection: the newest version of each is made from the file as it is."""

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from msgspec import convert

from server.errors import DocumentTooBig
from server.knowledge.folder.contents import copy_file, hash_file
from server.knowledge.folder.once_log import OnceLog
from server.knowledge.folder.scan import FolderFile, Stamp
from server.library.library import Library
from server.library.readers.records import Refusal
from server.library.remarks import write_refusal
from server.store.errors import DocumentNotFound
from server.store.knowledge_store import KnowledgeStore
from server.store.library_records import KNOWLEDGE, Collection, DocumentRole, LibraryDocument
from server.store.versions import Version

logger = logging.getLogger("server")


@dataclass(frozen=True)
class FollowingTools:
    """What files are read with, and where it is told what became of them."""

    knowledge: KnowledgeStore
    library: Library
    max_collections: int
    log: OnceLog


@dataclass(frozen=True)
class Wanted:
    """What a document has to be made from. It is `touched` where the file has changed while it was followed."""

    source: str
    file: FolderFile
    role: DocumentRole | None
    is_touched: bool = False
    is_role_dropped: bool = False


@dataclass(frozen=True)
class _Begun:
    """A document that is being read. It is an edit where an earlier version is in force."""

    source: str
    is_edit: bool


class FileReading:
    """Reads the files of one collection. `begun` are the documents that are being read, by their ids."""

    def __init__(self, name: str, tools: FollowingTools) -> None:
        self.begun: dict[str, _Begun] = {}
        self._name = name
        self._tools = tools
        self._hashes: dict[str, tuple[Stamp, str]] = {}

    async def bring_into_line(self, collection: Collection, wanted: Wanted, versions: Sequence[Version]) -> None:
        """See to it that the newest of the versions is that of the file, and begin to read it if it is not.

        Raises `FileChanged`, `OSError`, and what `Library.add` does.
        """
        current = _find_current(await self._hash(wanted), wanted, versions)
        if current is None:
            await self._add(collection, wanted, versions)
        else:
            await self._keep(collection, wanted.source, current, versions)

    async def remove(self, collection: Collection, source: str, versions: Sequence[Version]) -> None:
        """Delete all versions of a file that is gone."""
        await self._tools.knowledge.hide_replaced(collection.id, source)
        await self._delete_unready(versions)
        self._hashes.pop(source, None)
        self._tools.log.clear((self._name, source))
        logger.info("the collection %s: %s is gone, and what was read of it is deleted", self._name, source)

    async def report(self) -> bool:
        """Tell what became of the documents that were being read; return whether one is there no more."""
        is_lost = False
        for document_id, begun in tuple(self.begun.items()):
            try:
                document = await self._tools.library.store.get_document(KNOWLEDGE, document_id)
            except DocumentNotFound:  # deleted with its collection, or replaced by another server
                is_lost = self.begun.pop(document_id, None) is not None or is_lost
                continue
            if document.state != "reading":
                self.begun.pop(document_id, None)
                self._tell(document, begun)
        return is_lost

    def refuse(self, source: str, cause: str, is_edit: bool) -> None:
        """Tell once that a file cannot be read."""
        stays = ", and what was read of it before stays in force" if is_edit else ""
        text = f"the collection {self._name}: {source} cannot be read{stays}: {cause}"
        self._tools.log.warn((self._name, source), text)

    async def _hash(self, wanted: Wanted) -> str:
        """Return the hash of a file that is not too big, read again only after an edit."""
        limit, stamp = self._tools.library.limits.max_document_bytes, wanted.file.stamp
        if stamp.num_bytes > limit:
            raise DocumentTooBig(limit)
        known = self._hashes.get(wanted.source)
        if known is None or known[0] != stamp:
            known = self._hashes[wanted.source] = stamp, await asyncio.to_thread(hash_file, wanted.file)
        return known[1]

    async def _keep(self, collection: Collection, source: str, current: Version, versions: Sequence[Version]) -> None:
        """Let a version be the only one, once it is ready."""
        others = [each for each in versions if each.id != current.id]
        await self._delete_unready(others)
        if current.state == "reading":
            self.begun[current.id] = _Begun(source, _is_any_ready(others))
        elif current.state == "ready" and _is_any_ready(others):
            await self._tools.knowledge.hide_replaced(collection.id, source, current.id)

    async def _add(self, collection: Collection, wanted: Wanted, versions: Sequence[Version]) -> None:
        """Begin to read a file. Its earlier version stays in force until that is done."""
        source, is_edit = wanted.source, _is_any_ready(versions)
        with await asyncio.to_thread(copy_file, wanted.file) as copy:
            if wanted.is_role_dropped and is_edit:  # else the library would find it to be the same as before
                await self._tools.knowledge.hide_replaced(collection.id, source)
            name = PurePosixPath(source).name
            added = await self._tools.library.add(KNOWLEDGE, collection, name, copy, role=wanted.role, source=source)
        await self._delete_unready([each for each in versions if each.id != added.id])
        if added.state == "reading":
            self.begun[added.id] = _Begun(source, is_edit)
            logger.info("the collection %s: %s is being read", self._name, source)
        else:
            self._tell(added, _Begun(source, is_edit))

    def _tell(self, document: LibraryDocument, begun: _Begun) -> None:
        """Tell how the reading of a document ended."""
        if document.state == "failed":
            self.refuse(begun.source, write_refusal(convert(document.error, Refusal))["en"], begun.is_edit)
        else:
            self._tools.log.clear((self._name, begun.source))
            logger.info("the collection %s: %s is read", self._name, begun.source)

    async def _delete_unready(self, versions: Sequence[Version]) -> None:
        for version in versions:
            if version.state != "ready":
                self.begun.pop(version.id, None)
                try:
                    await self._tools.library.delete(KNOWLEDGE, version.id)
                except DocumentNotFound:
                    continue


def _find_current(sha256: str, wanted: Wanted, versions: Sequence[Version]) -> Version | None:
    """Return the newest version that was made from the file as it is; None where it is to be made again.

    One that failed is, after a touch of its file.
    """
    same = [each for each in versions if each.sha256 == sha256 and wanted.role in (None, each.role)]
    if not same or wanted.is_role_dropped or (same[-1].state == "failed" and wanted.is_touched):
        return None
    return same[-1]


def _is_any_ready(versions: Sequence[Version]) -> bool:
    return any(each.state == "ready" for each in versions)
