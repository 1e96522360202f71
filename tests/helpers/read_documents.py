"""Documents in a store, read without a reader."""

from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path

from server.store.library_records import Collection, LibraryDocument, NewDocument, NewPassage
from server.store.library_store import LibraryStore


async def add_read(
    library: LibraryStore, collection: Collection, folder: Path, name: str, passages: Sequence[NewPassage | str]
) -> LibraryDocument:
    """Store a document that was read, with these passages on one page; its file is its name."""
    file = folder / "file"
    file.write_text(ascii(name), encoding="utf-8")
    digest = sha256(file.read_bytes()).hexdigest()
    new = NewDocument(name, "text", digest, file.stat().st_size)
    with file.open("rb") as opened:
        document = await library.add_document(collection, new, opened, 1000, 0)
    made = [NewPassage(1, 0, len(item), item) if isinstance(item, str) else item for item in passages]
    assert await library.add_page(document.id, 1, b"{}", made)
    await library.finish_document(document.id, 1, ())
    return await library.get_document(collection.owner, document.id)
