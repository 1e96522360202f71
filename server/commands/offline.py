"""The knowledge base in a database that no server is using, or that several may use. No model is loaded."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

from server.api.documents.response import describe_document
from server.api.knowledge.adding import ROLES
from server.api.knowledge.collections import ShownCollection
from server.api.knowledge.response import KnowledgeDocument
from server.api.knowledge.searching import ShownFound
from server.commands.errors import CommandError, explain_file, write_error
from server.commands.knowledge_base import NewFile, Tell
from server.errors import DocumentFollowed, ServerError
from server.errors.base import Language
from server.keys.account import Account
from server.knowledge.found import Asked
from server.knowledge.knowledge import Knowledge
from server.knowledge.sheets.deriver import SheetDeriver
from server.library.embedder import EmbeddingModelError, load_embedder
from server.library.library import Library, LibraryLimits
from server.library.processes import ReadingLimits, ReadingProcesses
from server.library.search import PassageSearch
from server.settings.setting import NOTHING
from server.settings.settings import Settings
from server.store.errors import CollectionNotFound, StoreError
from server.store.library_records import KNOWLEDGE, Collection, LibraryDocument
from server.store.store import Store, open_store

TELL_EVERY_S = 0.5
SCANS = {
    "en": "scanned pages are read by a server's model, which is not loaded here: add such files while a server runs",
    "zh": "扫描页面由服务器的模型识别，此处未加载模型：含扫描页面的文件请在服务器运行时添加",
}
OPERATOR = Account(is_operator=True)


@asynccontextmanager
async def open_offline(settings: Settings, language: Language) -> AsyncIterator["OfflineKnowledge"]:
    """Open the database of the settings. Raises `DatabaseError` and `CommandError`."""
    async with open_store(settings.sessions_place) as store:
        processes = ReadingProcesses(ReadingLimits.from_settings(settings))
        library = Library(store.library, processes, LibraryLimits.of(settings), deriver=SheetDeriver(store))
        search = _open_search(settings, store)
        try:
            yield OfflineKnowledge(settings, store, library, search, language)
        finally:
            await processes.close()
            search.close()


def _open_search(settings: Settings, store: Store) -> PassageSearch:
    try:
        named = settings.embedding_model
        return PassageSearch(store.library, None if named == NOTHING else load_embedder(Path(named)))
    except EmbeddingModelError as error:
        raise CommandError(str(error)) from error


class OfflineKnowledge:
    """See `KnowledgeBase`."""

    def __init__(
        self, settings: Settings, store: Store, library: Library, search: PassageSearch, language: Language
    ) -> None:
        self.remarks = (SCANS[language],) if settings.transcribe_scans else ()
        self._settings, self._language = settings, language
        self._store, self._library = store, library
        self._search, self._knowledge = search, Knowledge(store, search)

    async def add(self, collection: str, file: NewFile) -> KnowledgeDocument:
        with self._explain():
            opened = await self._open_or_make(collection)
            with file.path.open("rb") as data:
                document = await self._library.add(
                    KNOWLEDGE, opened, file.name, data, file.password, role=ROLES[file.role]
                )
            return self._show(opened, document)

    async def _open_or_make(self, collection: str) -> Collection:
        try:
            return await self._store.knowledge.open_collection(collection)
        except CollectionNotFound:
            await self._store.knowledge.put_collection(collection, None, self._settings.max_collections)
            return await self._store.knowledge.open_collection(collection)

    async def wait(self, document: KnowledgeDocument, tell: Tell) -> KnowledgeDocument:
        with self._explain():
            collection = await self._store.knowledge.open_collection(document.collection)
            stored = await self._store.library.get_document(KNOWLEDGE, document.id)
            reading = asyncio.create_task(self._library.read_now(stored))
            try:
                while not (await asyncio.wait([reading], timeout=TELL_EVERY_S))[0]:
                    tell(self._show(collection, await self._store.library.get_document(KNOWLEDGE, document.id)))
                return self._show(collection, await reading)
            finally:
                reading.cancel()
                await asyncio.gather(reading, return_exceptions=True)

    async def list_collections(self) -> list[ShownCollection]:
        with self._explain():
            return [ShownCollection.of(summary) for summary in await self._store.knowledge.list_collections()]

    async def list_documents(self, collection: str) -> list[KnowledgeDocument]:
        with self._explain():
            opened = await self._store.knowledge.open_collection(collection)
            documents = await self._store.library.list_collection(opened.id)
            return [self._show(opened, document) for document in reversed(documents)]

    async def remove_collection(self, collection: str) -> None:
        with self._explain():
            await self._store.knowledge.delete_collection(collection)

    async def remove_document(self, document: KnowledgeDocument) -> None:
        with self._explain():
            if document.source is not None and self._settings.knowledge != NOTHING:
                raise DocumentFollowed(document.source)
            await self._library.delete(KNOWLEDGE, document.id)

    async def search(self, collection: str, query: str, limit: int) -> ShownFound:
        with self._explain():
            await self._search.embed_missing()
            found = await self._knowledge.find([collection], Asked(query), limit)
            if found.missing:
                raise CollectionNotFound(collection)
            return ShownFound.of(found)

    def _show(self, collection: Collection, document: LibraryDocument) -> KnowledgeDocument:
        shown = describe_document(document, OPERATOR, self._language)
        return KnowledgeDocument(**shown, collection=collection.name or "", role=document.role, source=document.source)

    @contextmanager
    def _explain(self) -> Iterator[None]:
        """Raise `CommandError` for what is refused."""
        try:
            yield
        except (ServerError, StoreError) as error:
            raise CommandError(write_error(error, self._language)) from error
        except OSError as error:
            raise explain_file(error) from error
