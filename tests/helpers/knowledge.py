"""Documents of the knowledge base in a store, read without a reader."""

from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path

from server.store.knowledge_records import Derived
from server.store.library_records import DocumentRole, LibraryDocument, NewDocument, NewPassage
from server.store.store import Store

NOTHING = Derived()


async def add_knowledge(
    store: Store,
    collection: str,
    folder: Path,
    name: str,
    passages: Sequence[NewPassage | str] = (),
    derived: Derived = NOTHING,
    role: DocumentRole = "products",
    source: str | None = None,
) -> LibraryDocument:
    """Store a document of a collection that was read, with these passages on one page and what is derived from it."""
    document = await begin_knowledge(store, collection, folder, name, passages, derived, role, source)
    await store.library.finish_document(document.id, 1, ())
    return await store.library.get_document(document.owner, document.id)


async def begin_knowledge(
    store: Store,
    collection: str,
    folder: Path,
    name: str,
    passages: Sequence[NewPassage | str] = (),
    derived: Derived = NOTHING,
    role: DocumentRole = "products",
    source: str | None = None,
) -> LibraryDocument:
    """Store a document as `add_knowledge()` does, but do not finish it. Its file is its name."""
    file = folder / "file"
    file.write_text(ascii(name), encoding="utf-8")
    digest = sha256(file.read_bytes()).hexdigest()
    new = NewDocument(name, "csv", digest, file.stat().st_size, role=role, source=source)
    opened_collection = await store.knowledge.open_collection(collection)
    with file.open("rb") as opened:
        document = await store.library.add_document(opened_collection, new, opened, 1000, 0)
    made = [NewPassage(1, 0, len(item), item) if isinstance(item, str) else item for item in passages]
    assert await store.library.add_page(document.id, 1, b"{}", made)
    await store.knowledge.put_derived(document, derived)
    return document
