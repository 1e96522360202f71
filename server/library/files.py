"""The files of documents outside the store: temporary ones without a name, which are gone with the process."""

import asyncio
import hashlib
import tempfile
from typing import BinaryIO, cast

from server.store.library_store import LibraryStore

CHUNK_BYTES = 1 << 20


def make_file() -> BinaryIO:
    """Return a new temporary file."""
    return cast(BinaryIO, tempfile.TemporaryFile())


async def load_file(store: LibraryStore, document_id: str) -> BinaryIO:
    """Return a temporary file with that of a document, at its beginning."""
    file = make_file()
    try:
        async for chunk in store.load_file(document_id):
            await asyncio.to_thread(file.write, chunk)
        await asyncio.to_thread(file.seek, 0)
    except BaseException:
        file.close()
        raise
    return file


def measure_file(file: BinaryIO) -> tuple[str, int]:
    """Return the SHA-256 of a file in hexadecimal, and its size in bytes."""
    file.seek(0)
    digest, num_bytes = hashlib.sha256(), 0
    while chunk := file.read(CHUNK_BYTES):
        digest.update(chunk)
        num_bytes += len(chunk)
    file.seek(0)
    return digest.hexdigest(), num_bytes
