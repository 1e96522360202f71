"""The example shop, read into a store as a server reads it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.resources import as_file, files
from pathlib import Path

from server.composition.services import Services, build_services
from server.engine.async_engine import AsyncEngine
from server.library.library import Library
from server.pipeline.build import open_files
from server.settings.settings import Settings
from server.store.library_records import KNOWLEDGE, LibraryDocument
from server.store.store import Store

COLLECTION = "shop"
SETTINGS_FILE = "collection.toml"
MAX_READING_S = 120.0


class ShopUnread(RuntimeError):
    """A document of the shop could not be read, or not without a warning."""


@asynccontextmanager
async def open_shop(store: Store, engine: AsyncEngine, settings: Settings) -> AsyncIterator[Services]:
    """Build what a server answers with, and read the example shop. Raises `ShopUnread`."""
    services = build_services(settings, engine, store, None, open_files(settings))
    try:
        async with services.library.read_in_background():
            await store.knowledge.put_collection(COLLECTION)
            with as_file(files("server.knowledge") / "example" / COLLECTION) as folder:
                check(await read_folder(store, services.library, folder))
            await services.search.embed_missing()
            yield services
    finally:
        await services.close()


async def read_folder(store: Store, library: Library, folder: Path) -> list[LibraryDocument]:
    """Read all files of a folder into the collection, and return its documents."""
    collection = await store.knowledge.open_collection(COLLECTION)
    for path in sorted(folder.iterdir()):
        if path.name != SETTINGS_FILE:
            with await asyncio.to_thread(path.open, "rb") as file:
                await library.add(KNOWLEDGE, collection, path.name, file)
    ids = [document.id for document in await store.library.list_collection(collection.id)]
    return await library.wait_until_read(KNOWLEDGE, ids, MAX_READING_S)


def check(documents: list[LibraryDocument]) -> None:
    """Raise `ShopUnread` unless all documents are read without a warning."""
    for document in documents:
        if document.state != "ready" or document.warnings:
            raise ShopUnread(f"{document.name}: {document.state} {document.error or document.warnings}")
