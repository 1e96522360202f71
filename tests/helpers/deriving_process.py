"""A process that stores what is derived from a large sheet: `python -m tests.helpers.deriving_process URL FOLDER`.

`test_knowledge_store.py` kills it. It reports its document, and then again and again how many entities are stored.
"""

import asyncio
import sys
from pathlib import Path

from sqlalchemy import func, select

from server.store.knowledge_records import Derived, Entity, Name, Relation
from server.store.knowledge_tables import entities
from server.store.store import Store, open_store
from tests.helpers.knowledge import begin_knowledge

NUM_PRODUCTS = 3000


def make_sheet() -> Derived:
    """Return products of which each fits the next one."""
    products = [Entity(f"P{n}", "product", (Name(f"Product {n}"),)) for n in range(NUM_PRODUCTS)]
    return Derived((), products, [Relation(f"P{n}", "fits", f"P{n + 1}") for n in range(NUM_PRODUCTS - 1)])


async def count_entities(store: Store) -> int:
    count = select(func.count()).select_from(entities)
    return await store.database.read(lambda c: c.scalar(count)) or 0


def report(text: object) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


async def main(url: str, folder: str) -> None:
    async with open_store(url) as store:
        await store.knowledge.put_collection("shop")
        document = await begin_knowledge(store, "shop", Path(folder), "a.csv", ["a row"])
        report(document.id)
        putting = asyncio.create_task(store.knowledge.put_derived(document, make_sheet()))
        while not putting.done():
            report(await count_entities(store))
        await putting


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
