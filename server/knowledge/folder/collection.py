"""One collection of the followed folder: its documents become what its files are."""

import asyncio
import logging
import time
from collections.abc import Mapping, Sequence

from server.errors import DocumentRefused, DocumentsBusy, DocumentTooBig
from server.knowledge.folder.collection_settings import CollectionSettings, SettingsError, load_settings
from server.knowledge.folder.contents import FileChanged
from server.knowledge.folder.file_reading import FileReading, FollowingTools, Wanted
from server.knowledge.folder.scan import CollectionScan, FolderFile, Stamp
from server.store.errors import CollectionNotFound, LibraryFull, TooManyCollections, TooManyDocuments
from server.store.library_records import Collection, DocumentRole
from server.store.versions import Version

logger = logging.getLogger("server")

Versions = Mapping[str, Sequence[Version]]
"""The versions of each source."""


class FollowedCollection:
    """A collection whose documents come from a folder; those that were sent stay as they are.

    A file is acted upon when it is new here, and after each edit. So servers that see a disk in the network at
    different times do not undo what others have done.
    """

    def __init__(self, name: str, tools: FollowingTools) -> None:
        self.name = name
        self.reading = FileReading(name, tools)
        self._tools = tools
        self._settings = CollectionSettings()
        self._settings_stamp: Stamp | None = None
        self._has_new_title = False
        self._scan: CollectionScan | None = None
        self._before: Mapping[str, FolderFile] = {}
        self._done: dict[str, tuple[Stamp, DocumentRole | None]] = {}
        self._known: set[str] | None = None
        self._missing: set[str] = set()
        self._gone: set[str] = set()
        self._is_unsure, self._waits_for_room = True, False

    async def take(self, scan: CollectionScan) -> None:
        """Take note of what lies in the folder now. A folder that is suddenly another one, and empty, counts for none.

        A file is gone when it was not there twice in a row: an editor may just be replacing it.
        """
        last = self._scan
        is_new_place = last is not None and scan.identity is not None and scan.identity != last.identity
        if not scan.is_whole or (is_new_place and not scan.files and last is not None and last.files):
            self._warn("folder", "its folder is empty, or cannot be looked at to its end: nothing is deleted")
            if not scan.files:
                return
        else:
            self._clear("folder")
            known = set(scan.files) | (self._known or set())
            missing = known - set(scan.files)
            self._gone |= missing & self._missing
            self._missing = missing
            self._known = None if self._known is None else known
        self._gone -= set(scan.files)
        self._before = {} if last is None else last.files
        self._waits_for_room = self._waits_for_room and last is not None and scan.files == last.files
        self._scan = scan
        await self._take_settings(scan.settings_file)

    async def _take_settings(self, file: FolderFile | None) -> None:
        stamp = None if file is None else file.stamp
        if stamp == self._settings_stamp:
            return
        self._settings_stamp, title = stamp, self._settings.shown_title
        try:
            self._settings = CollectionSettings() if file is None else await asyncio.to_thread(load_settings, file.path)
        except SettingsError as error:
            self._warn("settings", f"its collection.toml is not used, what was loaded before stays in force: {error}")
        else:
            self._clear("settings")
            self._has_new_title = self._settings.shown_title not in (None, title)

    def recheck(self) -> None:
        """Look again for documents that are gone though their files are there, and for room."""
        self._is_unsure, self._waits_for_room = True, False

    async def update(self, max_begun: int) -> None:
        """Bring the documents into line with the files, with `max_begun` of them being read at most."""
        if self._scan is None:
            return
        self._is_unsure |= await self.reading.report()
        changed = self._find_changed(self._scan)
        if not (changed or self._gone or self._is_unsure or self._has_new_title):
            return
        collection = await self._open_collection(self._scan.identity is not None)
        versions = {} if collection is None else await self._list_versions(collection)
        if self._is_unsure:
            changed += self._compare(self._scan, versions)
        if collection is None:
            return
        for source in sorted(self._gone):
            await self.reading.remove(collection, source, versions.get(source, ()))
            self._forget(source)
            self._waits_for_room = False
        changed.sort(key=lambda source: source not in versions)
        await self._read_all(collection, changed, versions, max_begun)

    def _find_changed(self, scan: CollectionScan) -> list[str]:
        """Return the sources of files that are new or edited, and that nobody seems to write."""
        now_s, changed = time.time(), []
        for source, file in scan.files.items():
            done = self._done.get(source)
            if done is None and self._waits_for_room:
                continue
            if done != (file.stamp, self._settings.find_role(source)):
                before = self._before.get(source)
                if file.stamp.is_settled(None if before is None else before.stamp, now_s):
                    changed.append(source)
        return changed

    def _compare(self, scan: CollectionScan, versions: Versions) -> list[str]:
        """Return the sources of files whose documents are gone, and at first note which documents have no files."""
        self._is_unsure = False
        if self._known is None:
            self._known = set(versions) | set(scan.files)
            self._missing = set(versions) - set(scan.files) if scan.is_whole else set()
        return [source for source in scan.files if source in self._done and source not in versions]

    async def _read_all(
        self, collection: Collection, sources: Sequence[str], versions: Versions, max_begun: int
    ) -> None:
        """Read files, those first of which there is a document: they need no more room."""
        for source in sources:
            if len(self.reading.begun) >= max_begun:
                return
            of_source = versions.get(source, ())
            if self._waits_for_room and not of_source:
                return
            try:
                await self._read(collection, source, of_source)
            except DocumentsBusy:
                return

    async def _read(self, collection: Collection, source: str, versions: Sequence[Version]) -> None:
        """Read a file, and remember that; what cannot be read is told once. Raises `DocumentsBusy`."""
        wanted = self._want(source)
        is_edit = any(each.state == "ready" for each in versions)
        try:
            await self.reading.bring_into_line(collection, wanted, versions)
        except (FileChanged, CollectionNotFound, DocumentRefused):  # the last: this server is being stopped
            return
        except (TooManyDocuments, LibraryFull) as error:
            self._waits_for_room = True
            self._warn("room", f"not all of its files are read: {error}")
            return
        except (DocumentTooBig, OSError) as error:
            self.reading.refuse(source, getattr(error, "strerror", None) or str(error), is_edit)
        self._done[source] = wanted.file.stamp, wanted.role

    def _want(self, source: str) -> Wanted:
        assert self._scan is not None, "its files were looked at"
        file, role, before = self._scan.files[source], self._settings.find_role(source), self._done.get(source)
        is_touched = before is not None and before[0] != file.stamp
        is_role_dropped = before is not None and before[1] is not None and role is None
        return Wanted(source, file, role, is_touched, is_role_dropped)

    def _forget(self, source: str) -> None:
        self._done.pop(source, None)
        for sources in (self._gone, self._missing, self._known or set()):
            sources.discard(source)

    async def _open_collection(self, has_folder: bool) -> Collection | None:
        """Return the collection, with the title that its folder gives it; it is made where there is only the folder."""
        knowledge = self._tools.knowledge
        try:
            if not self._has_new_title:
                return await knowledge.open_collection(self.name)
        except CollectionNotFound:
            if not has_folder:
                return None
        try:
            await knowledge.put_collection(self.name, self._settings.shown_title, self._tools.max_collections)
        except TooManyCollections as error:
            self._waits_for_room, self._is_unsure = True, False
            self._warn("collections", f"its files are not read: {error}")
            return None
        self._has_new_title = False
        return await knowledge.open_collection(self.name)

    async def _list_versions(self, collection: Collection) -> Versions:
        versions: dict[str, list[Version]] = {}
        for version in await self._tools.knowledge.list_versions(collection.id):
            versions.setdefault(version.source, []).append(version)
        return versions

    def _warn(self, subject: str, text: str) -> None:
        self._tools.log.warn((self.name, f"the {subject}"), f"the collection {self.name}: {text}")

    def _clear(self, subject: str) -> None:
        self._tools.log.clear((self.name, f"the {subject}"))
