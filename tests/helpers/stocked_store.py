"""A database with a small knowledge base in it, for tests of what shows it."""

import asyncio
import hashlib
from dataclasses import replace
from pathlib import Path

import msgspec

from server.library.files import make_file
from server.library.readers.records import Page
from server.store.knowledge_records import Attribute, Derived, Entity, Name, Relation
from server.store.library_records import KNOWLEDGE, LibraryDocument, NewDocument, NewPage, NewPassage
from server.store.store import Store, open_store
from tests.helpers.migrated import place_migrated
from tests.helpers.pictures import png

COLLECTION = "shop"
HIDDEN = "drafts"
FOLLOWED = "drafts/followed.md"
"""Where a document comes from."""

SHEET = "products.csv"
ROWS = ("The shirt AH-218 is made of linen.", "The belt BE-7 fits the shirt AH-218.")
NOTHING = Derived()
QUESTIONS = ("Do you sell boats?", "有船卖吗？")

DERIVED = Derived(
    entities=(
        Entity(
            "AH-218", "product", (Name("linen shirt", "en"), Name("亚麻衬衫", "zh")), (Attribute("material", "linen"),)
        ),
        Entity("AH-218/红", "variant", (Name("red linen shirt", "en"),), (Attribute("colour", "red"),)),
        Entity("BE-7", "product", (Name("leather belt", "en"),), (), 1),
    ),
    relations=(Relation("AH-218/红", "variant_of", "AH-218"), Relation("BE-7", "fits", "AH-218", 1)),
)


def stock(path: Path) -> dict[str, LibraryDocument]:
    """Write a database with two collections; return their documents, all of which are read, by their names."""
    return asyncio.run(_stock(path))


async def _stock(path: Path) -> dict[str, LibraryDocument]:
    sheet = NewDocument(SHEET, "csv", "", 0, role="products")
    card, hidden = (NewDocument(name, "picture", "", 0, role="document") for name in ("card.png", "hidden.png"))
    followed = NewDocument("followed.md", "markdown", "", 0, role="document", source=FOLLOWED)
    async with open_store(place_migrated(path)) as store:
        await store.knowledge.put_collection(COLLECTION, "A shop")
        await store.knowledge.put_collection(HIDDEN)
        documents = [
            await add_document(store, COLLECTION, sheet, "\n".join(ROWS).encode(), ROWS, DERIVED),
            await add_document(store, COLLECTION, card, png(), ("a card",)),
            await add_document(store, HIDDEN, hidden, png((20, 20)), ("a secret",)),
            await add_document(store, HIDDEN, followed, b"# Draft", ("Draft",)),
        ]
        for question in (*QUESTIONS, QUESTIONS[0]):
            await store.knowledge.note_unanswered("plain", question, 100)
    return {each.name: each for each in documents}


async def add_document(
    store: Store, collection: str, new: NewDocument, data: bytes, texts: tuple[str, ...], derived: Derived = NOTHING
) -> LibraryDocument:
    """Store a document with one page, which has the texts as passages, a line each, and what is derived from it."""
    library = store.library
    opened = await store.knowledge.open_collection(collection)
    new = replace(new, sha256=hashlib.sha256(data).hexdigest(), num_bytes=len(data))
    with make_file() as file:
        file.write(data)
        file.seek(0)
        document = await library.add_document(opened, new, file, 100, 0)
    page = Page(number=1, text="\n".join(texts))
    await library.add_pages(document.id, [NewPage(1, msgspec.json.encode(page), _place(texts))], [])
    await store.knowledge.put_derived(document, derived)
    await library.finish_document(document.id, 1, [])
    return await library.get_document(KNOWLEDGE, document.id)


def _place(texts: tuple[str, ...]) -> list[NewPassage]:
    starts = [sum(len(text) + 1 for text in texts[:number]) for number in range(len(texts))]
    return [NewPassage(1, start, start + len(text), text) for start, text in zip(starts, texts, strict=True)]
