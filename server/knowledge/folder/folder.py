"""The followed folder of the knowledge base: looked at once a second, and read again where it was edited."""

import asyncio
import logging
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from server.knowledge.folder.collection import FollowedCollection
from server.knowledge.folder.file_reading import FollowingTools
from server.knowledge.folder.once_log import OnceLog
from server.knowledge.folder.scan import CollectionScan, FolderScan, Identity, scan_folder
from server.library.library import Library
from server.store.errors import DatabaseError, DocumentNotFound
from server.store.knowledge_store import KnowledgeStore
from server.store.library_records import KNOWLEDGE

CHECK_EVERY_S = 1.0
RECHECK_EVERY_S = 30.0
"""How often to look whether the documents are still there, and whether there is room again."""

SHARE = 10
"""Looking takes no more than one part in so many of the time."""

PAUSE_S = 0.05
"""How long to wait at least until what is being read is looked at again."""

MAX_BEGUN = 4
"""How many files are being read at once at most: users' documents wait for the same processes."""

logger = logging.getLogger("server")


class FollowedFolder:
    """Each folder in it is a collection of its name, whose files are read and stay read as they are.

    What is not there is deleted, but for a folder that has vanished as a whole, as one in the network does.
    """

    def __init__(self, folder: Path, knowledge: KnowledgeStore, library: Library, max_collections: int) -> None:
        self.folder = folder
        self._log = OnceLog()
        self._tools = FollowingTools(knowledge, library, max_collections, self._log)
        self._collections: dict[str, FollowedCollection] = {}
        self._identity: Identity | None = None
        self._remarks: frozenset[str] = frozenset()
        self._next_scan_s, self._next_recheck_s = 0.0, 0.0

    async def check(self) -> None:
        """Look at the folder, and read what has changed until nothing is left to be read."""
        try:
            await self._look()
            while begun := [each for one in self._collections.values() for each in one.reading.begun]:
                await self._wait(begun)
                await self._look()
        except DatabaseError as error:
            self._log.warn("database", f"the folder {self.folder} is not followed: {error}")
        else:
            self._log.clear("database")

    async def _wait(self, document_ids: list[str]) -> None:
        """Wait until these are read, and not for long: there may be more by then."""
        with suppress(DocumentNotFound):
            await self._tools.library.wait_until_read(KNOWLEDGE, document_ids, CHECK_EVERY_S)
        await asyncio.sleep(PAUSE_S)

    async def _look(self) -> None:
        now_s = time.monotonic()
        if now_s >= self._next_scan_s and (scan := await self._scan()) is not None:
            await self._take(scan)
        if now_s >= self._next_recheck_s:
            self._next_recheck_s = now_s + RECHECK_EVERY_S
            for collection in self._collections.values():
                collection.recheck()
        num_begun = sum(len(each.reading.begun) for each in self._collections.values())
        for collection in tuple(self._collections.values()):
            before = len(collection.reading.begun)
            await collection.update(before + max(MAX_BEGUN - num_begun, 0))
            num_begun += len(collection.reading.begun) - before

    async def _scan(self) -> FolderScan | None:
        """Look at all files, in a thread; return None where the folder has vanished."""
        began_s = time.monotonic()
        try:
            scan = await asyncio.to_thread(scan_folder, self.folder)
        except (OSError, RuntimeError) as error:
            self._identity = None
            self._lose(getattr(error, "strerror", None) or str(error))
            return None
        finally:
            now_s = time.monotonic()
            self._next_scan_s = now_s + max(CHECK_EVERY_S, SHARE * (now_s - began_s))
        if not scan.collections and scan.identity != self._identity and await self._tools.knowledge.list_followed():
            self._lose("it is empty")
            return None
        if self._log.clear("folder"):
            logger.info("the folder %s is there again", self.folder)
        self._identity = scan.identity
        return scan

    def _lose(self, cause: str) -> None:
        self._log.warn("folder", f"the folder {self.folder} has vanished, nothing of it is deleted: {cause}")

    async def _take(self, scan: FolderScan) -> None:
        for remark in scan.remarks:
            if remark not in self._remarks:
                logger.warning("%s: %s", self.folder, remark)
        self._remarks = frozenset(scan.remarks)
        for name in await self._list_names(scan.collections):
            if name not in self._collections:
                self._collections[name] = FollowedCollection(name, self._tools)
            await self._collections[name].take(scan.collections.get(name, CollectionScan()))

    async def _list_names(self, found: Mapping[str, CollectionScan]) -> list[str]:
        """Return the names of collections that there are, and of those that were read from folders before."""
        before = self._collections if self._collections else await self._tools.knowledge.list_followed()
        return sorted({*found, *before})
